"""SVG: a picture that needs nothing else, in the light and in the dark."""

from collections.abc import Iterator, Sequence

from sortlang.graphs.chart import Box, Chart, End, Place, Row
from sortlang.graphs.layered import HEAD, LINE, PAD, SMALL, Area, Card, Panel, Picture, Strip, links, placed
from sortlang.graphs.letters import xml

HUES = 8
_MOST_TITLE = 60
_STYLE = """
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2733 }
.paper { fill: #f6f7f9 } .panel { fill: #eceff3 } .card { fill: #fff; stroke: #d5dae1 }
.head { font-weight: 600 }
.small, .label { font: 11.5px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #66707f }
.label { letter-spacing: .02em } .note { font-style: italic } .rule:hover text.name { text-decoration: underline }
.line { fill: none; stroke-width: 1.6; stroke-opacity: .75 } .rule:hover .line { stroke-width: 3; stroke-opacity: 1 }
.strip { fill: transparent } .rule:hover .strip { fill: #8894a6; fill-opacity: .13 }
.bar { stroke: #e6e9ee } .pill { fill: none; stroke: #8894a6 }
.off { stroke-dasharray: 4 3 } .copy .line { stroke-dasharray: 2 4 }
.feed { fill: none; stroke: #8894a6; stroke-width: 1.6 } .feed.off { stroke-opacity: .6 }
"""
_LIGHT = ("#3b6fb6", "#b5641c", "#2f8a57", "#9a4f96", "#a88a12", "#1f8a99", "#b4485f", "#5f5fc4", "#8a929e")
_DARK_STYLE = """
text { fill: #dfe4ec } .paper { fill: #14181e } .panel { fill: #1b2028 } .card { fill: #232a34; stroke: #39424f }
.small, .label { fill: #97a2b2 } .bar { stroke: #303845 }
"""
_DARK = ("#7ba7e6", "#e39a55", "#66c08d", "#c98bc6", "#d3b84a", "#58bfcd", "#e5899c", "#a0a0f0", "#7b8594")


def draw(chart: Chart) -> str:
    """One `svg` element: text stays text, comments and rules in full are tooltips, no script, no font of its own."""
    picture = placed(chart)
    hues = _hues(chart.places)
    parts = [*_frame(picture), *_feeds(picture)]
    parts += [line for panel in picture.panels for line in _panel(panel)]
    parts += [line for card in picture.places for line in _place(card, hues)]
    parts += [line for panel in picture.panels for card in panel.cards for line in _rules(card, picture.places, hues)]
    parts += [line for card in picture.accounts for line in _account(card)]
    return "\n".join((*parts, "</svg>", ""))


def _hues(places: Sequence[Place]) -> dict[str, int]:
    """A colour for each destination, in turn; the last one for what is not delivered."""
    near = (end.key for place in places if not place.nowhere for end in place.ends)
    far = (end.key for place in places if place.nowhere for end in place.ends)
    return {**{key: index % HUES for index, key in enumerate(near)}, **dict.fromkeys(far, HUES)}


def _frame(picture: Picture) -> Iterator[str]:
    broad, high = round(picture.width), round(picture.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{broad}" height="{high}" '
        f'viewBox="0 0 {broad} {high}" role="img">'
    )
    yield "<title>Where mail goes: accounts, rules, destinations</title>"
    dark = f"@media (prefers-color-scheme: dark) {{{_DARK_STYLE}{_colours(_DARK)}}}"
    yield f"<style>{_STYLE}{_colours(_LIGHT)}{dark}</style>"
    yield f'<rect class="paper" width="{broad}" height="{high}"/>'


def _colours(hues: Sequence[str]) -> str:
    return "".join(
        f".line.h{index} {{ stroke: {hue} }} .dot.h{index} {{ fill: {hue} }}\n" for index, hue in enumerate(hues)
    )


def _feeds(picture: Picture) -> Iterator[str]:
    """From accounts to the rules that are asked."""
    for card in picture.accounts:
        assert isinstance(card.item, Box)
        for panel in links(card.item, picture.panels):
            start, end = (card.area.right, card.area.y + card.area.height / 2), (panel.area.x, panel.anchor)
            yield f'<path class="feed{" off" if card.item.disabled else ""}" d="{_curve(*start, *end)}"/>'


