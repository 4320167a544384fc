"""foreign-domain: a whole domain's mail goes where nothing is known of."""

from collections.abc import Iterable

from sortlang.address import Address, InvalidAddress
from sortlang.analysis.witness import witness
from sortlang.diagnostic import Diagnostic, Severity
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.rules import Rule, Target
from sortlang.runs.sorts import written

HINT = "if it is one of yours, name it: by a rule for its own mail, by a `transport` or by a `domain`"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each target of a whole domain's mail whose domain stands on the left of nothing.

    Where domains are renamed, `"*@*.old.com" -> "*@*.new.com"`, that is the purpose of the rule.
    """
    for rule in (*written(program.rules.sorts), *program.rules.copies):
        if rule.pattern.local.text == "*" and rule.pattern.domain.text != "*":
            yield from _of(rule, program)


def _of(rule: Rule, program: Program) -> Iterable[Diagnostic]:
    for target in rule.targets:
        if target.kind == "address" and "*" not in target.domain and not _known(program, target.domain):
            shown = witness(rule.pattern)
            lands = _lands(rule, target, shown) if shown else None
            if shown and lands and not _related(shown.domain, lands.domain):
                yield _finding(rule, target, shown)


def _lands(rule: Rule, target: Target, shown: Address) -> Address | None:
    local, _ = rule.pattern.captures(shown)
    try:
        return Address.parse(f"{target.local.replace('*', local)}@{target.domain}")
    except InvalidAddress:
        return None


def _related(one: str, other: str) -> bool:
    """Whether one domain is the other or lies in it."""
    return f".{one}".endswith(f".{other}") or f".{other}".endswith(f".{one}")


def _known(program: Program, domain: str) -> bool:
    tables = (*program.sorts.values(), *program.copies.values())
    return program.transports.names_domain(domain) or any(table.names_domain(domain) for table in tables)


def _finding(rule: Rule, target: Target, shown: Address) -> Diagnostic:
    message = f"all mail for `{rule.pattern.domain.text}` goes to `{target.domain}`, which nothing in the file names"
    return Diagnostic("foreign-domain", Severity.WARNING, message, target.span, HINT, str(shown))


LINT = Lint("foreign-domain", "all mail of a domain goes to a domain the file knows nothing of", find)
