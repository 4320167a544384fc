"""A difference as JSON: one object."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from sortlang.analysis.change import Change
from sortlang.diffs.difference import Altered, Comparison, Difference
from sortlang.rules import Rule, Transport


def render(comparisons: Sequence[Comparison]) -> str:
    """`different`, and `files`, one object for each pair, those without a difference too."""
    found = {"different": any(comparisons), "files": [_file(each) for each in comparisons]}
    return json.dumps(found, indent=2, ensure_ascii=False)


def change_object(change: Change) -> dict[str, object]:
    """One region of addresses; `pattern` null is mail without a recipient, an account null are the file's own rules."""
    pattern = change.region.pattern
    return {
        "kind": change.kind,
        "pattern": str(pattern) if pattern else None,
        "except": list(map(str, change.region.exceptions)),
        "witness": str(change.region.witness) if change.region.witness else None,
        "accounts": list(change.scopes),
        "before": list(change.before),
        "after": list(change.after),
        "old": _rule(change.old),
        "new": _rule(change.new),
    }


def _file(comparison: Comparison) -> dict[str, object]:
    difference: Difference = comparison.difference
    found: dict[str, object] = {
        "old": comparison.old or None,
        "new": comparison.new or None,
        "different": bool(comparison),
        "changes": list(map(change_object, difference.changes)),
        "altered": list(map(_altered, difference.altered)),
    }
    return found | ({"log": asdict(comparison.moved)} if comparison.moved else {})


def _altered(altered: Altered) -> dict[str, object]:
    found = asdict(altered)
    found["old_name"] = found.pop("old") or None
    return found


def _rule(rule: Rule | Transport | None) -> dict[str, object] | None:
    return {"rule": str(rule), "place": rule.span.place} if rule else None
