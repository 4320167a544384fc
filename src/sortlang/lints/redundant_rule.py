"""redundant-rule: without the rule, all mail goes where it goes now."""

from collections.abc import Iterable

from sortlang.diagnostic import Diagnostic, Related, Severity
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.prove import redundant
from sortlang.removal import removal
from sortlang.rules import Rule

HINT = "remove it, or keep it as a reminder: `# sortlang: allow redundant-rule`"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each rule that, removed alone, changes nothing for any address; `discard` may be said in vain."""
    for needless in redundant(program):
        if needless.rule.detail:
            continue  # it goes with the rule it was made of
        if needless.rule.kind == "copy":
            yield _finding(needless.rule, "mail for `{}` goes there anyway", ())
        elif needless.by:
            related = (Related(needless.by.span, "the rule that would take it"),)
            yield _finding(needless.rule, "without this rule, mail for `{}` goes to the same places", related)


def _finding(rule: Rule, message: str, related: tuple[Related, ...]) -> Diagnostic:
    fix = removal(rule.span)
    return Diagnostic(
        "redundant-rule", Severity.WARNING, message.format(rule.pattern), rule.span, HINT, "", related, fix
    )


LINT = Lint("redundant-rule", "without the rule, all mail goes where it goes now", find)
