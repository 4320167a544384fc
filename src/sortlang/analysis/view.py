"""A View: the rules as one account asks them."""

from collections.abc import Collection, Mapping
from dataclasses import field
from functools import lru_cache

from sortlang.analysis.asked import Asked, Point
from sortlang.analysis.ours import Ours
from sortlang.frozen import frozen
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.rules import Account, Rule
from sortlang.runs.sorts import scoped, written
from sortlang.table import Table


@frozen
class View:
    """The rules for mail that comes in through the account; None: the file's own rules alone.

    `lists`: what `sort list` says, by the list's name as the domain of the pattern.
    """

    account: str | None
    ours: Ours
    sorts: Asked[Rule] = field(repr=False)
    copies: Asked[Rule] = field(repr=False)
    lists: Asked[Rule] = field(repr=False)

    @staticmethod
    def of(program: Program, account: str | None = None) -> "View":
        """What the program asks for the account. `deliver` is the rule `*` with no other beside it."""
        return _view(_Same(program), account)

    def destinations(self, pattern: Pattern | None) -> frozenset[str]:
        """Where mail goes for the most general address of the pattern, `sort` and `copy` together."""
        return self.sorted(pattern).union(*(self.copies.says(each, pattern) for each in self.copies.order(pattern)))

    def sorted(self, pattern: Pattern | None) -> frozenset[str]:
        """Where `sort` alone sends it."""
        return self.sorts.says(self.sorts.winner(pattern), pattern)


def own(program: Program) -> set[str]:
    """The accounts whose mail is sorted by more, or by less, than the file's own rules."""
    scopes = {scope for scope in (*program.sorts, *program.copies, *program.lists) if scope is not None}
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
    ours, scopes = Ours(program), tuple(dict.fromkeys((account, None)))
    fixed = next((each for each in program.accounts if each.name == account and each.deliver), None)
    if fixed:
        everything = _everything(fixed)
        none = _asked(ours, {}, (), ())
        return View(account, ours, Asked.of([Table.of([everything])], [everything], ours.says), none, none)
    return View(
        account,
        ours,
        _asked(ours, program.sorts, program.rules.sorts, scopes),
        _asked(ours, program.copies, program.rules.copies, scopes),
        _asked(ours, program.lists, program.rules.lists, scopes),
    )


def _asked(
    ours: Ours, tables: Mapping[str | None, Table[Rule]], rules: Collection[Rule], scopes: tuple[str | None, ...]
) -> Asked[Rule]:
    own = scoped(rules, scopes)
    points = (Point(pattern, rule) for rule in written(own) for pattern in ours.points(rule))
    return Asked.of([tables[each] for each in scopes if each in tables], own, ours.says, ours.applies, points)


def _everything(account: Account) -> Rule:
    return Rule("sort", Pattern.parse("*"), account.deliver, account.name, span=account.span)
