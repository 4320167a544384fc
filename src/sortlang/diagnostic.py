"""A diagnostic: a finding in a rules file, its place, the way out."""

from enum import StrEnum

from sortlang.frozen import frozen
from sortlang.source import Span


class Severity(StrEnum):
    """An error leaves no program; with a warning there is one, and somebody will be sorry."""

    ERROR = "error"
    WARNING = "warning"


@frozen
class Related:
    """A second place that belongs to a finding, and what it has to do with it."""

    span: Span
    message: str


@frozen
class Edit:
    """`text` in place of what stands at `span`; an empty span is a place to insert at."""

    span: Span
    text: str


@frozen
class Fix:
    """A way to mend a finding: a clause in the imperative, and edits that do not overlap."""

    title: str
    edits: tuple[Edit, ...]

    @staticmethod
    def of(title: str, span: Span, text: str) -> "Fix":
        """A fix of one edit."""
        return Fix(title, (Edit(span, text),))


@frozen
class Diagnostic:
    """A finding. `message` is one clause, lower case, no full stop; advice goes to `hint`.

    `name` is the sin, kebab-case, and reads after "allow": `missing-catch-all`.
    `witness` is an address that shows the finding, where there is one; `fix` mends it, where that is no guess at what
    the author wants done with mail.
    """

    name: str
    severity: Severity
    message: str
    span: Span
    hint: str = ""
    witness: str = ""
    related: tuple[Related, ...] = ()
    fix: Fix | None = None

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


Diagnostics = tuple[Diagnostic, ...]


def error(
    name: str, message: str, span: Span, hint: str = "", related: tuple[Related, ...] = (), fix: Fix | None = None
) -> Diagnostic:
    """An error: with any of these there is no program."""
    return Diagnostic(name, Severity.ERROR, message, span, hint, related=related, fix=fix)


def warning(
    name: str, message: str, span: Span, hint: str = "", witness: str = "", fix: Fix | None = None
) -> Diagnostic:
    """A warning: the program runs, and somebody will be sorry."""
    return Diagnostic(name, Severity.WARNING, message, span, hint, witness, fix=fix)


def has_errors(found: Diagnostics) -> bool:
    """Whether there is no program."""
    return any(each.is_error for each in found)


def in_order(found: Diagnostics) -> Diagnostics:
    """By file and place, so that the same file always reads the same; equal findings once."""
    return tuple(dict.fromkeys(sorted(found, key=lambda each: (each.span.source.name, each.span.start, each.name))))
