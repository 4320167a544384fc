"""Include: a file and all it includes, each read once, as Trees."""

from collections.abc import Callable
from dataclasses import field

from sortlang.diagnostic import Diagnostic, Diagnostics
from sortlang.frozen import frozen
from sortlang.mistake import attempt, mistake
from sortlang.reading import Reader, reason
from sortlang.source import Source
from sortlang.syntax.tree import Item, Tree
from sortlang.values.plain import single, text
from sortlang.values.utf8 import undecoded

Parser = Callable[[Source], tuple[Tree, Diagnostics]]

MAX_DEPTH = 32


@frozen
class Gathering:
    """The trees read so far, and what was found on the way."""

    read: Reader
    parse: Parser
    trees: dict[str, Tree] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)


def gather(source: Source, read: Reader, parse: Parser) -> tuple[tuple[Tree, ...], Diagnostics]:
    """The tree of the source and of every file it includes, at any depth; cycles and missing files are findings."""
    gathering = Gathering(read, parse)
    _follow(source, (), gathering)
    return tuple(gathering.trees.values()), tuple(gathering.found)


def _follow(source: Source, chain: tuple[str, ...], gathering: Gathering) -> None:
    tree = _tree(source, gathering)
    gathering.trees[source.name] = tree
    for statement in tree.statements:
        if statement.keyword.text == "include" and statement.shape == "setting":
            for item in statement.left:
                attempt(gathering.found, _include, item, (*chain, source.name), gathering)


def _tree(source: Source, gathering: Gathering) -> Tree:
    """Of a file that is no text, nothing is parsed: everything in it would be a finding."""
    tree, found = (Tree(source, ()), bad) if (bad := undecoded(source)) else gathering.parse(source)
    gathering.found.extend(found)
    return tree


def _include(item: Item, chain: tuple[str, ...], gathering: Gathering) -> None:
    value = single(item, "put a comma between two files")
    pattern = text(value, "the file name")
    try:
        sources = gathering.read(pattern, value.span.source)
    except OSError as why:
        raise mistake("unreadable-include", f"cannot read `{pattern}`: {reason(why)}", value.span) from None
    for source in sources:
        if source.name in chain:
            raise mistake(
                "include-cycle",
                f"`{source.name}` is included while it is being read",
                value.span,
                "let one of the files include the other, not both",
            )
        if len(chain) > MAX_DEPTH:
            raise mistake("include-depth", f"files include files {MAX_DEPTH} deep", value.span)
        if source.name not in gathering.trees:
            _follow(source, chain, gathering)
