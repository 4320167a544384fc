"""A View: the rules as one account asks them."""

from dataclasses import dataclass, field
from functools import lru_cache

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
        return _view(_Same(program), account)

    def destinations(self, pattern: Pattern | None) -> frozenset[str]:
        """Where mail goes for the most general address of the pattern, `sort` and `copy` together."""
        return outcome(self.sorts.winner(pattern), pattern) | outcomes(self.copies.order(pattern), pattern)


def own(program: Program) -> set[str]:
    """The accounts whose mail is sorted by more, or by less, than the file's own rules."""
    scopes = {scope for scope in (*program.sorts, *program.copies) if scope is not None}
    return scopes | {each.name for each in program.accounts if each.deliver}


class _Same:
    """A program as a key: it is the same one only if it is itself."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.program is other.program

    def __hash__(self) -> int:
        return id(self.program)


@lru_cache(maxsize=16)
def _view(same: _Same, account: str | None) -> View:
    """Remembered, for whoever asks about one program asks many times."""
    program = same.program
    fixed = next((each for each in program.accounts if each.name == account and each.deliver), None)
    if fixed:
        everything = _everything(fixed)
        return View(account, Asked.of([Table.of([everything])], [everything]), Asked.of((), ()))
    scopes = tuple(dict.fromkeys((account, None)))
    sorts = _asked(program.sorts, program.rules.sorts, scopes)
    return View(account, sorts, _asked(program.copies, program.rules.copies, scopes))


def _asked(
    tables: dict[str | None, Table[Rule]], rules: tuple[Rule, ...], scopes: tuple[str | None, ...]
) -> Asked[Rule]:
    own = [each for each in rules if each.account in scopes]
    return Asked.of([tables[each] for each in scopes if each in tables], own)


def _everything(account: Account) -> Rule:
    return Rule("sort", Pattern.parse("*"), account.deliver, account.name, span=account.span)
