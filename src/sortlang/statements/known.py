"""Known: aliases that end, and addresses that live where they are said to."""

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import chain

from sortlang.address import Address
from sortlang.diagnostic import Diagnostic, Related, error
from sortlang.locality import Locality, next_alias, stated
from sortlang.rules import Account, Alias, Domain, Rule, Rules, Target
from sortlang.source import Span
from sortlang.suggest import did_you_mean


def unknown(rules: Rules, written: Iterable[Rule]) -> Iterator[Diagnostic]:
    """Aliases in a circle; addresses written out in a domain of ours that does not know them.

    `written` are all rules that the text has, also those that say what another contradicts.
    """
    if not rules.domains:
        return
    said = {each.name: stated(each) for each in rules.domains}
    if circle := _circle(rules.domains, said):
        yield _cycle(circle)
    for target in _written(written, rules.accounts):
        yield from _strangers([Address.parse(str(target))], target.span, said, alias=False)
    for domain in rules.domains:
        for alias in domain.aliases:
            own = f"{alias.local}@{domain.name}"
            ends = [each for each in alias.targets if next_alias(each, said) in (None, own)]
            yield from _strangers(ends, alias.span, said, alias=True)


def _written(rules: Iterable[Rule], accounts: Iterable[Account]) -> Iterator[Target]:
    """The targets that are whole addresses."""
    targets = (target for rule in rules for target in rule.targets)
    for each in chain(targets, *(account.deliver for account in accounts)):
        if each.kind == "address" and "*" not in str(each):
            yield each


def _strangers(
    addresses: Iterable[Address], span: Span, said: Mapping[str, Locality], alias: bool
) -> Iterator[Diagnostic]:
    """Addresses of ours that nobody has; where an alias ends there must be a mailbox."""
    for each in addresses:
        local = said.get(each.domain)
        if local is None or local.mailboxes is None:
            continue
        name = local.name(each.local)
        if name is None or (alias and name not in local.mailboxes):
            message = f"{each.domain} has no mailbox `{each.local}`"
            names = local.mailboxes if alias else {*local.mailboxes, *local.aliases}
            yield error("unknown-mailbox", message, span, did_you_mean(each.local, names))


def _circle(domains: Iterable[Domain], said: Mapping[str, Locality]) -> list[tuple[str, Alias]]:
    """Aliases of which each leads to the next and the last to the first, the first in the alphabet first; or none."""
    every = {f"{alias.local}@{domain.name}": alias for domain in domains for alias in domain.aliases}
    steps = {name: {step for each in every[name].targets if (step := next_alias(each, said))} for name in sorted(every)}
    try:
        TopologicalSorter({name: sorted(to - {name}) for name, to in steps.items()}).prepare()
    except CycleError as cycle:
        circle: list[str] = cycle.args[1][:0:-1]
        start = circle.index(min(circle))
        return [(name, every[name]) for name in circle[start:] + circle[:start]]
    return []


def _cycle(circle: list[tuple[str, Alias]]) -> Diagnostic:
    names = [name for name, _ in circle]
    path = " -> ".join(f"`{each}`" for each in (*names, names[0]))
    related = tuple(Related(alias.span, "and this one") for _, alias in circle[1:])
    return error("alias-cycle", f"an alias leads back to itself: {path}", circle[0][1].span, related=related)
