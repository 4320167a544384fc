"""Build: Rules → Program, with its tables."""

from collections import defaultdict
from collections.abc import Iterable

from sortlang.locality import localities
from sortlang.program import Program
from sortlang.rules import Rule, Rules
from sortlang.runs.bulk import Bulk
from sortlang.runs.sorts import bulk, written
from sortlang.table import Table


def build(rules: Rules) -> Program:
    """The program that the rules are; accounts that are disabled stay in it, and say so."""
    return Program(
        rules=rules,
        sorts=_by_scope(written(rules.sorts), bulk(rules.sorts)),
        copies=_by_scope(rules.copies),
        transports=Table.of(rules.transports),
        lists=_by_scope(rules.lists),
        domains=localities(rules.domains),
    )


def _by_scope(rules: Iterable[Rule], bulk: Bulk | None = None) -> dict[str | None, Table[Rule]]:
    scopes: defaultdict[str | None, list[Rule]] = defaultdict(list)
    for rule in rules:
        scopes[rule.account].append(rule)
    if bulk:
        scopes.setdefault(None, [])
    return {scope: Table.of(own, None if scope else bulk) for scope, own in scopes.items()}
