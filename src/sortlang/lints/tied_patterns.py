"""tied-patterns: two patterns are equally specific for an address."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import islice, product

from sortlang.address import Address, InvalidAddress
from sortlang.diagnostic import Diagnostic, Related, Severity
from sortlang.glob import Glob
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.rules import Rule, Target
from sortlang.table import Table

TRIES = 8
HINT = "add a rule for what both take, or make one of them more specific"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each `sort` that ties with another one, on an address which no third rule wins."""
    for tied in _candidates(program.rules.sorts):
        yield from _ties(tied, program.sorts[tied[0].account])


def _ties(tied: list[Rule], table: Table[Rule]) -> Iterable[Diagnostic]:
    """In the order of rank, each rule against a few before it that say something else: one finding is enough."""
    before: dict[frozenset[Target], Rule] = {}
    for rule in sorted(tied, key=lambda each: each.pattern.rank):
        meaning = frozenset(rule.targets)
        others = islice((other for said, other in before.items() if said != meaning), TRIES)
        found = (_finding(other, rule, witness) for other in others if (witness := _witness(other, rule, table)))
        yield from islice(found, 1)
        before[meaning] = rule


def _candidates(sorts: Iterable[Rule]) -> Iterable[list[Rule]]:
    """Rules of one scope and rank. Those that start or end differently take nothing in common."""
    groups: defaultdict[object, list[Rule]] = defaultdict(list)
    for rule in sorts:
        if rule.pattern.local.stars > 1 or rule.pattern.domain.stars > 1:
            groups[(rule.account, _shape(rule.pattern.local), _shape(rule.pattern.domain))].append(rule)
    return (each for each in groups.values() if len(each) > 1)


def _shape(glob: Glob) -> object:
    start, *rest = glob.text.split("*")
    return (glob.rank, start, rest[-1] if rest else None)


def _witness(one: Rule, other: Rule, table: Table[Rule]) -> str:
    """An address that both take and one of them wins; empty if none was found."""
    locals_ = _common(one.pattern.local, other.pattern.local)
    domains = _common(one.pattern.domain, other.pattern.domain)
    tries = (f"{local}@{domain}" for local, domain in product(locals_, domains))
    return next((each for each in tries if _shows(each, one, other, table)), "")


def _shows(text: str, one: Rule, other: Rule, table: Table[Rule]) -> bool:
    try:
        address = Address.parse(text)
    except InvalidAddress:
        return False
    both = one.pattern.matches(address) and other.pattern.matches(address)
    return both and table.winner(address) in (one, other)


def _common(one: Glob, other: Glob) -> list[str]:
    """Texts that both globs take, which start and end alike: the literals of one, then those of the other."""
    start, *middles = one.text.split("*")
    if not middles:
        return [one.text]
    end = middles.pop()
    others = other.text.split("*")[1:-1]
    orders = (middles,) if middles == others else (middles + others, others + middles)
    return [filler.join((start, *order, end)) for filler in ("", "x", "a-b") for order in orders]


def _finding(first: Rule, second: Rule, witness: str) -> Diagnostic:
    message = f"`{first.pattern}` and `{second.pattern}` are equally specific, and the first wins by its spelling alone"
    related = (Related(first.span, "the one that wins"),)
    return Diagnostic("tied-patterns", Severity.WARNING, message, second.span, HINT, witness, related)


LINT = Lint("tied-patterns", "two patterns are equally specific for an address", find)
