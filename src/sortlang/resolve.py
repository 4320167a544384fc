"""Resolve: Trees → Rules, every word understood, every name known."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from sortlang.diagnostic import Diagnostic, Diagnostics, Related, error
from sortlang.mistake import attempt
from sortlang.reading import Reader
from sortlang.rules import DAY, Account, Rule, Rules
from sortlang.runs.bulk import Bulk, nothing
from sortlang.runs.sorts import Sorts
from sortlang.source import Span
from sortlang.statement import known
from sortlang.statements import arrow, unique
from sortlang.statements.account import account, header, name_of
from sortlang.statements.block import Facet
from sortlang.statements.defaults import defaults
from sortlang.statements.detail import with_detail
from sortlang.statements.domain import domains
from sortlang.statements.expect import expectations
from sortlang.statements.group import Groups, groups
from sortlang.statements.known import unknown
from sortlang.syntax.tree import Statement, Tree

Kind = Literal["sort", "copy"]
KINDS: tuple[Kind, ...] = ("sort", "copy")

Sorted = Mapping[str, Sequence[Statement]]
"""Statements by the word they begin with."""


def resolve(
    trees: Sequence[Tree],
    read: Reader,
    damage: Diagnostics = (),
    plain: Sequence[Rule] = (),
    bulk: Bulk | None = None,
) -> tuple[Rules, Diagnostics]:
    """What the files say together, and the lists they name, which `read` gives.

    `damage` is what the parser found in them, so that nothing is said twice; `plain` and `bulk` what was sifted out.
    """
    found: list[Diagnostic] = []
    statements = _by_word((each for tree in trees for each in tree.statements), found)
    common = defaults(statements["defaults"], found)
    accounts = _accounts(statements["account"], found)
    names = groups(statements["group"], _naming(statements), found)
    places = domains(statements["domain"], read, found)
    sorts, copies = (
        (*_in_order(trees, plain, kind, _files(kind, statements, names, found)), *_scoped(kind, accounts, names, found))
        for kind in KINDS
    )
    own = (each for each in sorts if each.kind == "sort")
    transports = (rule for each in statements["transport"] for rule in arrow.transports(each, found))
    rules = Rules(
        accounts=_read(accounts, common, damage, found),
        sorts=Sorts.of(with_detail(unique.rules(own, found), places), bulk or nothing()),
        copies=with_detail(unique.rules(copies, found), places),
        transports=with_detail(unique.transports(transports, found), places),
        lists=unique.rules((each for each in sorts if each.kind == "list"), found),
        domains=places,
        groups=tuple(names.values()),
        expectations=tuple(
            each for statement in statements["expect"] for each in expectations(statement, accounts, names, found)
        ),
        trash=common["trash"].value if "trash" in common else 30 * DAY,
        span=Span(trees[0].source, 0, 0),
    )
    return rules, (*found, *unknown(rules, (*sorts, *copies)))


def _by_word(statements: Iterable[Statement], found: list[Diagnostic]) -> defaultdict[str, list[Statement]]:
    """The statements whose word and shape are known; the others are findings."""
    by_word: defaultdict[str, list[Statement]] = defaultdict(list)
    for each in statements:
        if kind := attempt(found, known, each):
            by_word[kind.name].append(each)
    return by_word


def _naming(statements: Sorted) -> Iterable[Statement]:
    """The statements on whose right a group may stand."""
    yield from (each for word in ("sort", "copy", "expect") for each in statements[word])
    yield from (inner for each in statements["account"] for inner in each.block)


def _accounts(statements: Iterable[Statement], found: list[Diagnostic]) -> dict[str, Statement]:
    """The account blocks by name; a second one of a name is a finding."""
    first: dict[str, Statement] = {}
    for each in statements:
        name = attempt(found, name_of, each)
        if name is not None and first.setdefault(name, each) is not each:
            related = (Related(header(first[name]), "the first one"),)
            found.append(
                error(
                    "duplicate-account", f'account "{name}" stands twice', header(each), "rename one of them", related
                )
            )
    return first


def _read(
    blocks: Mapping[str, Statement], common: Mapping[str, Facet], damage: Diagnostics, found: list[Diagnostic]
) -> tuple[Account, ...]:
    read = (account(name, block, common, damage, found) for name, block in blocks.items())
    return tuple(each for each in read if each)


def _files(kind: Kind, statements: Sorted, names: Groups, found: list[Diagnostic]) -> list[Rule]:
    """The file's own rules of a kind."""
    return [rule for each in statements[kind] for rule in arrow.rules(each, kind, None, names, found)]


def _in_order(trees: Sequence[Tree], plain: Iterable[Rule], kind: Kind, read: list[Rule]) -> list[Rule]:
    """These and the plain ones of the kind, in the order of the text."""
    mine = [each for each in plain if each.kind == kind]
    if not mine:
        return read
    files = {id(tree.source): number for number, tree in enumerate(trees)}
    return sorted((*mine, *read), key=lambda each: (files[id(each.span.source)], each.span.start))


def _scoped(kind: Kind, accounts: Mapping[str, Statement], names: Groups, found: list[Diagnostic]) -> Iterable[Rule]:
    """Those of the accounts."""
    for name, block in accounts.items():
        inner = [each for each in block.block if each.keyword.text == kind]
        for each in _by_word(inner, found)[kind]:
            yield from arrow.rules(each, kind, name, names, found)
