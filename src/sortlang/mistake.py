"""A mistake of the author, on its way to becoming findings."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from sortlang.diagnostic import Diagnostic, Diagnostics, Fix, error
from sortlang.source import Span

P = ParamSpec("P")
T = TypeVar("T")


class Mistake(Exception):
    """What a reader raises when a value cannot mean anything; never leaves the resolver."""

    def __init__(self, *found: Diagnostic) -> None:
        super().__init__(*found)
        self.found: Diagnostics = found


def mistake(name: str, message: str, span: Span, hint: str = "", fix: Fix | None = None) -> Mistake:
    """A Mistake of one finding."""
    return Mistake(error(name, message, span, hint, fix=fix))


def attempt(found: list[Diagnostic], read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """What `read` returns; None when it raises a Mistake, whose findings join `found`."""
    try:
        return read(*args, **kwargs)
    except Mistake as why:
        found.extend(why.found)
        return None
