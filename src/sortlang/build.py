"""Build: Rules → Program, with its tables and its digest."""

from collections import defaultdict
from collections.abc import Iterable

from sortlang.digest import digest
from sortlang.locality import localities
from sortlang.program import Program
from sortlang.rules import Rule, Rules
from sortlang.table import Table


def build(rules: Rules) -> Program:
    """The program that the rules are; accounts that are disabled stay in it, and say so."""
    return Program(
        rules=rules,
        sorts=_by_scope(rules.sorts),
        copies=_by_scope(rules.copies),
        transports=Table.of(rules.transports),
        digest=digest(rules),
        lists=_by_scope(rules.lists),
        domains=localities(rules.domains),
    )


def _by_scope(rules: Iterable[Rule]) -> dict[str | None, Table[Rule]]:
    scopes: defaultdict[str | None, list[Rule]] = defaultdict(list)
    for rule in rules:
        scopes[rule.account].append(rule)
    return {scope: Table.of(own) for scope, own in scopes.items()}
