"""unused-group: a group that no rule and no other group names."""

from collections.abc import Iterable

from sortlang.diagnostic import Diagnostic, warning
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.removal import removal

HINT = "remove it, or name it on the right of a rule"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each group that stands on no right side."""
    for group in program.rules.groups:
        if not group.used:
            message = f"nothing names the group `{group.name}`"
            yield warning("unused-group", message, group.span, HINT, fix=removal(group.span))


LINT = Lint("unused-group", "a group that nothing names", find)
