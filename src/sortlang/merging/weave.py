"""Weave: the text of ours with what theirs changed put into it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sortlang.frozen import frozen
from sortlang.merging.piece import Atom, Key, Piece
from sortlang.merging.settle import Answers, every, said

Edit = tuple[int, int, str]


@frozen
class Woven:
    """The merged text, and how many conflicts are marked in it."""

    text: str
    conflicts: int


@dataclass(slots=True)
class Loom:
    """What is known of the three files, and the edits of ours so far.

    `known`: the comments of base and ours, line by line. `done`: what theirs says, `told`: the pieces of theirs whose
    comments stand already.
    """

    answers: Answers
    forced: Collection[Key]
    marker: int
    by_key: tuple[Mapping[Key, Piece], ...]
    known: Collection[str]
    edits: list[Edit] = field(default_factory=list)
    done: set[Key] = field(default_factory=set)
    told: set[int] = field(default_factory=set)
    conflicts: int = 0

    def verdict(self, atom: Atom) -> str:
        """Whose answer holds; `remove` is theirs where they have none."""
        found = self.answers.verdict(atom.key, self.forced)
        return "remove" if found == "theirs" and atom.key not in self.answers.theirs else found

    def marked(self, ours: str, theirs: str) -> str:
        """A conflict, on lines of its own."""
        self.conflicts += 1
        size = self.marker
        return f"{'<' * size} ours\n{_ended(ours)}{'=' * size}\n{_ended(theirs)}{'>' * size} theirs\n"


Three = tuple[Sequence[Piece], Sequence[Piece], Sequence[Piece]]
"""The pieces of base, ours, theirs."""


def weave(text: str, three: Three, forced: Collection[Key], marker: int) -> Woven:
    """The three files in one; `forced` are keys that are conflicts for a reason which they alone do not show."""
    base, ours, theirs = three
    by_key = tuple({atom.key: piece for piece in every(side) for atom in piece.atoms} for side in (base, ours, theirs))
    known = {line.strip() for side in (base, ours) for piece in every(side) for line in _remarks(piece)}
    loom = Loom(Answers(said(base), said(ours), said(theirs)), forced, marker, by_key, known)
    _level(loom, ours, theirs, len(text))
    for start, end, new in sorted(loom.edits, key=lambda each: each[:2], reverse=True):
        text = _replaced(text, start, end, new)
    return Woven(text, loom.conflicts)


def _level(loom: Loom, ours: Sequence[Piece], theirs: Sequence[Piece], end: int) -> None:
    """The pieces of the file, or of one block, that both have; `end` is where the level ends in ours."""
    for piece in ours:
        _block(loom, piece) if piece.is_block else _kept(loom, piece)
    new: dict[int, list[str]] = {}
    anchor: Piece | None = None
    for piece in theirs:
        here = next((loom.by_key[1][atom.key] for atom in piece.atoms if atom.key in loom.by_key[1]), None)
        anchor = here or anchor
        place = anchor.end if anchor else (ours[0].start if ours else end)
        for chunk in _news(loom, piece):
            new.setdefault(place, []).append(chunk)
    for place, chunks in new.items():
        loom.edits.append((place, place, "".join(chunks)))


def _block(loom: Loom, piece: Piece) -> None:
    """A block of ours; if they took it away and we changed something in it, that is a conflict."""
    base, _, theirs = (side.get(piece.atoms[0].key) for side in loom.by_key)
    if theirs is not None:
        close = max(piece.text.rfind(bracket, *piece.body) for bracket in ">}")
        line = piece.text.rfind("\n", 0, close) + 1
        _level(loom, piece.inside, theirs.inside, close if piece.text[line:close].strip() else line)
        _comments(loom, piece)
    elif base is not None and said(base.inside) == said(piece.inside):
        loom.edits.append((piece.start, piece.end, ""))
    elif base is not None:
        loom.edits.append((piece.start, piece.end, loom.marked(piece.chunk, "")))


def _kept(loom: Loom, piece: Piece) -> None:
    """A statement or comment of ours, as far as it stays."""
    verdicts = {loom.verdict(atom) for atom in piece.atoms}
    if verdicts == {"ours"}:
        _comments(loom, piece)
    elif verdicts == {"remove"}:
        loom.edits.append((piece.start, piece.end, ""))
    elif len(verdicts) == 1 and (one := _whole(loom, piece)) is not None:
        _settled(loom, piece, one, verdicts.pop())
    else:
        _parted(loom, piece)


def _whole(loom: Loom, piece: Piece) -> Piece | None:
    """The statement of theirs about just the same things."""
    found = loom.by_key[2].get(piece.atoms[0].key)
    same = found and {atom.key for atom in found.atoms} == {atom.key for atom in piece.atoms}
    return found if same else None


def _settled(loom: Loom, piece: Piece, theirs: Piece, verdict: str) -> None:
    """One answer for all of a statement."""
    if verdict == "conflict":
        loom.edits.append((piece.start, piece.end, loom.marked(piece.chunk, theirs.chunk)))
        return
    start, end = piece.body
    body = _union(loom, piece, theirs) if verdict == "both" else theirs.text[slice(*theirs.body)]
    loom.edits.append((start, end, body))
    _comments(loom, piece)


def _parted(loom: Loom, piece: Piece) -> None:
    """A statement about several things that do not stay together: what stays, then what each of the others became."""
    kept = [atom for atom in piece.atoms if loom.verdict(atom) == "ours"]
    indent, behind = _indent(piece), piece.text[slice(*_trail(piece))].rstrip()
    lead = piece.text[slice(*_lead(piece))] + _told(loom, kept, indent)
    lines = [f"{indent}{_part(piece, kept)}{behind}\n"] if kept else [f"{indent}{behind.strip()}\n"] if behind else []
    for atom in piece.atoms:
        if loom.verdict(atom) != "ours":
            lines.append(_became(loom, piece, atom, indent))
    loom.edits.append((piece.start, piece.end, f"{lead}{''.join(lines)}"))


def _became(loom: Loom, piece: Piece, atom: Atom, indent: str) -> str:
    """What one of the things that a statement says is now; nothing, if it is gone."""
    verdict, theirs = loom.verdict(atom), loom.by_key[2].get(atom.key)
    said = f"{_told(loom, [atom], indent)}{indent}{_part(theirs, [_same(theirs, atom)])}\n" if theirs else ""
    if verdict == "conflict":
        return loom.marked(f"{indent}{_part(piece, [atom])}", said)
    if verdict == "both" and theirs:
        return f"{indent}{_union(loom, piece, theirs, atom)}\n"
    return said if verdict == "theirs" else ""


def _same(piece: Piece, atom: Atom) -> Atom:
    return next(each for each in piece.atoms if each.key == atom.key)


def _part(piece: Piece, atoms: Sequence[Atom]) -> str:
    """The statement with some of the items on its left."""
    statement = piece.statement
    assert statement is not None
    start, end = piece.body
    if len(atoms) == len(piece.atoms):
        return piece.text[start:end]
    items = [statement.left[atom.item].span.text for atom in atoms if atom.item is not None]
    first, last = statement.left[0].span.start, statement.left[-1].span.end
    return f"{piece.text[start:first]}{', '.join(items)}{piece.text[last:end]}"


def _union(loom: Loom, ours: Piece, theirs: Piece, only: Atom | None = None) -> str:
    """A copy that goes where either side sends it, but for what one of them took away."""
    atoms = [only] if only else list(ours.atoms)
    assert ours.statement is not None and theirs.statement is not None
    base = loom.answers.base.get(atoms[0].key, frozenset())
    assert isinstance(base, frozenset)
    here, there = (
        {_words(item): item.span.text for item in each.statement.right} for each in (ours, theirs) if each.statement
    )
    gone = (base - here.keys()) | (base - there.keys())
    targets = {key: text for key, text in {**there, **here}.items() if key not in gone}
    left = ", ".join(ours.statement.left[atom.item].span.text for atom in atoms if atom.item is not None)
    return f"{ours.statement.keyword.text} {left} -> {', '.join(targets.values())};" if targets else ""


def _words(item: object) -> tuple[str, ...]:
    return tuple(each.text for each in item.values)  # type: ignore[attr-defined]


def _news(loom: Loom, piece: Piece) -> Iterator[str]:
    """What theirs says and ours does not."""
    if piece.is_block:
        yield from _new_block(loom, piece)
        return
    absent = [atom for atom in piece.atoms if atom.key not in loom.answers.ours and atom.key not in loom.done]
    loom.done.update(atom.key for atom in absent)
    added = [atom for atom in absent if loom.verdict(atom) == "theirs"]
    clashing = [atom for atom in absent if loom.verdict(atom) == "conflict"]
    if added:
        yield _above(piece) + _chunk_of(piece, added)
    if clashing:
        yield loom.marked("", _chunk_of(piece, clashing))


def _new_block(loom: Loom, piece: Piece) -> Iterator[str]:
    key = piece.atoms[0].key
    if key in loom.answers.ours:
        return
    base = loom.by_key[0].get(key)
    if base is None:
        yield _above(piece) + _ended(piece.chunk)
    elif said(base.inside) != said(piece.inside):
        yield loom.marked("", piece.chunk)


def _chunk_of(piece: Piece, atoms: Sequence[Atom]) -> str:
    """A statement with the comments above it, or the part of it that says some of what it says."""
    if piece.statement is None or len(atoms) == len(piece.atoms):
        return _ended(piece.chunk)
    start, end = piece.body
    return _ended(f"{piece.text[piece.start : start]}{_part(piece, atoms)}{piece.text[end : piece.end]}")


def _above(piece: Piece) -> str:
    """The blank line above, if there is one."""
    return "\n" if piece.text[: piece.start].endswith("\n\n") else ""


def _comments(loom: Loom, piece: Piece) -> None:
    """Comments that only they changed are theirs; what is new in those of several pieces, or of both, is added."""
    theirs = _untold(loom, piece.atoms)
    if piece.statement is None or not theirs:
        return
    base = loom.by_key[0].get(piece.atoms[0].key)
    alone = len(theirs) == 1 and piece.whole_lines and theirs[0].whole_lines
    for part in (_lead, _trail) if piece.whole_lines else (_lead,):
        start, end = part(piece)
        ours, others = piece.text[start:end], theirs[0].text[slice(*part(theirs[0]))]
        if alone and base and ours.strip() == base.text[slice(*part(base))].strip():
            loom.edits += [(start, end, others)] if others.strip() != ours.strip() else []
        elif new := [line for each in theirs for line in _new(loom, each.text[slice(*part(each))])]:
            added = "".join(f"{_indent(piece)}{line}\n" for line in new)
            loom.edits.append((start, end, "  ".join([ours.rstrip(), *new]) + "\n" if part is _trail else ours + added))


def _untold(loom: Loom, atoms: Sequence[Atom]) -> list[Piece]:
    """The pieces of theirs that say the same things, whose comments do not stand yet."""
    found = [loom.by_key[2][atom.key] for atom in atoms if atom.key in loom.by_key[2]]
    new = [each for each in {id(each): each for each in found}.values() if id(each) not in loom.told]
    loom.told.update(map(id, new))
    return new


def _told(loom: Loom, atoms: Sequence[Atom], indent: str) -> str:
    """What their comments say that ours do not, line by line."""
    return "".join(f"{indent}{line}\n" for each in _untold(loom, atoms) for line in _new(loom, "".join(_remarks(each))))


def _new(loom: Loom, text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and line.strip() not in loom.known]


def _remarks(piece: Piece) -> list[str]:
    """The comments above a piece and behind it, or those that it is."""
    if piece.statement is None:
        return piece.chunk.splitlines(keepends=True)
    behind = piece.text[slice(*_trail(piece))].strip()
    return [*piece.text[slice(*_lead(piece))].splitlines(keepends=True), *([f"{behind}\n"] if behind else [])]


def _lead(piece: Piece) -> tuple[int, int]:
    """The lines of comment above."""
    start = piece.body[0]
    return piece.start, piece.text.rfind("\n", piece.start, start) + 1 or piece.start


def _trail(piece: Piece) -> tuple[int, int]:
    """What stands behind, with the line end."""
    return piece.body[1], piece.end


def _indent(piece: Piece) -> str:
    start = piece.body[0]
    line = piece.text.rfind("\n", 0, start) + 1
    return piece.text[line:start] if not piece.text[line:start].strip() else ""


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _replaced(text: str, start: int, end: int, new: str) -> str:
    """With line ends where a part begins or ends amid a line, and no second blank line where one is gone."""
    before, after = text[:start], text[end:]
    lines = new.endswith("\n")
    if lines and before and not before.endswith("\n") and not new.startswith((" ", "\t")):
        new = f"\n{new}"
    if not new and end > start and (before.endswith("\n\n") or not before) and after.startswith("\n"):
        after = after[1:]
    return f"{before}{new}{after}"
