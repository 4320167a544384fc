"""empty-capture: where `*` takes nothing, a target is no address."""

from collections.abc import Iterable

from sortlang.address import Address, InvalidAddress
from sortlang.diagnostic import Diagnostic, Severity
from sortlang.lint import Lint
from sortlang.pattern import Pattern
from sortlang.rules import Rule, Rules, Target
from sortlang.table import Table

HINT = "give that address a rule of its own, or let the left side ask for more"


def find(rules: Rules) -> Iterable[Diagnostic]:
    """A finding at each target like `*@sales.com` of `sales*@ex.com`, unless another rule takes sales@ex.com."""
    suspects = [
        (rule, target) for rule in (*rules.sorts, *rules.copies) for target in rule.targets if _suspect(rule, target)
    ]
    tables = {
        scope: Table.of(each for each in rules.sorts if each.account == scope)
        for scope in {rule.account for rule, _ in suspects}
    }
    for rule, target in suspects:
        witness = _emptied(rule.pattern)
        if rule.kind == "copy" or tables[rule.account].winner(Address.parse(witness)) == rule:
            message = f"`{target}` comes out as no address where `*` takes nothing"
            yield Diagnostic("empty-capture", Severity.ERROR, message, target.span, HINT, witness)


def _suspect(rule: Rule, target: Target) -> bool:
    return "*" in str(target) and _is_address(_emptied(rule.pattern)) and not _is_address(str(target).replace("*", ""))


def _emptied(pattern: Pattern) -> str:
    """The address the pattern takes with nothing for each `*`; it need not be one."""
    return str(pattern).replace("*", "")


def _is_address(text: str) -> bool:
    try:
        Address.parse(text)
    except InvalidAddress:
        return False
    return True


LINT = Lint("empty-capture", "where `*` takes nothing, a target is no address", find)
