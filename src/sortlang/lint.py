"""A lint: something a file may say, and its author will be sorry for."""

from collections.abc import Callable, Iterable

from sortlang.diagnostic import Diagnostic, Severity
from sortlang.frozen import frozen
from sortlang.program import Program


@frozen
class Lint:
    """One thing to look for in a program. `name` is that of its findings and of its page, `doc` says it in a line."""

    name: str
    doc: str
    find: Callable[[Program], Iterable[Diagnostic]]
    severity: Severity = Severity.WARNING
