"""The meaning of rules, in one screen; every table must agree with it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from sortlang.address import Address, folded
from sortlang.pattern import Pattern, Patterned
from sortlang.rules import Domain, Rule, Rules, Target

R = TypeVar("R", bound=Patterned)


def answer(rules: Rules, address: Address | None, account: str | None = None) -> frozenset[str]:
    """Where mail for the address goes (None: no recipient was found): addresses, `discard`, `keep`.

    The `sort` that wins is the most specific one that applies, the account's own asked first; every `copy` counts.
    """
    scopes = list(dict.fromkeys((account, None)))
    sorts = [rule for scope in scopes for rule in _asked(rules, rules.sorts, scope, address)][:1]
    copies = [rule for scope in scopes for rule in _asked(rules, rules.copies, scope, address)]
    ends = {end for rule in (*sorts, *copies) for said in _outcome(rule, address) for end in _ends(said, rules)}
    return frozenset(ends if sorts else {"discard", *ends})


def winner(rules: Iterable[R], address: Address | None) -> R | None:
    """Of the rules that take the address, the most specific; None if there is none. Order never matters."""
    return next(iter(matches(rules, address)), None)


def matches(rules: Iterable[R], address: Address | None) -> list[R]:
    """All rules that take the address (None: mail in which no recipient was found), the most specific first."""
    return sorted((rule for rule in rules if rule.pattern.matches(address)), key=lambda rule: rule.pattern.rank)


def _asked(rules: Rules, kind: Iterable[Rule], scope: str | None, address: Address | None) -> list[Rule]:
    """The rules of a scope that take the address and apply, in their order: their addresses are known where we live."""
    own = {rule.pattern: rule for rule in kind if rule.account == scope and not rule.detail}
    longer = {pattern: rule for rule in own.values() for pattern in _with_detail(rule.pattern, rules.domains)}
    asked = [replace(rule, pattern=pattern) for pattern, rule in {**longer, **own}.items()]
    return [rule for rule in matches(asked, address) if all(_known(each, rules) for each in _outcome(rule, address))]


def _with_detail(pattern: Pattern, domains: Iterable[Domain]) -> Iterator[Pattern]:
    """Under `detail "+"`, `anna@ex.com` also stands for `anna+*@ex.com`."""
    for domain in domains:
        if domain.detail and str(pattern).endswith(f"@{domain.name}") and not pattern.local.stars:
            yield Pattern.parse(f"{pattern.local.text}{domain.detail}*@{domain.name}")


def _outcome(rule: Rule, address: Address | None) -> list[str]:
    """The targets, each `*` in them what that of the pattern took."""
    local, domain = rule.pattern.captures(address) if address else ("", "")
    return [_filled(each, local, domain) for each in rule.targets]


def _filled(target: Target, local: str, domain: str) -> str:
    if target.kind != "address":
        return target.kind
    return f"{target.local.replace('*', local)}@{target.domain.replace('*', domain)}"


def _known(said: str, rules: Rules) -> bool:
    """Whether it has a mailbox or is an alias, if its domain has a list of mailboxes."""
    local, _, name = said.rpartition("@")
    lists = [each for each in rules.domains if each.name == name and each.mailboxes is not None]
    return all(_name(local, each) is not None for each in lists)


def _name(local: str, domain: Domain) -> str | None:
    """The mailbox or alias meant: the whole local part, or else what is left when details go, one by one."""
    names = {*(domain.mailboxes or ()), *(alias.local for alias in domain.aliases)}
    local = folded(local)
    while local not in names:
        local, sign, _ = local.rpartition(domain.detail) if domain.detail else ("", "", "")
        if not (sign and local):
            return None
    return local


def _ends(said: str, rules: Rules, seen: tuple[str, ...] = ()) -> set[str]:
    """Where aliases lead from there; one that names itself means its own mailbox."""
    local, _, name = said.rpartition("@")
    for domain in rules.domains:
        meant = _name(local, domain) if domain.name == name else None
        for alias in domain.aliases:
            if alias.local == meant and f"{meant}@{name}" not in seen:
                below = (*seen, f"{meant}@{name}")
                return {end for each in alias.targets for end in _ends(str(each), rules, below)}
    return {said}
