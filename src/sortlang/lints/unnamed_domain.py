"""unnamed-domain: no rule has anything to do with the domain."""

from collections.abc import Iterable

from sortlang.diagnostic import Diagnostic, warning
from sortlang.globs.glob import Glob
from sortlang.lint import Lint
from sortlang.program import Program

HINT = "add a rule for its mail, or remove it"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each `domain` that stands on neither side of a rule, lone `*` aside."""
    targets = _targets(program) if program.rules.domains else []
    for domain in program.rules.domains:
        tables = (*program.sorts.values(), *program.copies.values())
        named = any(table.names_domain(domain.name) for table in tables)
        if not named and not any(each.matches(domain.name) for each in targets):
            yield warning("unnamed-domain", f"no rule names the domain `{domain.name}`", domain.span, HINT)


def _targets(program: Program) -> list[Glob]:
    """The domains that mail is sent to, each once."""
    rules = (*program.rules.sorts, *program.rules.copies, *program.rules.lists)
    fixed = (target for account in program.accounts for target in account.deliver)
    targets = (*(target for rule in rules for target in rule.targets), *fixed)
    return [Glob(each) for each in dict.fromkeys(target.domain for target in targets if target.kind == "address")]


LINT = Lint("unnamed-domain", "no rule has anything to do with the domain", find)
