"""Detail: what an address takes besides itself where `detail` is in force."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern
from sortlang.rules import Domain, Rule, Transport

R = TypeVar("R", Rule, Transport)


def with_detail(written: Iterable[R], domains: Iterable[Domain]) -> tuple[R, ...]:
    """The rules, and behind them `anna+*@ex.com` for each `anna@ex.com`, unless its scope has that pattern itself."""
    signs = {each.name: each.detail for each in domains if each.detail}
    rules = tuple(written)
    if not signs:
        return rules
    taken = {(_scope(each), each.pattern) for each in rules}
    longer = [(each, _longer(each.pattern, signs)) for each in rules]
    return rules + tuple(
        replace(rule, pattern=pattern, detail=True)
        for rule, pattern in longer
        if pattern and (_scope(rule), pattern) not in taken
    )


def _longer(pattern: Pattern, signs: Mapping[str, str]) -> Pattern | None:
    """The pattern with any detail; None if there is none to be had."""
    local, sign = pattern.local.text, signs.get(pattern.domain.text)
    return Pattern(Glob.of(f"{local}{sign}*"), pattern.domain) if sign and "*" not in local else None


def _scope(rule: Rule | Transport) -> str | None:
    return rule.account if isinstance(rule, Rule) else None
