"""The Rule of a plain line, without a statement in between."""

import re

from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern
from sortlang.rules import Rule, Target
from sortlang.runs.run import LINE
from sortlang.source import Source, Span


def plain(source: Source, start: int) -> Rule | None:
    """That of the line which begins there; None if there is more to be said about it: another word, or a misfit."""
    found = LINE.match(source.text, start)
    assert found
    if found["word"] not in ("sort", "copy"):
        return None
    made = rule(found, source, 0)
    return made if "*" not in found["right"] or _fits(made.pattern, made.targets[0]) else None


def rule(found: re.Match[str], source: Source, start: int) -> Rule:
    """What a match of `LINE` says, whose text begins at `start`."""
    place, local, domain = _half(found, "left", "quote", source, start)
    pattern = Pattern(Glob.of(local), Glob.of(domain))
    end, local, domain = _half(found, "right", "other", source, start)
    target = Target("address", local, Glob.of(domain).text, span=end)
    return Rule("copy" if found["word"] == "copy" else "sort", pattern, (target,), span=place)


def _half(found: re.Match[str], side: str, quote: str, source: Source, start: int) -> tuple[Span, str, str]:
    """Where one side of a line stands, quotes and all, and what it says."""
    first, last = found.span(side)
    quoted = len(found[quote])
    local, _, domain = found[side].rpartition("@")
    return Span(source, start + first - quoted, start + last + quoted), local, domain


def _fits(pattern: Pattern, target: Target) -> bool:
    """Whether each `*` on the right has one `*` on the left to stand for."""
    halves = ((target.local, pattern.local), (target.domain, pattern.domain))
    return all("*" not in part or glob.stars == 1 for part, glob in halves)
