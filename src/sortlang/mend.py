"""Mend: fixes applied as long as no mail goes elsewhere by them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sortlang.compile import compile
from sortlang.diagnostic import Diagnostic, Diagnostics, in_order
from sortlang.frozen import frozen
from sortlang.program import Program
from sortlang.prove import equivalent
from sortlang.reading import Reader
from sortlang.rules import Rules
from sortlang.source import Source

Texts = dict[str, tuple[Source, Source]]
"""Files that changed, by name: as they were, as they are."""


@frozen
class Root:
    """A file to check, and what reads the files it includes."""

    source: Source
    read: Reader


@frozen
class Mended:
    """The files that changed, as they were and as they are to be; the findings mended, in turn; those that are left."""

    changed: tuple[tuple[Source, Source], ...]
    mended: Diagnostics
    found: Diagnostics


@frozen
class _State:
    texts: Texts
    programs: tuple[Program | None, ...]
    found: Diagnostics


def mend(roots: Sequence[Root]) -> Mended:
    """Applies the fixes of all findings, again and again until there are none.

    What had a program has one afterwards that is proved to route every address as before, with the same accounts. Of
    files with errors there is none to compare with: there each fix must do away with its finding.
    """
    state = _compiled(roots, {})
    mended: list[Diagnostic] = []
    refused: set[object] = set()
    while batch := _batch(each for each in state.found if _key(each) not in refused):
        after = _accepted(roots, state, batch)
        while after is None and len(batch) > 1:
            batch = batch[: len(batch) // 2]
            after = _accepted(roots, state, batch)
        if after is None:
            refused.add(_key(batch[0]))
        else:
            mended += batch
            state = after
    return Mended(tuple(state.texts.values()), tuple(mended), state.found)


def _batch(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Findings whose fixes do not touch each other."""
    taken: list[tuple[str, int, int]] = []
    batch = []
    for each in found:
        edits = [(edit.span.source.name, edit.span.start, edit.span.end) for edit in each.fix.edits] if each.fix else []
        if edits and not any(_touch(one, other) for one in edits for other in taken):
            batch.append(each)
            taken += edits
    return batch


def _touch(one: tuple[str, int, int], other: tuple[str, int, int]) -> bool:
    return one[0] == other[0] and one[1] <= other[2] and other[1] <= one[2]


def _accepted(roots: Sequence[Root], before: _State, batch: Sequence[Diagnostic]) -> _State | None:
    """What comes of the fixes; None if that is not what was meant."""
    after = _compiled(roots, _edited(before.texts, batch))
    same = all(_same(old, new) for old, new in zip(before.programs, after.programs, strict=True))
    left = _counted(before.found) - _counted(batch)
    gone = all(count <= left[key] for key, count in _counted(after.found).items() if key in _counted(batch))
    return after if same and gone else None


def _same(old: Program | None, new: Program | None) -> bool:
    return old is None or (new is not None and _rest(old.rules) == _rest(new.rules) and equivalent(old, new))


def _rest(rules: Rules) -> Rules:
    """What the proof says nothing of."""
    return replace(rules, sorts=(), copies=(), transports=(), groups=())


def _counted(found: Iterable[Diagnostic]) -> Counter[tuple[str, str]]:
    return Counter((each.name, each.message) for each in found)


def _key(found: Diagnostic) -> object:
    """What knows a finding again after other lines have moved."""
    return found.name, found.message, found.span.source.name, found.span.source.line(found.span.line)


def _edited(texts: Texts, batch: Sequence[Diagnostic]) -> Texts:
    edits = [edit for each in batch if each.fix for edit in each.fix.edits]
    changed = dict(texts)
    for edit in sorted(edits, key=lambda each: each.span.start, reverse=True):
        old, source = changed.get(edit.span.source.name, (edit.span.source, edit.span.source))
        text = source.text[: edit.span.start] + edit.text + source.text[edit.span.end :]
        changed[old.name] = old, Source(old.name, text)
    return changed


def _compiled(roots: Sequence[Root], texts: Texts) -> _State:
    results = [compile(_now(each.source, texts), _reading(each.read, texts)) for each in roots]
    found = in_order(tuple(each for _, found in results for each in found))
    return _State(texts, tuple(program for program, _ in results), found)


def _reading(read: Reader, texts: Texts) -> Reader:
    """The reader, as if the changed texts were already written."""
    return lambda pattern, source: [_now(each, texts) for each in read(pattern, source)]


def _now(source: Source, texts: Texts) -> Source:
    return texts[source.name][1] if source.name in texts else source
