"""Text → Tree, total: what cannot be understood has a finding."""

from collections.abc import Sequence

from sortlang.diagnostic import Diagnostic, Diagnostics, error, has_errors, in_order
from sortlang.source import Source, Span
from sortlang.syntax.cut import MAX_DEPTH, OPENERS
from sortlang.syntax.lalr import build, build_around
from sortlang.syntax.lexeme import Lexeme
from sortlang.syntax.lexis import lex, unrolled
from sortlang.syntax.tree import Statement, Tree


def parse(source: Source) -> tuple[Tree, Diagnostics]:
    """The file at once; if that fails, statement by statement. Never raises, whatever the text; linear in it.

    Findings: `syntax-error`, `unclosed-string`, `unclosed-block`, `bad-escape`, `control-character`, `too-deep`,
    `too-many-errors`. A statement is missing from the tree only if it has one of these.
    """
    lexis = lex(source)
    found: Diagnostics = ()
    statements = build(lexis.lexemes) if _depth_is_sane(lexis.lexemes, source) else None
    if statements is None:
        from sortlang.syntax.recover import recover  # most files are sound

        statements, found = recover(lexis.lexemes)
        found = found if has_errors(lexis.found + found) else (_unreadable(source),)
    return Tree(source, tuple(statements), lexis.comments), in_order(lexis.found + found)


def skim(source: Source) -> tuple[Tree, Diagnostics]:
    """As `parse`, but plain arrows of the file itself stay runs of text: for whoever can do without their statements.

    Where something is wrong beside them, all is parsed.
    """
    lexis = lex(source, runs=True)
    sane = not has_errors(lexis.found) and _depth_is_sane(lexis.lexemes, source)
    read = build_around(lexis.lexemes, unrolled) if sane else None
    if read is None:
        return parse(source)
    runs = tuple((each.start, each.end) for each in read if isinstance(each, Lexeme))
    statements = tuple(each for each in read if isinstance(each, Statement))
    return Tree(source, statements, lexis.comments, runs), lexis.found


def _depth_is_sane(lexemes: Sequence[Lexeme], source: Source) -> bool:
    if source.text.count("<") + source.text.count("{") <= MAX_DEPTH:
        return True
    depth = deepest = 0
    for lexeme in lexemes:
        if lexeme.type in OPENERS:
            depth += 1
            deepest = max(deepest, depth)
        elif lexeme.type in OPENERS.values():
            depth -= 1
    return deepest <= MAX_DEPTH


def _unreadable(source: Source) -> Diagnostic:
    """What cannot happen: all pieces are sound and the whole is not."""
    return error("syntax-error", "this file cannot be read", Span(source, 0, 0))
