"""Captures: what each `*` on the right has on the left to stand for."""

from collections.abc import Sequence

from sortlang.diagnostic import Diagnostic, error
from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern
from sortlang.rules import Target


def misfits(patterns: Sequence[Pattern], targets: Sequence[Target]) -> list[Diagnostic]:
    """A finding for each target with a `*` that a pattern gives no value, or no certain one."""
    return [found for each in targets if each.kind == "address" and (found := _first(patterns, each))]


def _first(patterns: Sequence[Pattern], target: Target) -> Diagnostic | None:
    """Of several patterns that do not fit, one is named."""
    return next((found for each in patterns if (found := _misfit(each, target))), None)


def _misfit(pattern: Pattern, target: Target) -> Diagnostic | None:
    before = _unbound(pattern, pattern.local, target.local, target, "before")
    return before or _unbound(pattern, pattern.domain, target.domain, target, "after")


def _unbound(pattern: Pattern, glob: Glob, part: str, target: Target, side: str) -> Diagnostic | None:
    if "*" not in part or (glob.stars == 1 and not pattern.bare):
        return None
    if pattern.bare:
        hint = "write `*@*` on the left to take mail with a recipient only"
        return error(
            "unbound-star",
            "lone `*` also takes mail without a recipient, for which `*` stands for nothing",
            target.span,
            hint,
        )
    if glob.stars > 1:
        message = f"`{pattern}` has {glob.stars} `*` {side} the `@`: which of them is meant here"
        return error("ambiguous-capture", message, target.span, "leave one `*` in that part of the left side")
    message = f"`{pattern}` has no `*` {side} the `@` for this one to stand for"
    return error("unbound-star", message, target.span, "write the part out, or put a `*` on the left")
