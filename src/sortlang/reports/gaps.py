"""Coverage as text: the rules that no expectation reaches."""

from sortlang.gap import Coverage, Gap
from sortlang.reports.screen import visible


def render(coverage: Coverage) -> str:
    """How many rules are reached, and for each of the others the `expect` that would."""
    reached = coverage.count - len(coverage.gaps)
    counts = f"expectations reach {reached} of {coverage.count} rules, {coverage.percent} %"
    return "\n".join((counts, *(visible(line) for each in coverage.gaps for line in _lines(each))))


def _lines(gap: Gap) -> tuple[str, str]:
    return f"  {gap.rule.span.place}: {gap.rule}", f"    {gap.line or 'no mail reaches this rule'}"
