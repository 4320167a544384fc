"""Verdicts as JSON, with coverage and mutation where they were asked."""

import json
from collections.abc import Sequence

from sortlang.expectations.verdict import Verdict
from sortlang.gap import Coverage
from sortlang.mutants.mutant import Mutation
from sortlang.rules import Rule


def render(verdicts: Sequence[Verdict], coverage: Coverage | None = None, mutation: Mutation | None = None) -> str:
    """`{"expectations": […]}`, with `coverage` and `mutation` where they are given."""
    value: dict[str, object] = {"expectations": [_verdict(each) for each in verdicts]}
    if coverage:
        value["coverage"] = _coverage(coverage)
    if mutation:
        value["mutation"] = _mutation(mutation)
    return json.dumps(value, indent=2)


def _coverage(coverage: Coverage) -> dict[str, object]:
    gaps = [{**_rule(each.rule), "expect": each.line or None} for each in coverage.gaps]
    return {"rules": coverage.count, "percent": coverage.percent, "gaps": gaps}


def _mutation(mutation: Mutation) -> dict[str, object]:
    survivors = [
        {**_rule(each.mutant.rule), "mistake": each.mutant.what, "expect": each.line} for each in mutation.survivors
    ]
    counts = {"possible": mutation.possible, "tried": mutation.tried, "without_effect": mutation.alike}
    return {**counts, "noticed": mutation.noticed, "survivors": survivors}


def _rule(rule: Rule) -> dict[str, object]:
    return {"rule": str(rule), "account": rule.account, "file": rule.span.source.name, "line": rule.span.line}


def _verdict(verdict: Verdict) -> dict[str, object]:
    span, region = verdict.expectation.span, verdict.region
    return {
        "expectation": str(verdict.expectation),
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "holds": verdict.holds,
        "expected": list(verdict.expected),
        "got": list(verdict.got),
        "rules": [_rule(each) for each in verdict.rules],
        "beaten": _rule(verdict.beaten) if verdict.beaten else None,
        "witness": str(region.witness or "*") if region else None,
        "region": str(region) if region else None,
        "taken_from": verdict.source or None,
        "trouble": verdict.trouble or None,
    }
