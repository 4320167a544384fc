"""Mutation as text: the mistakes that no expectation would notice."""

from collections.abc import Iterable

from sortlang.mutants.mutant import Mutation, Survivor
from sortlang.reports.screen import visible


def render(mutation: Mutation) -> str:
    """How many are noticed, and for the others the `expect` lines that notice them, each once."""
    lines: dict[str, list[Survivor]] = {}
    for each in mutation.survivors:
        lines.setdefault(each.line, []).append(each)
    return "\n".join((_counts(mutation), *(visible(line) for key in lines for line in _missed(key, lines[key]))))


def _missed(line: str, survivors: Iterable[Survivor]) -> Iterable[str]:
    yield f"  {line}"
    yield from (f"    would notice {each.mutant.rule.span.place}: {each.mutant.what}" for each in survivors)


def _counts(mutation: Mutation) -> str:
    count = mutation.tried - mutation.alike
    some = f", a sample of {mutation.possible}" if mutation.tried < mutation.possible else ""
    return f"expectations notice {mutation.noticed} of {count} mistakes in the rules{some}"
