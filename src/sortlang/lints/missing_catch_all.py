"""missing-catch-all: mail that no rule takes is discarded."""

from collections.abc import Iterable
from itertools import islice, product

from sortlang.address import Address
from sortlang.diagnostic import Diagnostic, warning
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.rules import Account
from sortlang.runs.sorts import written

HINT = "add `sort * -> someone@your.domain;`, or `sort * -> discard;` to say so"
_LOCALS = ("nobody", "someone", "unknown-1", "x")
_DOMAINS = ("example.org", "example.net", "elsewhere.example", "x.invalid")


def find(program: Program) -> Iterable[Diagnostic]:
    """One finding at the first account whose mail may fall through all rules."""
    sorting = [each for each in program.accounts if not (each.disabled or each.deliver)]
    closed = {rule.account for rule in written(program.rules.sorts) if rule.pattern.bare}
    open_ended = [each for each in sorting if None not in closed and each.name not in closed]
    if open_ended:
        yield _finding(open_ended, program)


def _finding(accounts: list[Account], program: Program) -> Diagnostic:
    first = accounts[0]
    others = f" (and {len(accounts) - 1} more)" if len(accounts) > 1 else ""
    witness = _witness(program, first)
    what = "mail that no rule takes" if witness else "mail in which no recipient is found"
    return warning(
        "missing-catch-all", f'{what} is discarded from account "{first.name}"{others}', first.span, HINT, witness
    )


def _witness(program: Program, account: Account) -> str:
    """An address that no rule takes, in a domain the file names if there is one; empty if `*@*` takes all."""
    asked = islice((each for each in program.rules.sorts if each.account in (None, account.name)), 100)
    named = dict.fromkeys(rule.pattern.domain.text for rule in asked if "*" not in rule.pattern.domain.text)
    tries = (f"{local}@{domain}" for local, domain in product(_LOCALS, (*named, *_DOMAINS)))
    return next((each for each in tries if program.winner(Address.parse(each), account.name) is None), "")


LINT = Lint("missing-catch-all", "mail that no rule takes is discarded", find)
