"""A View: the rules as one account asks them."""

from dataclasses import dataclass, field

from sortlang.analysis.asked import Asked
from sortlang.analysis.outcome import outcome, outcomes
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.rules import Account, Rule
from sortlang.table import Table


@dataclass(frozen=True, slots=True)
class View:
    """The `sort` and `copy` rules for mail that comes in through the account; None: the file's own rules alone."""

    account: str | None
    sorts: Asked[Rule] = field(repr=False)
    copies: Asked[Rule] = field(repr=False)

    @staticmethod
    def of(program: Program, account: str | None = None) -> "View":
        """What the program asks for the account. `deliver` is the rule `*` with no other beside it."""
        fixed = next((each for each in program.accounts if each.name == account and each.deliver), None)
        if fixed:
            everything = _everything(fixed)
            return View(account, Asked.of([Table.of([everything])], [everything]), Asked.of((), ()))
        scopes = tuple(dict.fromkeys((account, None)))
        return View(
            account,
            _asked(program.sorts, program.rules.sorts, scopes),
            _asked(program.copies, program.rules.copies, scopes),
        )

    def destinations(self, pattern: Pattern | None) -> frozenset[str]:
        """Where mail goes for the most general address of the pattern, `sort` and `copy` together."""
        return outcome(self.sorts.winner(pattern), pattern) | outcomes(self.copies.order(pattern), pattern)


def _asked(
    tables: dict[str | None, Table[Rule]], rules: tuple[Rule, ...], scopes: tuple[str | None, ...]
) -> Asked[Rule]:
    own = [each for each in rules if each.account in scopes]
    return Asked.of([tables[each] for each in scopes if each in tables], own)


def _everything(account: Account) -> Rule:
    return Rule("sort", Pattern.parse("*"), account.deliver, account.name, span=account.span)
