"""Check: Program → Diagnostics, by every lint there is."""

from sortlang.diagnostic import Diagnostics, Severity
from sortlang.lint import Lint
from sortlang.lints import cleartext_password, empty_capture, literal_password, missing_catch_all, tied_patterns
from sortlang.program import Program

LINTS: tuple[Lint, ...] = (
    cleartext_password.LINT,
    empty_capture.LINT,
    literal_password.LINT,
    missing_catch_all.LINT,
    tied_patterns.LINT,
)

ALLOWABLE = frozenset(lint.name for lint in LINTS if lint.severity is Severity.WARNING) | {"unused-allow"}
"""What `# sortlang: allow` may name."""


def check(program: Program) -> Diagnostics:
    """What the lints find, lint by lint."""
    return tuple(found for lint in LINTS for found in lint.find(program))
