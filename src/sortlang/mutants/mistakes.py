"""Mutants: for each rule, the mistakes that are easily made with it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from sortlang.globs.glob import Glob
from sortlang.mutants.mutant import Mutant
from sortlang.pattern import Pattern, Rank
from sortlang.rules import Rule, Rules, Target
from sortlang.statements.capture import misfits

Edits = Mapping[int, Rule | None]
"""What stands in the place of a rule, by its id; None: nothing."""


def mutants(rules: Rules) -> Iterator[Mutant]:
    """One mistake each: a rule or one of its targets left out, discarding, two rules' targets exchanged, a pattern
    wider or narrower by a letter. The same ones in whatever order the rules stand."""
    for group in (rules.sorts, rules.copies):
        ordered = sorted((each for each in group if not each.detail), key=_order)
        taken = {(each.account, each.pattern) for each in group}
        for rule in ordered:
            yield Mutant(rule, f"without `{rule}`", _edited(rules, {id(rule): None}))
            for other in (*_retargeted(rule), *_repatterned(rule)):
                if other.pattern == rule.pattern or (other.account, other.pattern) not in taken:
                    yield Mutant(rule, f"`{other}` for `{rule}`", _edited(rules, {id(rule): other}))
        yield from _exchanged(ordered, rules)


def _order(rule: Rule) -> tuple[str, Rank]:
    return rule.account or "", rule.pattern.rank


def _retargeted(rule: Rule) -> Iterator[Rule]:
    """With a target less, the first or the last; discarding."""
    if len(rule.targets) > 1:
        yield replace(rule, targets=rule.targets[1:])
        yield replace(rule, targets=rule.targets[:-1])
    if rule.kind == "sort" and rule.targets[0].kind != "discard":
        yield replace(rule, targets=(Target("discard", span=rule.targets[0].span),))


def _repatterned(rule: Rule) -> Iterator[Rule]:
    """With a pattern that takes more, or less."""
    local, domain = rule.pattern.local, rule.pattern.domain
    if "*" in local.text:
        yield replace(rule, pattern=Pattern(Glob(local.text.replace("*", "a*", 1)), domain))
    elif len(local.text) > 1:
        yield replace(rule, pattern=Pattern(Glob(f"{local.text[:-1]}*"), domain))
    if "*" in local.text and "*" not in domain.text and not domain.text.startswith("["):
        yield replace(rule, pattern=Pattern(local, Glob(f"*{domain.text}")))


def _exchanged(ordered: Sequence[Rule], rules: Rules) -> Iterator[Mutant]:
    """Two neighbours, each with the targets of the other."""
    for one, other in pairwise(ordered):
        if one.account == other.account and set(one.targets) != set(other.targets) and _fit(one, other):
            edits = {id(one): replace(one, targets=other.targets), id(other): replace(other, targets=one.targets)}
            yield Mutant(one, f"targets of `{one}` and `{other}` exchanged", _edited(rules, edits))


def _fit(one: Rule, other: Rule) -> bool:
    """Whether each `*` on the right still has one on the left to stand for."""
    return not misfits([one.pattern], other.targets) and not misfits([other.pattern], one.targets)


def _edited(rules: Rules, edits: Edits) -> Rules:
    """The rules with the edits; what `detail` adds to an edited rule goes with it."""
    by_place = {_place(each): edits[id(each)] for each in (*rules.sorts, *rules.copies) if id(each) in edits}

    def edited(group: Collection[Rule]) -> tuple[Rule, ...]:
        found = (edits[id(each)] if id(each) in edits else _derived(each, by_place) for each in group)
        return tuple(each for each in found if each)

    return replace(rules, sorts=edited(rules.sorts), copies=edited(rules.copies))


def _derived(rule: Rule, by_place: Mapping[object, Rule | None]) -> Rule | None:
    if not rule.detail or _place(rule) not in by_place:
        return rule
    origin = by_place[_place(rule)]
    return origin and replace(rule, targets=origin.targets)


def _place(rule: Rule) -> object:
    return rule.kind, rule.span.source.name, rule.span.start
