"""What there is to say about a rules file: a finding, its place, the way out."""

from dataclasses import dataclass
from enum import StrEnum

from sortlang.source import Span


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that belongs to a finding, and what it has to do with it."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding. `message` is one clause, lower case, no full stop; advice goes to `hint`.

    `name` is the sin, kebab-case, and reads after "allow": `missing-catch-all`.
    `witness` is an address that shows the finding, where there is one.
    """

    name: str
    severity: Severity
    message: str
    span: Span
    hint: str = ""
    witness: str = ""
    related: tuple[Related, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


Diagnostics = tuple[Diagnostic, ...]


def error(name: str, message: str, span: Span, hint: str = "", related: tuple[Related, ...] = ()) -> Diagnostic:
    """An error: with any of these there is no program."""
    return Diagnostic(name, Severity.ERROR, message, span, hint, related=related)


def warning(name: str, message: str, span: Span, hint: str = "", witness: str = "") -> Diagnostic:
    """A warning: the program runs, and somebody will be sorry."""
    return Diagnostic(name, Severity.WARNING, message, span, hint, witness)


def has_errors(found: Diagnostics) -> bool:
    return any(each.is_error for each in found)


def in_order(found: Diagnostics) -> Diagnostics:
    """By file and place, so that the same file always reads the same; equal findings once."""
    return tuple(dict.fromkeys(sorted(found, key=lambda each: (each.span.source.name, each.span.start, each.name))))
