"""redundant-rule: without the rule, all mail goes where it goes now."""

from collections.abc import Iterable

from sortlang.analysis.needless import Needless
from sortlang.diagnostic import Diagnostic, Related, Severity
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.prove import redundant
from sortlang.removal import removal
from sortlang.rules import Rule

HINT = "remove it, or keep it as a reminder: `# sortlang: allow redundant-rule`"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each rule that, removed alone, changes nothing for any address; `discard` may be said in vain."""
    for needless in _alone(redundant(program), program):
        if needless.rule.kind == "copy":
            yield _finding(needless.rule, "mail for `{}` goes there anyway", ())
        elif needless.by:
            related = (Related(needless.by.span, "the rule that would take it"),)
            yield _finding(needless.rule, "without this rule, mail for `{}` goes to the same places", related)


def _alone(needless: Iterable[Needless], program: Program) -> Iterable[Needless]:
    """Those that somebody wrote; with a rule goes what `detail` adds to it, so that must be needless as well."""
    found = list(needless)
    added = [each for each in (*program.rules.sorts, *program.rules.copies) if each.detail]
    vain = {id(each.rule) for each in found}
    needed = {(each.span.source.name, each.span.start) for each in added if id(each) not in vain}
    written = (each for each in found if not each.rule.detail)
    return (each for each in written if (each.rule.span.source.name, each.rule.span.start) not in needed)


def _finding(rule: Rule, message: str, related: tuple[Related, ...]) -> Diagnostic:
    fix = removal(rule.span)
    return Diagnostic(
        "redundant-rule", Severity.WARNING, message.format(rule.pattern), rule.span, HINT, "", related, fix
    )


LINT = Lint("redundant-rule", "without the rule, all mail goes where it goes now", find)
