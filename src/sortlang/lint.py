"""A lint: something a file may say, and its author will be sorry for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sortlang.diagnostic import Diagnostic
from sortlang.rules import Rules


@dataclass(frozen=True, slots=True)
class Lint:
    """One thing to look for. `name` is that of its findings and of its page, `doc` says it in a line."""

    name: str
    doc: str
    find: Callable[[Rules], Iterable[Diagnostic]]
