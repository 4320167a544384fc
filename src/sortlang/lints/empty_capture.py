"""empty-capture: where `*` takes nothing, a target is no address."""

from collections.abc import Iterable, Iterator

from sortlang.address import Address, InvalidAddress
from sortlang.diagnostic import Diagnostic, Severity
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.rules import Rule, Target
from sortlang.runs.sorts import written

HINT = "give that address a rule of its own, or let the left side ask for more"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each target like `*@sales.com` of `sales*@ex.com`, unless another rule takes sales@ex.com."""
    for rule in (*written(program.rules.sorts), *program.rules.copies):
        for target in rule.targets:
            if witness := next((each for each in _emptied(rule, target) if _decides(program, rule, each)), None):
                message = f"`{target}` comes out as no address where `*` takes nothing"
                yield Diagnostic("empty-capture", Severity.ERROR, message, target.span, HINT, str(witness))


def _decides(program: Program, rule: Rule, address: Address) -> bool:
    return rule.kind == "copy" or program.sorts[rule.account].winner(address) == rule


def _emptied(rule: Rule, target: Target) -> Iterator[Address]:
    """Addresses that the rule takes with nothing for a `*`, and for which the target comes out as none."""
    if "*" not in str(target):
        return
    pattern = rule.pattern
    for local, domain in (("", ""), ("", "x"), ("x", "")):
        text = f"{pattern.local.text.replace('*', local)}@{pattern.domain.text.replace('*', domain)}"
        if (address := _address(text)) and not _address(_came_out(target, *pattern.captures(address))):
            yield address


def _came_out(target: Target, local: str, domain: str) -> str:
    return f"{target.local.replace('*', local)}@{target.domain.replace('*', domain)}"


def _address(text: str) -> Address | None:
    try:
        return Address.parse(text)
    except InvalidAddress:
        return None


LINT = Lint("empty-capture", "where `*` takes nothing, a target is no address", find, Severity.ERROR)
