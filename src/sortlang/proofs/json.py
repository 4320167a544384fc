"""A proof as JSON: one object."""

import json
from collections.abc import Sequence

from sortlang.analysis.change import Change
from sortlang.diffs.json import change_object
from sortlang.proofs.proof import Proof
from sortlang.rules import Rule


def render(proof: Proof) -> str:
    """`holds`, and what does not, kind by kind; `uncovered` is null if all mail is taken."""
    return json.dumps(
        {
            "holds": proof.holds,
            "uncovered": _uncovered(proof),
            "redundant": [{"rule": _rule(each.rule), "by": _rule(each.by)} for each in proof.redundant],
            "unreachable": [{"rule": _rule(rule), "winner": _rule(winner)} for rule, winner in proof.unreachable],
            "ties": [
                {"first": _rule(each.first), "second": _rule(each.second), "witness": str(each.region.witness)}
                for each in proof.ties
            ],
            "overlaps": [
                {"first": _rule(each.first), "second": _rule(each.second), "witness": str(each.witness)}
                for each in proof.overlaps
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def render_equivalence(changes: Sequence[Change]) -> str:
    """`equivalent`, and where not."""
    found = {"equivalent": not changes, "changes": list(map(change_object, changes))}
    return json.dumps(found, indent=2, ensure_ascii=False)


def _uncovered(proof: Proof) -> dict[str, object] | None:
    if proof.uncovered is None:
        return None
    witness = proof.uncovered.witness
    return {"region": str(proof.uncovered), "witness": str(witness) if witness else None}


def _rule(rule: Rule | None) -> dict[str, object] | None:
    return {"rule": str(rule), "place": rule.span.place, "account": rule.account} if rule else None
