"""Check: Program → Diagnostics, by every lint there is."""

from sortlang.diagnostic import Diagnostics, Severity
from sortlang.lint import Lint
from sortlang.lints import (
    cleartext_password,
    empty_capture,
    foreign_domain,
    literal_password,
    look_alike_domain,
    mail_loop,
    missing_catch_all,
    never_catches_up,
    password_too_long,
    redundant_rule,
    tied_patterns,
    unnamed_domain,
    unreachable_rule,
    unused_group,
)
from sortlang.program import Program

LINTS: tuple[Lint, ...] = (
    cleartext_password.LINT,
    empty_capture.LINT,
    foreign_domain.LINT,
    literal_password.LINT,
    look_alike_domain.LINT,
    mail_loop.LINT,
    missing_catch_all.LINT,
    never_catches_up.LINT,
    password_too_long.LINT,
    redundant_rule.LINT,
    tied_patterns.LINT,
    unnamed_domain.LINT,
    unreachable_rule.LINT,
    unused_group.LINT,
)

ALLOWABLE = frozenset(lint.name for lint in LINTS if lint.severity is Severity.WARNING) | {"unused-allow"}
"""What `# sortlang: allow` may name."""


def check(program: Program) -> Diagnostics:
    """What the lints find, lint by lint."""
    return tuple(found for lint in LINTS for found in lint.find(program))


def errors(program: Program) -> Diagnostics:
    """Those findings alone for which there is no program: for whoever should not wait for the others."""
    lints = (lint for lint in LINTS if lint.severity is Severity.ERROR)
    return tuple(found for lint in lints for found in lint.find(program) if found.is_error)
