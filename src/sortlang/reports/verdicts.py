"""Verdicts as text: of those that do not hold, what is so and why."""

from collections.abc import Iterable, Sequence

from sortlang.expectations.verdict import Verdict
from sortlang.reports.screen import visible
from sortlang.rules import Rule


def render(verdicts: Sequence[Verdict]) -> str:
    """Those that do not hold, and how many do."""
    failed = [failure(each) for each in verdicts if not each.holds]
    return "\n\n".join((*failed, summary(verdicts)))


def summary(verdicts: Sequence[Verdict]) -> str:
    """`3 of 4 expectations hold`."""
    if not verdicts:
        return "no expectations: write some, as in `expect anna@example.com -> anna@example.com;`"
    count, held = len(verdicts), sum(each.holds for each in verdicts)
    if held < count:
        return f"{held} of {count} expectations hold"
    return f"all {count} expectations hold" if count > 1 else "the expectation holds"


def failure(verdict: Verdict) -> str:
    """One of them: what was expected, what is so, by which rule, and which other one there is."""
    return "\n".join(visible(line) for line in _lines(verdict))


def _lines(verdict: Verdict) -> Iterable[str]:
    yield f"{verdict.expectation.span}: {verdict.expectation!s}"
    yield from (f"  # {line}" for line in verdict.expectation.description.splitlines())
    if verdict.trouble:
        yield f"  not tried  {verdict.trouble}"
        return
    if verdict.region:
        yield f"  witness    {verdict.region.witness or 'mail without a recipient'}{_among(verdict)}"
    if verdict.source:
        yield f"  taken from {verdict.source}"
    yield f"  expected   {'never ' if verdict.expectation.kind == 'never' else ''}{', '.join(verdict.expected)}"
    yield f"  got        {', '.join(verdict.got)}"
    yield from (line for each in verdict.rules for line in _deciding(each))
    if not verdict.rules:
        yield "  by         no rule"
    if verdict.beaten:
        yield f"  {'not by' if verdict.instead else 'before':<10} {_rule(verdict.beaten)}{_why(verdict)}"


def _deciding(rule: Rule) -> Iterable[str]:
    yield f"  by         {_rule(rule)}"
    yield from (f"             # {line}" for line in rule.description.splitlines())


def _among(verdict: Verdict) -> str:
    more = f", and {verdict.more} more region{'s' * (verdict.more != 1)}" if verdict.more else ""
    region = verdict.region
    alone = region is None or region.pattern is None or str(region.pattern) == str(region.witness)
    return more if alone else f", of {region}{more}"


def _why(verdict: Verdict) -> str:
    return ", which says so but is less specific" if verdict.instead else ""


def _rule(rule: Rule) -> str:
    scope = f' (account "{rule.account}")' if rule.account else ""
    return f"{rule.span.place}: {rule}{scope}"
