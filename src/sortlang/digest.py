"""Digest: twelve hex digits for what a set of rules means."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from itertools import chain

from sortlang.rules import Domain, Password, Rule, Rules, Transport
from sortlang.runs.bulk import Bulk
from sortlang.runs.sorts import bulk, written

LENGTH = 12
_SIZE = 32


def digest(rules: Rules) -> str:
    """SHA-256 over the sum of what the lines of the meaning hash to, cut: order, layout, descriptions and places do not
    change it. (Lines that differ have another sum: Bellare & Micciancio, EUROCRYPT 1997, AdHash.)

    A literal password is left out: the digest stands in delivered mail, and must not be a way to try passwords.
    """
    return shown(total(rules))


def shown(total: int) -> str:
    """The digest of a sum."""
    from hashlib import sha256  # it loads OpenSSL, which `check` can do without

    return sha256((total % (1 << 8 * _SIZE)).to_bytes(_SIZE, "little")).hexdigest()[:LENGTH]


def total(rules: Rules) -> int:
    """The sum; rules that come or go are added or taken off."""
    return _sum(_lines(rules))


def share(rules: Iterable[Rule]) -> int:
    """What these rules have of it."""
    return _sum(map(_rule, rules))


def _sum(lines: Iterable[str]) -> int:
    from hashlib import blake2b

    return sum(int.from_bytes(blake2b(line.encode(), digest_size=_SIZE).digest(), "little") for line in lines)


def _lines(rules: Rules) -> Iterable[str]:
    yield f"trash {rules.trash!r}"
    yield from (_spelled(account) for account in rules.accounts)
    yield from map(_rule, chain(written(rules.sorts), rules.lists, rules.copies))
    yield from _bulk(bulk(rules.sorts))
    yield from map(_transport, rules.transports)
    yield from (line for each in rules.domains for line in _domain(each))


def _rule(rule: Rule) -> str:
    targets = sorted(map(str, rule.targets))
    return f"{rule.kind} {rule.account!r} {rule.pattern} {targets!r}"


def _bulk(rules: Bulk) -> Iterable[str]:
    """As `_rule`, without making one of each."""
    return (f"sort None {left} [{right!r}]" for left, right in rules.pairs())


def _transport(transport: Transport) -> str:
    return f"transport {transport.pattern} {transport.kind} {transport.arguments!r} {transport.access}"


def _domain(domain: Domain) -> Iterable[str]:
    """A line for each name, so that the order in the files does not count."""
    yield f"domain {domain.name} {domain.detail!r} {domain.mailboxes is not None}"
    yield from (f"mailbox {each}@{domain.name}" for each in domain.mailboxes or ())
    for alias in domain.aliases:
        yield f"alias {alias.local}@{domain.name} {sorted(map(str, alias.targets))!r}"


def _spelled(value: object) -> str:
    """A value by the fields that take part in `==`, whatever they hold."""
    if isinstance(value, Password) and value.kind == "literal":
        return "Password(literal)"
    if is_dataclass(value):
        inner = (f"{each.name}={_spelled(getattr(value, each.name))}" for each in fields(value) if each.compare)
        return f"{type(value).__name__}({','.join(inner)})"
    if isinstance(value, tuple):
        return f"({','.join(map(_spelled, value))})"
    return repr(value)