def _account(card: Card) -> Iterator[str]:
    assert isinstance(card.item, Box)
    yield "<g>"
    yield _tooltip([f"account {card.item.name}", card.item.server, card.item.note])
    yield _box(card.area, "card off" if card.item.disabled else "card")
    yield _text(card.area.x + PAD, card.area.y + PAD * 0.6 + LINE / 2, card.title, "head")
    first = card.area.y + PAD * 0.75 + LINE + SMALL / 2
    yield from (_text(card.area.x + PAD, first + SMALL * i, each, "small") for i, each in enumerate(card.small))
    yield "</g>"


def _panel(panel: Panel) -> Iterator[str]:
    yield _box(panel.area, "panel", 10)
    yield _text(panel.area.x + PAD, panel.anchor, panel.title, "label")
    for card in panel.cards:
        yield from _card(card)


def _card(card: Card) -> Iterator[str]:
    area = card.area
    yield _box(area, "card")
    yield _text(area.x + PAD, area.y + HEAD / 2, card.title, "head")
    for strip in card.strips:
        yield f'<path class="bar" d="M{area.x + 1:g} {strip.area.y:.1f}H{area.right - 1:g}"/>'


def _rules(card: Card, places: Sequence[Card], hues: dict[str, int]) -> Iterator[str]:
    anchors = {_end(strip).key: (strip.area.x, strip.anchor) for each in places for strip in each.strips}
    for strip in card.strips:
        row = strip.item
        assert isinstance(row, Row)
        yield f'<g class="rule {row.kind}">'
        yield _tooltip([*row.rules[:_MOST_TITLE], _more(len(row.rules) - _MOST_TITLE), *row.notes])
        for key in row.ends:
            curve = _curve(strip.area.right, strip.anchor, *anchors[key])
            yield f'<path class="line h{hues[key]}" d="{curve}"/>'
        yield from _strip(strip, "name")
        if row.kind == "copy":
            yield from _pill(strip)
        yield "</g>"


def _more(count: int) -> str:
    return f"and {count} more" if count > 0 else ""


def _pill(strip: Strip) -> Iterator[str]:
    x, y = strip.area.right - PAD - 38, strip.anchor
    yield f'<rect class="pill" x="{x:g}" y="{y - 8:.1f}" width="38" height="16" rx="8"/>'
    yield f'<text class="small" x="{x + 19:g}" y="{y + 4:.1f}" text-anchor="middle">copy</text>'


def _place(card: Card, hues: dict[str, int]) -> Iterator[str]:
    yield from _card(card)
    for strip in card.strips:
        end = _end(strip)
        yield "<g>"
        yield _tooltip([end.key, end.transport])
        yield from _strip(strip, "name")
        yield f'<circle class="dot h{hues[end.key]}" cx="{strip.area.x:g}" cy="{strip.anchor:.1f}" r="3.5"/>'
        yield "</g>"


def _strip(strip: Strip, kind: str) -> Iterator[str]:
    area = strip.area
    yield _box(area, "strip", 0)
    for index, line in enumerate(strip.lines):
        yield _text(area.x + PAD, strip.anchor + LINE * index, line, kind)
    first = area.y + PAD / 2 + LINE * len(strip.lines) + SMALL / 2 - 1
    note = "small" if isinstance(strip.item, End) else "small note"
    yield from (_text(area.x + PAD, first + SMALL * index, line, note) for index, line in enumerate(strip.small))


def _end(strip: Strip) -> End:
    assert isinstance(strip.item, End)
    return strip.item


def _tooltip(lines: Sequence[str]) -> str:
    return f"<title>{xml(chr(10).join(each for each in lines if each))}</title>"


def _box(area: Area, kind: str, radius: float = 7) -> str:
    shape = f'x="{area.x:g}" y="{area.y:.1f}" width="{area.width:.1f}" height="{area.height:.1f}" rx="{radius:g}"'
    return f'<rect class="{kind}" {shape}/>'


def _text(x: float, middle: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{middle + 4.5:.1f}">{xml(text)}</text>'


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    half = (to_x - x) / 2
    return f"M{x:g} {y:.1f}C{x + half:g} {y:.1f} {to_x - half:g} {to_y:.1f} {to_x:g} {to_y:.1f}"
