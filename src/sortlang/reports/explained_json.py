"""An Explanation as JSON, and that of a whole message."""

import json
from collections.abc import Iterable

from sortlang.explanation import Delivery, Explanation
from sortlang.mail.trace import Look, Trace
from sortlang.rules import Rule, Transport
from sortlang.source import Span


def render(explanation: Explanation) -> str:
    """One address. `rules` are all that match, in the order of asking: the first one won."""
    return json.dumps(_explanation(explanation), indent=2)


def render_message(name: str, trace: Trace, explanations: Iterable[Explanation]) -> str:
    """A message: how its recipients were found, and the explanation for each of them."""
    envelope = trace.envelope
    value = {
        "message": name,
        "account": trace.account.name or None,
        "taken_from": envelope.source,
        "exact": envelope.exact,
        "guessed": envelope.guessed,
        "note": envelope.note or None,
        "trust_border": {"hops": trace.account.trust_hops, "above": trace.above, "fields": trace.count},
        "asked": [_look(each) for each in trace.looks],
        "ignored": [{"header": each.name, "addresses": list(map(str, each.named))} for each in trace.claims],
        "recipients": [_explanation(each) for each in explanations],
    }
    return json.dumps(value, indent=2)


def _look(look: Look) -> dict[str, object]:
    named, recipients = list(map(str, look.named)), list(map(str, look.recipients))
    return {"header": look.name, "exact": look.exact, "addresses": named, "recipients": recipients}


def _explanation(explanation: Explanation) -> dict[str, object]:
    return {
        "address": str(explanation.address) if explanation.address else None,
        "account": explanation.account.name if explanation.account else None,
        "destinations": [_delivery(each) for each in explanation.deliveries],
        "captured": _captured(explanation),
        "rules": [_rule(each) for each in explanation.sorts],
        "copies": [_rule(each) for each in explanation.copies],
        "scopes": list(explanation.scopes),
    }


def _delivery(delivery: Delivery) -> dict[str, object]:
    to = delivery.destination
    return {
        "kind": to.kind,
        "address": str(to.address) if to.address else None,
        "alias": str(to.alias) if to.alias else None,
        "rule": _rule(to.rule) if to.rule else None,
        "transport": _transport(delivery.transport) if delivery.transport else None,
    }


def _captured(explanation: Explanation) -> dict[str, str] | None:
    """What the `*` of the rule that won took."""
    if not explanation.address or not explanation.sorts:
        return None
    local, domain = explanation.sorts[0].pattern.captures(explanation.address)
    return {"local": local, "domain": domain}


def _rule(rule: Rule) -> dict[str, object]:
    return {"rule": str(rule), "account": rule.account, "description": rule.description or None, **_place(rule.span)}


def _transport(transport: Transport) -> dict[str, object]:
    access = str(transport.access) or None
    return {"kind": transport.kind, "arguments": list(transport.arguments), "access": access, **_place(transport.span)}


def _place(span: Span) -> dict[str, object]:
    return {"file": span.source.name, "line": span.line}
