"""Rules files in memory, for tests: what `mail.sort` compiles to, with other files given by name."""

from collections.abc import Mapping, Sequence

from sortlang.compile import compile
from sortlang.diagnostic import Diagnostics
from sortlang.program import Program
from sortlang.reading import Reader
from sortlang.source import Source

ACCOUNT = 'account "a" < server "pop.ex.com"; user "u"; password env "P"; {} >\nsort * -> all@ex.com;\n'


def reader(files: Mapping[str, str]) -> Reader:
    """A Reader of files that exist in memory alone; `*` names all of them."""

    def read(pattern: str, source: Source) -> Sequence[Source]:
        if "*" in pattern:
            return [Source(name, text) for name, text in files.items() if name != source.name]
        if pattern not in files:
            raise FileNotFoundError(2, "No such file or directory")
        return [Source(pattern, files[pattern])]

    return read


def compiled(text: str, files: Mapping[str, str] | None = None) -> tuple[Program | None, Diagnostics]:
    """What the text compiles to."""
    return compile(Source("mail.sort", text), reader({"mail.sort": text, **(files or {})}))


def found(text: str, files: Mapping[str, str] | None = None) -> list[str]:
    """The names of the findings."""
    return [each.name for each in compiled(text, files)[1]]


def program(text: str, files: Mapping[str, str] | None = None) -> Program:
    """The program of a text without errors."""
    result, diagnostics = compiled(text, files)
    assert result is not None, diagnostics
    return result
