"""A difference: what changes in a file, as a unified diff without secrets."""

from difflib import unified_diff

from sortlang.reports.screen import visible
from sortlang.reports.secrets import masked
from sortlang.source import Source


def difference(old: Source, new: Source, how: str) -> str:
    """Lines without a line end after the last one; `how` tells the new file from the old one: `formatted`."""
    before, after = (masked(each, 0, len(each.text)).splitlines() for each in (old, new))
    lines = unified_diff(before, after, old.name, f"{old.name} ({how})", lineterm="")
    return "\n".join(map(_tabbed, lines))


def _tabbed(line: str) -> str:
    """The line made visible, its tabs left as they are: they may be all that changes."""
    return "\t".join(map(visible, line.split("\t")))
