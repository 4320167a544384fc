"""Whatever `RUN` takes is plain statements, lexeme by lexeme: proved for texts of any length, by automata.

The expressions are those of the grammar, as the lexer has them. A line of `RUN` is a word, a side, an arrow, a side and
an end, with blanks between. For each of these pieces, in front of all that may follow it in a run and behind one: no
terminal that the lexer tries before takes anything, the terminal of the piece takes the piece, and no more than it.
What decides where a bare value ends is one greedy loop, which takes as much as it can; that strings, arrows and ends
take no less than the piece is proved besides. The parser sees no more than the kinds of lexemes: all are tried below.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest

from languages import MINE, NOTHING_MORE, OVER, REST, Alphabet, Items, Language, Machine, items
from sortlang.runs.run import statement
from sortlang.source import Source
from sortlang.syntax.grammar import tables
from sortlang.syntax.parse import parse

QUOTED, STAR = r'"[\s\S]*', r"[^*]*\*[\s\S]*"
SHAPE = ("WORD", "", "side", "", "ARROW", "", "side", "END", "")
UNIQUE = {"STRING", "ARROW", "END"}
Terminals = dict[str, str]


@cache
def terminals() -> Terminals:
    """Name and expression, in the order in which the lexer tries them; first what it skips."""
    return {"": tables().blank} | dict(tables().terminals)


class Proof:
    """What speaks against it, piece by piece."""

    def __init__(self, terminals: Terminals) -> None:
        self.run = items(terminals["RUN"])
        self.others = {name: items(each) for name, each in terminals.items() if name != "RUN"}
        self.alphabet = Alphabet([*terminals.values(), QUOTED, STAR])
        self.behind = self.alphabet.all(REST)

    def objections(self) -> Iterator[str]:
        """Each with a text that shows it; none: it is proved."""
        line = list(self.run[-1][1][2])
        pieces = _pieces(line)
        if len(self.run) != 2 or len(pieces) != len(SHAPE):
            yield "a line has another shape"
            return
        after = self.alphabet.reads(self.run[:-1], self.alphabet.reads([self.run[-1]], self.behind, REST), REST)
        after = after.paired(self.behind, lambda line, more: line or more)
        for number, (name, piece) in enumerate(zip(SHAPE, pieces, strict=True)):
            rest = self.alphabet.reads([each for one in pieces[number + 1 :] for each in one], after, REST)
            text = self.alphabet.reads(piece, NOTHING_MORE, REST)
            for terminal, some in self._kinds(name, text):
                yield from self._lexeme(terminal, some, rest) if terminal else self._blank(some, rest)

    def _kinds(self, name: str, text: Language) -> Iterator[tuple[str, Language]]:
        """The terminals that a piece is to be, each with those texts of the piece that are to be it."""
        if name != "side":
            yield name, text
            return
        quoted, star = (self.alphabet.reads(items(each), NOTHING_MORE, REST) for each in (QUOTED, STAR))
        yield from (("STRING", text & quoted), ("PATTERN", text - quoted & star), ("ADDRESS", text - quoted - star))

    def _blank(self, text: Language, rest: Language) -> Iterator[str]:
        skipped = self.alphabet.reads(self.others[""], self.behind, MINE)
        empty = self.alphabet.reads([], self.behind, MINE)
        yield from self._said("is not skipped", joined(text, MINE, rest) - skipped - empty)

    def _lexeme(self, name: str, text: Language, rest: Language) -> Iterator[str]:
        """`name`: that of the terminal which is to take it, and nothing else, in front of `rest`."""
        cut = anywhere(joined(text, REST, rest))
        for other in list(self.others)[: list(self.others).index(name)]:
            taken = self.alphabet.reads(self.others[other], self.behind, MINE)
            yield from self._said(f"{other or 'white space'} comes before {name}", cut & taken)
        taken = self.alphabet.reads(self.others[name], self.behind, MINE)
        yield from self._said(f"is no {name}", joined(text, MINE, rest) - taken)
        taken = self.alphabet.reads(self.others[name], self.behind, MINE, OVER)
        yield from self._said(f"{name} takes more", joined(text, MINE, begun(rest, OVER)) & taken)
        if name in UNIQUE:
            taken = self.alphabet.reads(self.others[name], self.alphabet.all(OVER, REST), MINE)
            yield from self._said(f"{name} takes less", joined(split(text), None, rest) & taken)

    def _said(self, what: str, against: Language) -> Iterator[str]:
        if (word := against.word()) is not None:
            yield f"{what}: {self.alphabet.shown(word)!r}"


def _pieces(line: Items) -> list[Items]:
    """The parts of a line; the two signs of an arrow are one."""
    arrow = next((at for at, each in enumerate(line) if each[1] == ord("-")), len(line))
    return [*([each] for each in line[:arrow]), line[arrow : arrow + 2], *([each] for each in line[arrow + 2 :])]


def joined(text: Language, track: int | None, rest: Language) -> Language:
    """The texts, on that track, with what follows."""
    machine = Machine()
    first, second = machine.lay(text, track), machine.lay(rest)
    for each in text.finals:
        machine.free(first[each], second[0])
    machine.finals = {second[each] for each in rest.finals}
    return machine.language(first[0])


def anywhere(text: Language) -> Language:
    """The texts, cut anywhere: what is before is on track MINE."""
    machine = Machine()
    before, behind = machine.lay(text, MINE), machine.lay(text)
    for one, other in zip(before, behind, strict=True):
        machine.free(one, other)
    machine.finals = {behind[each] for each in text.finals}
    return machine.language(before[0])


def begun(text: Language, track: int) -> Language:
    """The texts, their beginning, at least a letter, on that track."""
    machine = Machine()
    start, before, behind = machine.state(), machine.lay(text, track), machine.lay(text)
    machine.takes[start] = machine.takes[before[0]]
    for one, other in zip(before, behind, strict=True):
        machine.free(one, other)
    machine.takes[before[0]] = list(machine.takes[before[0]])
    machine.finals = {behind[each] for each in text.finals}
    return machine.language(start)


def split(text: Language) -> Language:
    """The texts, their beginning on track MINE, their end, at least a letter, on track OVER."""
    machine = Machine()
    before, ends = machine.lay(text, MINE), machine.lay(text, OVER)
    for one, other in zip(before, ends, strict=True):
        begin = machine.state()
        machine.free(one, begin)
        machine.takes[begin] = machine.takes[other]
    machine.finals = {ends[each] for each in text.finals}
    return machine.language(before[0])


def test_a_run_is_read_as_plain_statements() -> None:
    assert list(Proof(terminals()).objections()) == []


LOCAL, DOMAIN = r"[a-z0-9.!$%&'*+\/?^_|~-]{1,64}", r"[a-z0-9*_-]{1,40}"
DEFECTS = {
    "a word of digits": ("RUN", "[a-z]+ ", "[a-z0-9]+ "),
    "a word with a star": ("RUN", "[a-z]+ ", "[a-z*]+ "),
    "no word": ("RUN", "[a-z]+ ", "[a-z]* "),
    "a blank that none is": ("RUN", "[a-z]+ ", "[a-z]+\xa0"),
    "a list": ("RUN", "'*+", "'*+,"),
    "a comment": ("RUN", "'*+", "'*+#"),
    "a group": ("RUN", "'*+", "'*+="),
    "an escape in a string": ("RUN", "'*+", "'*+\\\\"),
    "two lines in a string": ("RUN", "'*+", "'*+\\n"),
    "a side in two parts": ("RUN", "'*+", "'*+ "),
    "an arrow in a side": ("RUN", "'*+", "'*+>"),
    "a side that is no address": ("RUN", "@", "@?"),
    "a string that may end later": ("RUN", '"' + LOCAL, '"' + LOCAL + '"?'),
    "a string without an end": ("RUN", r'{0,5}"|', r"{0,5}|"),
    "another arrow": ("RUN", "-> ", "=> "),
    "a line behind the end": ("RUN", "\r?\n|", "[^\n]*\n|"),
    "a number of any letters": ("NUMBER", "[0-9]++", "[a-z]++@?"),
    "a size that does not stop": ("SIZE", None, "[0-9]++[Bb]"),
    "a time that does not stop": ("DURATION", None, "[0-9]++[smhdw]"),
    "a number that does not stop": ("NUMBER", None, "[0-9]++"),
    "a pattern that looks too far": ("PATTERN", r"\s", ""),
    "a bare value that ends at a star": ("ADDRESS", r"+@)", r"+@)(?!a)"),
    "a bare value that takes the end": ("PATTERN", "#;,", "#,"),
    "a string that ends at any quote": ("STRING", '[^"', "[^"),
    "a string without stars": ("STRING", '[^"', '[^*"'),
    "a keyword": ("NOTARROW", None, "sort(?= )"),
    "an arrow that takes less": ("ARROW", r"\->", r"\->?"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_the_proof_notices(defect: str) -> None:
    """A terminal of the grammar, altered so that runs and lexemes part."""
    name, old, new = DEFECTS[defect]
    known = terminals()[name]
    altered = known.replace(old, new) if old else new
    assert altered != known
    assert next(Proof(terminals() | {name: altered}).objections(), None) is not None


SIDES = ("a@b", "a*@b", '"a@b"')


@pytest.mark.parametrize("left", SIDES)
def test_the_parser_makes_a_plain_statement_of_such_lexemes(left: str) -> None:
    """Wherever a statement may stand, of every kind that a side may have."""
    for right, before, behind in product(SIDES, ("", "x y;\n", "x {\n", "x <\n"), ("", "\n", "\n}", "\n>")):
        text = f"{before}sort {left} -> {right};{behind}"
        source = Source("x.sort", text)
        tree, _ = parse(source)
        inner = [each for one in tree.statements for each in (one, *one.block)]
        assert statement(source, len(before)) in inner
