"""Format: a rules file in the house style; white space and brackets alone."""

from collections.abc import Iterator, Sequence

from sortlang.layout import Mark, marks, phrases, rows
from sortlang.source import Source
from sortlang.syntax.lexis import lex


def format(source: Source) -> str:
    """The text of a source without syntax errors, laid out anew. Formatting its own work changes nothing.

    Every lexeme and every comment stays as it is and where it is, but for `{ }`, which become `< >`. Blank lines stay,
    one at a time; line ends are those of the first line.
    """
    lexis = lex(source)
    end = "\r\n" if source.text.partition("\n")[0].endswith("\r") else "\n"
    return "".join(line + end for line in _lines(list(marks(source.text, lexis.lexemes, lexis.comments))))


def _lines(every: Sequence[Mark]) -> Iterator[str]:
    above = None
    for phrase in phrases(every):
        if above and not above.opens and not phrase.closes and phrase.marks[0].above > 1:
            yield ""
        yield from rows(phrase)
        above = phrase
