"""Prose: an Explanation as a person reads it, on one screen."""

from collections.abc import Iterable

from sortlang.explanation import Delivery, Explanation
from sortlang.program import DEFAULT_MAILDIR
from sortlang.reports.screen import visible
from sortlang.rules import Rule

MOST = 10
"""So many rules that match are listed."""


def prose(explanation: Explanation) -> str:
    """Lines without a line end after the last; what a file or an address holds can do the screen no harm."""
    return "\n".join(visible(line) for line in (_headline(explanation), "", *_body(explanation)))


def _headline(explanation: Explanation) -> str:
    destinations = ", ".join(dict.fromkeys(_named(each) for each in explanation.deliveries))
    through = f' through account "{explanation.account.name}"' if explanation.account else ""
    return f"{explanation.address or _nobody(explanation)}{through} -> {destinations}"


def _nobody(explanation: Explanation) -> str:
    rule = explanation.route.rule
    return (
        f"mail of the list {rule.pattern.domain.text}" if rule and rule.kind == "list" else "mail without a recipient"
    )


def _body(explanation: Explanation) -> Iterable[str]:
    if explanation.account and explanation.deliver:
        yield f"account    {explanation.account.place('deliver').place}: deliver; no rule is asked"
    else:
        yield from (line for each in explanation.passed for line in _rule("not for", each))
        yield from _sorted(explanation)
    yield from (line for each in explanation.copies for line in _rule("copied by", each))
    yield from (f"alias      {line}" for line in _aliases(explanation.deliveries))
    yield from (f"delivered  {_way(each)}" for each in explanation.deliveries)
    if explanation.scopes and not explanation.account:
        yield f"note       accounts with rules of their own: {', '.join(explanation.scopes)} (--account NAME)"


def _sorted(explanation: Explanation) -> Iterable[str]:
    if not explanation.sorts:
        yield "sorted by  no rule takes it"
        return
    winner, *beaten = explanation.sorts
    yield from _rule("sorted by", winner)
    if explanation.address and (took := _took(winner, explanation)):
        yield f"           {took}"
    for each in beaten[:MOST]:
        yield from _rule("before", each)
    if beaten[MOST:]:
        yield f"           and {len(beaten) - MOST} more"


def _rule(label: str, rule: Rule) -> Iterable[str]:
    scope = f' (account "{rule.account}")' if rule.account else ""
    yield f"{label:<10} {rule.span.place}: {rule}{scope}"
    if rule.detail:
        yield f"           which is `{rule.span.text}` with any detail"
    for name in dict.fromkeys(each.group for each in rule.targets if each.group):
        yield f"           `{name}` is {', '.join(str(each) for each in rule.targets if each.group == name)}"
    yield from (f"           # {line}" for line in rule.description.splitlines())


def _took(rule: Rule, explanation: Explanation) -> str:
    """What each `*` of the pattern took, where it took one stretch."""
    assert explanation.address
    local, domain = rule.pattern.captures(explanation.address)
    sides = ((rule.pattern.local, local, "before"), (rule.pattern.domain, domain, "after"))
    return ", ".join(f"`*` {side} the `@` took `{text}`" for glob, text, side in sides if glob.stars == 1)


def _aliases(deliveries: Iterable[Delivery]) -> Iterable[str]:
    """Which addresses are aliases, and for whom."""
    found: dict[str, list[str]] = {}
    for each in deliveries:
        if each.destination.alias:
            found.setdefault(str(each.destination.alias), []).append(str(each.destination.address))
    return (f"{alias} is an alias for {', '.join(ends)}" for alias, ends in found.items())


def _named(delivery: Delivery) -> str:
    if delivery.destination.kind == "address":
        return str(delivery.destination.address)
    return {"discard": "discarded", "keep": "kept on the server"}[delivery.destination.kind]


def _way(delivery: Delivery) -> str:
    destination, transport = delivery.destination, delivery.transport
    if destination.kind == "keep":
        return "nowhere; it stays on the server"
    if destination.kind == "discard":
        return "nowhere; it can be restored from the trash for a while"
    if transport:
        way = " ".join(filter(None, (transport.kind, *transport.arguments, str(transport.access))))
        return f"{destination.address}: {way} ({transport.span.place})"
    return f"{destination.address}: maildir {DEFAULT_MAILDIR} (the default)"
