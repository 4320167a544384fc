"""A layered layout: accounts, rules, destinations, left to right."""

from collections.abc import Iterator, Sequence

from sortlang.frozen import frozen
from sortlang.graphs.chart import Box, Chart, End, Group, Place, Row
from sortlang.graphs.letters import cut, wrapped
from sortlang.reports.screen import width

EDGE, GAP, PAD = 24.0, 14.0, 12.0
HEAD, LINE, SMALL = 30.0, 19.0, 16.0
LETTER = 7.9
"""The width of a letter of 13 px, monospaced."""

SMALL_LETTER = 6.9
"""More than most letters of 11.5 px take."""

NAMES, NOTE = 40, 46
"""Columns of names in a row, and of a comment below it."""

_MOST_LINES, _MOST_NOTES = 4, 2
_TO_RULES, _TO_PLACES = 90.0, 170.0


@frozen
class Area:
    """A rectangle; `y` grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


@frozen
class Strip:
    """A row of a card: its lines of text, the small ones below them, and where lines begin or end."""

    item: Row | End
    area: Area
    lines: tuple[str, ...]
    small: tuple[str, ...]

    @property
    def anchor(self) -> float:
        return self.area.y + PAD / 2 + LINE / 2


@frozen
class Card:
    """A titled card of strips; an account's has none."""

    item: Group | Place | Box
    area: Area
    title: str
    small: tuple[str, ...] = ()
    strips: tuple[Strip, ...] = ()


@frozen
class Panel:
    """All groups of a scope."""

    scope: str | None
    area: Area
    title: str
    cards: tuple[Card, ...]

    @property
    def anchor(self) -> float:
        return self.area.y + HEAD / 2


@frozen
class Picture:
    """Everything in its place."""

    accounts: tuple[Card, ...]
    panels: tuple[Panel, ...]
    places: tuple[Card, ...]
    width: float
    height: float


def placed(chart: Chart) -> Picture:
    """A place for everything: rules from top to bottom, the others as near to them as there is room."""
    broad = max(map(_broad, chart.accounts), default=0)
    left = EDGE + (broad + _TO_RULES if chart.accounts else 0)
    panels = _panels(chart.groups, left)
    places = _places(chart.places, panels, panels[-1].area.right + _TO_PLACES if panels else left)
    boxes = [_box(each, broad) for each in chart.accounts]
    heights = [each.area.height for each in boxes]
    wishes = [_middle(each, panels) - height / 2 for each, height in zip(chart.accounts, heights, strict=True)]
    accounts = _stacked(boxes, wishes)
    everything: list[Area] = [*(each.area for each in (*accounts, *places)), *(each.area for each in panels)]
    right, bottom = (max((getattr(each, side) for each in everything), default=0) for side in ("right", "bottom"))
    return Picture(accounts, panels, places, right + EDGE, bottom + EDGE)


def links(box: Box, panels: Sequence[Panel]) -> Iterator[Panel]:
    """The panels whose rules are asked for an account's mail."""
    yield from (each for each in panels if each.scope == box.name or (each.scope is None and box.shared))


def _box(box: Box, broad: float) -> Card:
    small = _facts(box)
    area = Area(EDGE, 0, broad, PAD * 1.5 + LINE + SMALL * len(small))
    return Card(box, area, cut(box.name, NAMES), small)


def _broad(box: Box) -> float:
    return max(width(cut(box.name, NAMES)) * LETTER, *(width(each) * SMALL_LETTER for each in _facts(box))) + 2 * PAD


def _facts(box: Box) -> tuple[str, ...]:
    return (cut(box.server, NAMES), *(["disabled"] if box.disabled else []), *_note(box.note, 30))


def _note(note: str, columns: int = NOTE) -> list[str]:
    """The beginning of a comment."""
    lines = [" ".join(words) for words in wrapped(note.split(), columns)] if note.strip() else []
    return (
        lines if len(lines) <= _MOST_NOTES else [*lines[: _MOST_NOTES - 1], cut(f"{lines[_MOST_NOTES - 1]} …", columns)]
    )


def _panels(groups: Sequence[Group], left: float) -> tuple[Panel, ...]:
    broad = max((_breadth(each) for each in groups), default=0)
    top = EDGE
    panels = []
    for scope in dict.fromkeys(each.scope for each in groups):
        cards = tuple(_cards([each for each in groups if each.scope == scope], left + PAD, top + HEAD, broad))
        area = Area(left, top, broad + 2 * PAD, cards[-1].area.bottom + PAD - top)
        title = _heading(scope, cards[0])
        panels.append(Panel(scope, area, title, cards))
        top = area.bottom + GAP * 1.5
    return tuple(panels)


def _heading(scope: str | None, first: Card) -> str:
    if scope is None:
        return "rules for every account"
    delivers = any(isinstance(each.item, Row) and each.item.kind == "deliver" for each in first.strips)
    return f"{'all mail of' if delivers else 'asked first for'} {cut(scope, 28)}"


