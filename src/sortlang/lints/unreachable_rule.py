"""unreachable-rule: no mail ever gets to the rule."""

from collections.abc import Iterable

from sortlang.analysis.meet import general
from sortlang.analysis.witness import witness
from sortlang.diagnostic import Diagnostic, warning
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.rules import Account, Rule
from sortlang.runs.sorts import written

_SOLD = "every account sorts such mail by a rule of its own, or delivers all of its mail"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each rule whose pattern no address matches, and at each of the file that no account comes to ask."""
    for rule in (*written(program.rules.sorts), *program.rules.copies):
        if "*" in rule.pattern.domain.text and not rule.pattern.bare and not witness(rule.pattern):
            yield _finding(rule, f"no address can match `{rule.pattern}`", "a part of a domain has 1 to 63 letters")
    accounts = [each for each in program.accounts if not each.disabled]
    if accounts and all(_has_own(program, each) for each in accounts):
        yield from (_finding(each, f"`{each.pattern}` is never asked: {_SOLD}") for each in _sold(program, accounts))


def _has_own(program: Program, account: Account) -> bool:
    return bool(account.deliver) or account.name in program.sorts


def _sold(program: Program, accounts: list[Account]) -> Iterable[Rule]:
    """The file's `sort` rules that each account answers before they are asked, for all that they take.

    Lone `*` is left alone: where it is not needed yet, it is still prudent.
    """
    asking = [program.sorts[each.name] for each in accounts if not each.deliver]
    own = (each for each in program.rules.sorts if each.account is None and not each.pattern.bare)
    return (each for each in own if all(table.winner(general(each.pattern)) for table in asking))


def _finding(rule: Rule, message: str, hint: str = "") -> Diagnostic:
    return warning("unreachable-rule", message, rule.span, hint or "remove it, or move it into an account")


LINT = Lint("unreachable-rule", "no mail ever gets to the rule", find)
