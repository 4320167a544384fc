"""Targets: addresses, addresses with `*`, groups, `discard`, `keep`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from sortlang.address import Address, InvalidAddress
from sortlang.diagnostic import Diagnostic
from sortlang.mistake import Mistake, attempt, mistake
from sortlang.pattern import InvalidPattern, Pattern
from sortlang.rules import Group, Target
from sortlang.suggest import closest, did_you_mean
from sortlang.syntax.tree import Item, Value
from sortlang.values.plain import shown, single

WORDS = ("discard", "keep")
NO_GROUPS: Mapping[str, Group] = MappingProxyType({})


def targets(items: Sequence[Item], groups: Mapping[str, Group] = NO_GROUPS) -> tuple[Target, ...]:
    """The targets of a rule, each once; raises Mistake with a finding for each that is none."""
    return _alone(several(items, groups))


def addresses(items: Sequence[Item], groups: Mapping[str, Group] = NO_GROUPS) -> tuple[Target, ...]:
    """Targets that are addresses: `copy` and `deliver` have no use for others."""
    found = targets(items, groups)
    for each in found:
        if each.kind != "address":
            raise mistake(
                "wrong-target",
                f"`{each.kind}` is no address to deliver to",
                each.span,
                "it belongs on the right of a `sort`",
            )
    return found


def several(items: Sequence[Item], groups: Mapping[str, Group] = NO_GROUPS) -> tuple[Target, ...]:
    """Targets of which any may stand beside any: all that `sort` and `copy` together do with one mail."""
    found: list[Diagnostic] = []
    read = [attempt(found, _targets, item, groups) for item in items]
    if found:
        raise Mistake(*found)
    return tuple(dict.fromkeys(target for each in read if each for target in each))


def _targets(item: Item, groups: Mapping[str, Group]) -> tuple[Target, ...]:
    """One, or those of a group, which stand where its name does."""
    value = single(item, "put a comma between two targets")
    if value.kind == "word" and value.text == "discard":
        return (Target("discard", span=value.span),)
    if value.kind == "word" and value.text == "keep":
        return (Target("keep", span=value.span),)
    if "@" in value.text:
        return (_address(value),)
    if value.text in groups:
        return tuple(replace(each, group=value.text, span=value.span) for each in groups[value.text].targets)
    raise _unknown(value, groups)


def _unknown(value: Value, groups: Mapping[str, Group]) -> Mistake:
    if value.text in WORDS:
        return mistake(
            "unknown-target", f"{shown(value)} is a word and stands without quotes", value.span, f"write {value.text}"
        )
    if "*" in value.text:
        return mistake(
            "unknown-target",
            f"{shown(value)} is no target",
            value.span,
            'a target with `*` has an `@`: "*@example.com"',
        )
    if groups and not closest(value.text, WORDS):
        hint = did_you_mean(value.text, groups)
        return mistake("unknown-group", f"there is no group {shown(value)}", value.span, hint)
    message = f"{shown(value)} is neither an address nor a group nor `discard` nor `keep`"
    return mistake("unknown-target", message, value.span, did_you_mean(value.text, WORDS))


def _address(value: Value) -> Target:
    try:
        if "*" not in value.text:
            address = Address.parse(value.text)
            return Target("address", address.spelled, address.domain, span=value.span)
        pattern = Pattern.parse(value.text)
        Address.parse(f"{pattern.local.text}@example.com".replace("*", "x"))
    except (InvalidAddress, InvalidPattern) as why:
        raise mistake("invalid-address", str(why), value.span) from None
    return Target("address", value.text.strip().rpartition("@")[0], pattern.domain.text, span=value.span)


def _alone(found: tuple[Target, ...]) -> tuple[Target, ...]:
    """`discard` and `keep` deliver nothing: beside another target they contradict it."""
    odd = next((each for each in found if each.kind != "address"), None)
    if odd and len(found) > 1:
        hint = "leave it out, or leave the others out; `copy` delivers beside a `sort`"
        raise mistake("mixed-targets", f"`{odd.kind}` delivers nothing and stands alone", odd.span, hint)
    return found
