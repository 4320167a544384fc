"""A reader: what a setting says, by the Account fields it fills."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sortlang.mistake import mistake
from sortlang.syntax.tree import Statement, Value
from sortlang.values.plain import shown

Facets = Mapping[str, Any]
"""Values by facet: an Account field, or `tls.mode`, `tls.ca`, … `limit` fills one of two, `tls` one or several."""

Reader = Callable[[Statement, str], Facets]
"""From the setting and how it is written, for a hint, to what it says; raises Mistake."""


def named(values: Sequence[Value], word: str, usage: str) -> Value:
    """The value after the word that names it: `over` in `skip over 25MB`."""
    if values[0].text != word or values[0].kind != "word":
        raise mistake("wrong-value", f"expected `{word}`, not {shown(values[0])}", values[0].span, f"write `{usage}`")
    if len(values) != 2:
        raise mistake("wrong-value", f"`{word}` takes one value", values[-1].span, f"write `{usage}`")
    return values[1]
