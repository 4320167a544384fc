"""Outcome: where a rule sends all the mail of a pattern, in one answer.

The most general address of a pattern goes through a rule as any other: what the `*` of the rule takes of it, with the
pattern's own `*` in it, is put on the right. Two rules that come to the same text agree for every address of the
pattern, for each `*` in it stands for the same piece of the address; if the texts differ, the rules differ for the
address with a letter in the place of `*` that neither spells.
"""

from collections.abc import Iterable

from sortlang.address import folded
from sortlang.pattern import Pattern
from sortlang.program import DEFAULT_MAILDIR
from sortlang.rules import Rule, Transport

DISCARD = frozenset({"discard"})


def outcome(rule: Rule | None, pattern: Pattern | None) -> frozenset[str]:
    """The addresses with `*` for what varies, `discard` or `keep`. No rule discards; no pattern: no recipient."""
    if rule is None:
        return DISCARD
    local, domain = _captures(rule.pattern, pattern)
    return frozenset(
        f"{folded(each.local.replace('*', local))}@{each.domain.replace('*', domain)}"
        if each.kind == "address"
        else each.kind
        for each in rule.targets
    )


def outcomes(rules: Iterable[Rule], pattern: Pattern | None) -> frozenset[str]:
    """Where the rules send it together; nowhere if there are none."""
    return frozenset[str]().union(*(outcome(each, pattern) for each in rules))


def carried(transport: Transport | None) -> str:
    """How the transport delivers; none: into the default Maildir."""
    return transport.way if transport else f'maildir "{DEFAULT_MAILDIR}"'


def _captures(rule: Pattern, pattern: Pattern | None) -> tuple[str, str]:
    """What the `*` of the rule takes of the local part and of the domain."""
    if pattern is None:
        return "", ""
    return rule.local.capture(pattern.local.text), rule.domain.capture(pattern.domain.text)