def _breadth(group: Group) -> float:
    rows = [_names(each) for each in group.rows]
    columns = max(width(cut(group.title, NAMES)) + 2, 26, *(width(line) for lines in rows for line in lines))
    notes = max((width(line) for each in group.rows for line in _notes(each)), default=0)
    badge = 50 if any(each.kind == "copy" for each in group.rows) else 0
    return max(columns * LETTER + badge, notes * SMALL_LETTER) + 2 * PAD


def _cards(groups: Sequence[Group], left: float, top: float, broad: float) -> Iterator[Card]:
    for group in groups:
        strips = []
        below = top + HEAD
        for row in group.rows:
            lines, small = _names(row), _notes(row)
            area = Area(left, below, broad, PAD + LINE * len(lines) + SMALL * len(small))
            strips.append(Strip(row, area, tuple(lines), tuple(small)))
            below = area.bottom
        yield Card(group, Area(left, top, broad, below - top + 4), cut(group.title, NAMES), strips=tuple(strips))
        top = below + 4 + GAP


def _names(row: Row) -> list[str]:
    """The names of a row in lines; of many, the first ones and how many more."""
    lines = wrapped([*(f"{each}," for each in row.names[:-1]), row.names[-1]], NAMES)
    rest = sum(map(len, lines[_MOST_LINES - 1 :]))
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES - 1 :] = [["and", str(rest), "more"]]
    return [" ".join(words) for words in lines]


def _notes(row: Row) -> list[str]:
    return _note(row.notes[0]) if len(row.notes) == 1 else []


def _places(places: Sequence[Place], panels: Sequence[Panel], left: float) -> tuple[Card, ...]:
    arriving: dict[str, list[float]] = {}
    for strip in (strip for panel in panels for card in panel.cards for strip in card.strips):
        assert isinstance(strip.item, Row)
        for key in strip.item.ends:
            arriving.setdefault(key, []).append(strip.anchor)
    broad = max((_wide(each) for each in places), default=0)
    cards = [_place(each, arriving, left, broad) for each in places]
    wishes = []
    for card in cards:
        offsets = [at - strip.anchor for strip in card.strips for at in arriving[_end(strip).key]]
        wishes.append(sum(offsets) / len(offsets))
    return _stacked(cards, wishes)


def _wide(place: Place) -> float:
    titles = max(width(cut(place.title, NAMES)) + 2, 16, *(width(cut(each.name, NAMES)) for each in place.ends))
    small = max((width(line) for each in place.ends for line in _about(each)), default=0)
    return max(titles * LETTER, small * SMALL_LETTER) + 2 * PAD


def _about(end: End) -> tuple[str, ...]:
    """What stands below the name of a destination."""
    return (*(["the same name"] if end.name == "*" else []), *([cut(end.transport, NOTE)] if end.transport else []))


def _place(place: Place, arriving: dict[str, list[float]], left: float, broad: float) -> Card:
    strips: list[Strip] = []
    below = HEAD
    for end in sorted(place.ends, key=lambda each: (sum(arriving[each.key]) / len(arriving[each.key]), each.name)):
        small = _about(end)
        area = Area(left, below, broad, PAD + LINE + SMALL * len(small))
        strips.append(Strip(end, area, (cut(end.name, NAMES),), small))
        below = area.bottom
    return Card(place, Area(left, 0, broad, below + 4), cut(place.title, NAMES), strips=tuple(strips))


def _end(strip: Strip) -> End:
    assert isinstance(strip.item, End)
    return strip.item


def _middle(box: Box, panels: Sequence[Panel]) -> float:
    anchors = [each.anchor for each in links(box, panels)]
    return sum(anchors) / len(anchors) if anchors else EDGE


def _stacked(cards: Sequence[Card], tops: Sequence[float]) -> tuple[Card, ...]:
    """The cards one below the other, in the order of the tops they wish for, and as near to them as can be."""
    order = sorted(range(len(cards)), key=lambda index: tops[index] + cards[index].area.height / 2)
    before, shifts = 0.0, []
    for index in order:
        shifts.append(before)
        before += cards[index].area.height + GAP
    wishes = rising([tops[index] - shift for index, shift in zip(order, shifts, strict=True)])
    found = (max(wish, EDGE) + shift for wish, shift in zip(wishes, shifts, strict=True))
    return tuple(_moved(cards[index], top) for index, top in zip(order, found, strict=True))


def rising(wishes: Sequence[float]) -> list[float]:
    """The numbers that never fall and are nearest to the wishes, by squares: pool adjacent violators."""
    pools: list[tuple[float, int]] = []
    for wish in wishes:
        total, count = wish, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            more, others = pools.pop()
            total, count = total + more, count + others
        pools.append((total, count))
    return [total / count for total, count in pools for _ in range(count)]


def _moved(card: Card, top: float) -> Card:
    down = top - card.area.y
    strips = tuple(Strip(each.item, _lowered(each.area, down), each.lines, each.small) for each in card.strips)
    return Card(card.item, _lowered(card.area, down), card.title, card.small, strips)


def _lowered(area: Area, down: float) -> Area:
    return Area(area.x, area.y + down, area.width, area.height)
