"""empty-capture: where `*` takes nothing, a target is no address."""

from collections.abc import Iterable

from sortlang.address import Address, InvalidAddress
from sortlang.diagnostic import Diagnostic, Severity
from sortlang.lint import Lint
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.rules import Rule, Target

HINT = "give that address a rule of its own, or let the left side ask for more"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each target like `*@sales.com` of `sales*@ex.com`, unless another rule takes sales@ex.com."""
    rules = (*program.rules.sorts, *program.rules.copies)
    suspects = ((rule, target) for rule in rules for target in rule.targets if _suspect(rule, target))
    for rule, target in suspects:
        witness = _emptied(rule.pattern)
        if rule.kind == "copy" or program.sorts[rule.account].winner(Address.parse(witness)) == rule:
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


LINT = Lint("empty-capture", "where `*` takes nothing, a target is no address", find, Severity.ERROR)
