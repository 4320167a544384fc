"""A difference as Markdown, for a comment below a pull request."""

import re
from collections.abc import Iterable, Iterator, Sequence

from sortlang.analysis.change import Change
from sortlang.diffs import words
from sortlang.diffs.difference import Comparison, Difference, Moved
from sortlang.reports.screen import visible

OPEN, MOST = 10, 200
"""Rows that are seen at once, and rows that are written at all: a comment has room for 65,536 characters."""

_CELL = 120
_HEAD = "| mail for | such as | before | after |\n|---|---|---|---|"


def render(comparisons: Sequence[Comparison]) -> str:
    """A heading with the sum, a table for each pair of files; long ones are folded."""
    parts = [f"### Mail routes: {words.summary(comparisons)}"]
    for each in comparisons:
        if each:
            parts += [f"**{code(words.title(each))}**", *_tables(each.difference)]
        if each.moved:
            parts.append(_log(each.moved))
    return "\n\n".join(parts)


def code(text: str) -> str:
    """A code span fit for a table, whatever is in the text: nobody is notified, nothing is markup."""
    shown = visible(text if len(text) <= _CELL else text[: _CELL - 1] + "…")
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    edge = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{edge}{shown}{edge}{ticks}".replace("|", "\\|")


def _tables(difference: Difference) -> Iterator[str]:
    if difference.changes:
        yield from _folded(_HEAD, list(map(_row, difference.changes)))
    if difference.altered:
        yield from _folded("| | setting | before | after |\n|---|---|---|---|", list(_altered(difference)))


def _row(change: Change) -> str:
    about = ", ".join(each for each in (words.verb(change), words.scope(change)) if each)
    witness = code(str(change.region.witness)) if change.region.witness else ""
    sides = (_codes(words.places(each)) for each in (change.before, change.after))
    return f"| {_region(change)}{f' ({_plain(about)})' if about else ''} | {witness} | {' | '.join(sides)} |"


def _region(change: Change) -> str:
    if change.region.pattern is None:
        return "nobody: mail without a recipient"
    full = f"{change.region.pattern.local.text}@{change.region.pattern.domain.text}"
    named = _codes(words.excepted(change))
    rest = f" and {words.more(change)} more" if words.more(change) else ""
    return code(full) + (f" except {named}{rest}" if named else "")


def _altered(difference: Difference) -> Iterator[str]:
    for altered in difference.altered:
        head = _plain(words.heading(altered))
        if not altered.settings:
            yield f"| {head} | | | |"
        for each in altered.settings:
            yield f"| {head} | {_plain(each.name)} | {code(each.before)} | {code(each.after)} |"
            head = ""


def _folded(head: str, rows: list[str]) -> Iterator[str]:
    """The first rows, and the others where one clicks."""
    yield "\n".join([head, *rows[:OPEN]])
    if rest := rows[OPEN:MOST]:
        yield f"<details><summary>{len(rows) - OPEN} more</summary>\n\n" + "\n".join([head, *rest]) + "\n\n</details>"
    if len(rows) > MOST:
        yield f"{len(rows) - MOST} more are left out here; `sortlang diff` shows them."


def _log(moved: Moved) -> str:
    lines = [f"**{words.counted(moved)}**"]
    if moved.top:
        lines += ["", "| messages | for | went to | would go to |", "|---|---|---|---|"]
    for each in moved.top:
        lines.append(f"| {each.messages} | {code(each.address)} | {_codes(each.before)} | {_codes(each.after)} |")
    return "\n".join(lines)


def _codes(texts: Iterable[str]) -> str:
    return ", ".join(map(code, texts))


def _plain(text: str) -> str:
    """Text of ours with names in it, which must not be taken for markup, a mention, or a cell."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~@&])", lambda found: f"&#{ord(found[1])};", visible(text))
