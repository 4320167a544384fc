"""Check: Rules → Diagnostics, by every lint there is."""

from sortlang.diagnostic import Diagnostics
from sortlang.lint import Lint
from sortlang.lints import cleartext_password, empty_capture, literal_password, missing_catch_all, tied_patterns
from sortlang.rules import Rules

LINTS: tuple[Lint, ...] = (
    cleartext_password.LINT,
    empty_capture.LINT,
    literal_password.LINT,
    missing_catch_all.LINT,
    tied_patterns.LINT,
)


def check(rules: Rules) -> Diagnostics:
    """What the lints find, lint by lint."""
    return tuple(found for lint in LINTS for found in lint.find(rules))
