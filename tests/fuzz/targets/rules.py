"""Rules: text → lexemes → tree → the house style and back."""

import re

from sortlang.diagnostic import has_errors
from sortlang.format import format
from sortlang.source import Source
from sortlang.syntax.lexis import lex
from sortlang.syntax.parse import parse


def check(data: bytes) -> None:
    """Never an exception; what has no errors prints as what means the same, and prints no further."""
    source = Source("m.sort", data.decode("utf-8", "replace"))
    tree, diagnostics = parse(source)
    assert all(0 <= each.span.start <= each.span.end <= len(source.text) for each in diagnostics)
    ends = [place for each in lex(source).lexemes for place in (each.start, each.end)]
    assert ends == sorted(ends)
    if has_errors(diagnostics):
        return
    house = format(source)
    again, complaints = parse(Source("m.sort", house))
    assert not has_errors(complaints), house
    assert again.statements == tree.statements, house
    assert format(Source("m.sort", house)) == house
    assert re.sub(r"\s", "", source.text) or not house.strip()
