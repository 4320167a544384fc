"""A difference as text, region by region."""

from collections.abc import Iterator, Sequence

from sortlang.analysis.change import Change
from sortlang.diffs import words
from sortlang.diffs.difference import Comparison, Moved
from sortlang.reports.screen import visible


def render(comparisons: Sequence[Comparison]) -> str:
    """All pairs that differ, then how much does."""
    parts = ["\n".join(map(visible, _lines(each))) for each in comparisons if each]
    parts += ["\n".join(map(visible, _log(each.moved))) for each in comparisons if each.moved]
    return "\n\n".join([*parts, words.summary(comparisons)])


def _lines(comparison: Comparison) -> Iterator[str]:
    yield words.title(comparison)
    for change in comparison.difference.changes:
        yield from change_lines(change)
    for altered in comparison.difference.altered:
        yield f"  {words.heading(altered)}"
        yield from (f"    {words.turned(each)}" for each in altered.settings)


def change_lines(change: Change, old: str = "before", new: str = "after") -> Iterator[str]:
    """One region: which addresses, one of them, from where and to where, by which rules."""
    about = [each for each in (words.verb(change), words.scope(change)) if each]
    yield f"  {change.region}" + (f" ({', '.join(about)})" if about else "")
    if change.region.witness and str(change.region.witness) != str(change.region.pattern):
        yield f"    such as {change.region.witness}"
    for name, places, rule in ((old, change.before, change.old), (new, change.after, change.new)):
        place = f"  ({rule.span.place})" if rule else ""
        yield f"    {name + ':':8}{', '.join(words.places(places))}{place}"


def _log(moved: Moved) -> Iterator[str]:
    yield words.counted(moved)
    for each in moved.top:
        went, goes = (", ".join(places) or "nowhere" for places in (each.before, each.after))
        yield f"  {each.messages:5} {each.address}: {went} → {goes}"
