"""A lint: something a file may say, and its author will be sorry for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sortlang.diagnostic import Diagnostic, Severity
from sortlang.program import Program


@dataclass(frozen=True, slots=True)
class Lint:
    """One thing to look for in a program. `name` is that of its findings and of its page, `doc` says it in a line."""

    name: str
    doc: str
    find: Callable[[Program], Iterable[Diagnostic]]
    severity: Severity = Severity.WARNING
