"""Prove: what holds for all addresses, and an address where it does not.

No address is tried and none is left out: a pattern is asked about as a whole. What its text takes, read as an address
in which `*` is a letter, takes all of it (`analysis.meet`), two rules at a time show everything that more could show
(`analysis.contest`), and where both send the mail is one text for all (`analysis.outcome`).
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from sortlang.address import Address
from sortlang.analysis.change import Change, carried_otherwise, changes_between, merged
from sortlang.analysis.contest import earlier
from sortlang.analysis.decision import Decision, Wanted, decisions, winners
from sortlang.analysis.meet import common
from sortlang.analysis.needless import Needless, needless
from sortlang.analysis.region import NOBODY, Region, region
from sortlang.analysis.suspect import suspects
from sortlang.analysis.tie import Tie, tied
from sortlang.analysis.view import View, own
from sortlang.analysis.witness import witness
from sortlang.pattern import Pattern, Patterned
from sortlang.program import Program
from sortlang.rules import Rule

EVERYTHING = Pattern.parse("*@*")


def changes(old: Program, new: Program) -> tuple[Change, ...]:
    """All addresses whose mail goes elsewhere, for every account that both have and for the file's own rules.

    Each region is followed through: within it a single address may still come out alike by chance, as `anna@b.com`
    does where `*@b.com` becomes `anna@b.com`. Accounts that come or go are no change of this kind.
    """
    return merged(_changes(old, new))


def some_changes(old: Program, new: Program, most: int) -> tuple[Change, ...]:
    """The first changes that are found, at most so many; for whoever cannot wait for all of them."""
    return merged(islice(_changes(old, new), most))


def equivalent(old: Program, new: Program) -> bool:
    """Whether both send all mail to the same places, delivered in the same way."""
    return next(_changes(old, new), None) is None


def decides(program: Program, pattern: Pattern, account: str | None = None) -> tuple[Decision, ...]:
    """The regions inside the pattern and where the mail of each goes; they cover all of it."""
    found = decisions(View.of(program, account), pattern)
    return tuple(sorted(found, key=lambda each: str(each.region)))


def winning(program: Program, pattern: Pattern, account: str | None = None) -> tuple[Rule, ...]:
    """The `sort` rules that win somewhere in the pattern."""
    return tuple(winners(View.of(program, account), pattern))


def otherwise(program: Program, pattern: Pattern, holds: Wanted, account: str | None = None) -> Iterator[Decision]:
    """The regions inside the pattern for which `holds(place, destinations)` is false: what contradicts an expectation.

    `place` is a pattern, None for mail without a recipient; what holds for its destinations holds for all of it.
    """
    return decisions(View.of(program, account), pattern, lambda place, found: not holds(place, found))


def redundant(program: Program) -> tuple[Needless, ...]:
    """The rules of which each, removed alone, changes nothing, and the rule that says the same already."""
    views = _views(program)
    return tuple(found for rules in suspects(program) if (found := needless(rules, views)))


def reached(program: Program, rule: Rule) -> Region | None:
    """Mail that the rule has a say in: addresses for which a `sort` wins, all that a `copy` takes; None: none."""
    found = (_reached(rule, view) for view in _views(program) if rule.account in (None, view.account))
    return next((each for each in found if each), None)


def shadowed(program: Program) -> tuple[tuple[Rule, Rule | None], ...]:
    """The `sort` rules that never win, each with the one that wins in its place."""
    views = _views(program)
    never = (rule for rule in program.rules.sorts if not any(_wins(rule, view) for view in views))
    return tuple((rule, View.of(program, rule.account).sorts.winner(rule.pattern)) for rule in never)


def uncovered(rules: Iterable[Patterned]) -> Region | None:
    """Mail that no rule takes: addresses, or else that without a recipient; None if all mail is taken."""
    patterns = [rule.pattern for rule in rules]
    nobody = None if any(each.bare for each in patterns) else NOBODY
    return region(EVERYTHING, patterns) or nobody


def overlaps(one: Pattern, other: Pattern) -> Address | None:
    """An address that both take; None if there is none."""
    return next((found for each in common(one, other) if (found := witness(each))), None)


def ties(program: Program) -> tuple[Tie, ...]:
    """The pairs of `sort` rules that only their spelling tells apart for some addresses, and send them elsewhere."""
    return tuple(tied(program))


def _changes(old: Program, new: Program) -> Iterator[Change]:
    for account in _scopes(old, new):
        yield from changes_between(View.of(old, account), View.of(new, account))
    yield from carried_otherwise(old, new)


def _scopes(old: Program, new: Program) -> Iterator[str | None]:
    """The file's own rules, and the accounts of both that have other ones on a side."""
    yield None
    both = {each.name for each in old.accounts} & {each.name for each in new.accounts}
    yield from sorted(both & (own(old) | own(new)))


def _views(program: Program) -> list[View]:
    return [View.of(program, account) for account in (None, *sorted(own(program)))]


def _reached(rule: Rule, view: View) -> Region | None:
    if rule.kind == "copy":
        return region(rule.pattern, ()) or (NOBODY if rule.pattern.bare else None)
    places = (each for each in _own(rule, view) if view.sorts.winner(each) is rule)
    found = next((here for each in places if (here := region(each, earlier(each, view.sorts)))), None)
    return found or (NOBODY if rule.pattern.bare and view.sorts.winner(None) is rule else None)


def _wins(rule: Rule, view: View) -> bool:
    """Whether a `sort` wins for a most general address, or for mail without a recipient: else it never does."""
    anywhere = any(view.sorts.winner(each) is rule for each in _own(rule, view))
    return anywhere or (rule.pattern.bare and view.sorts.winner(None) is rule)


def _own(rule: Rule, view: View) -> Iterator[Pattern]:
    """All of the rule's pattern, and the parts of it for which it may do something else."""
    yield rule.pattern
    yield from view.sorts.pointed(rule)
