"""Whom a message is for: the envelope, recovered from the header."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from fetchrun.addresslist import ADDRESS_COUNT, addresses
from fetchrun.message import Field, trusted
from fetchrun.received import hop
from sortlang.address import Address, folded
from sortlang.program import Program
from sortlang.rules import Account


@dataclass(frozen=True, slots=True)
class Envelope:
    """`recipients` in the order found, each once; `source` the header that decided, `deliver` or `none`.

    `exact`: a host of the provider's wrote it; `guessed`: the sender did. `note`: what a person should know, or empty.
    """

    recipients: tuple[Address, ...]
    source: str
    exact: bool = False
    guessed: bool = False
    note: str = ""


def recover(fields: Sequence[Field], account: Account, program: Program) -> Envelope:
    """The recipients of ours that the header names. The first source that names one decides, exact ones before guesses.

    An exact source decides with every address in our domains; if no rule takes one of them, it is unknown, and nobody
    guesses on. A guess counts only for addresses that a rule other than `*` takes. Nothing found: only `*` takes it.
    """
    if account.deliver:
        return Envelope((), "deliver", exact=True)
    forged = _forged(fields, account, program)
    for source in _sources(fields, account):
        wanted = _test(source, account, program)
        recipients = next((each for named in source.named if (each := _unique(filter(wanted, named)))), ())
        if recipients:
            unknown = not all(program.takes(each, account.name) for each in recipients)
            note = _note("unknown recipient" if unknown else "", forged)
            return Envelope(recipients, source.name, source.exact, not source.exact, note)
    return Envelope((), "none", note=_note("no recipient of ours in the header", forged))


@dataclass(frozen=True, slots=True)
class _Source:
    """A place to look. `named`: the addresses of its lines, in the order to ask; the first with one of ours decides."""

    name: str
    exact: bool
    named: Iterable[tuple[Address, ...]]


# Postfix writes both X-Original-To and Delivered-To: with a catch-all the latter names the mailbox, not the recipient.
_EXACT = (
    "X-Original-To",
    "X-Gm-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-RCPT-TO",
    "X-RcptTo",
    "X-Delivered-To",
    "Delivered-To",
)
_RESENT = ("Resent-To", "Resent-Cc", "Resent-Bcc")
_NAMED = ("To", "Cc", "Bcc", "Apparently-To")


def _sources(fields: Sequence[Field], account: Account) -> Iterator[_Source]:
    above = _above_border(fields, account.trust_hops)
    for name in account.envelope.headers:
        yield _preferred(name, fields, above, account)
    for name in _EXACT:
        strip = account.envelope.strip if name == "Delivered-To" else ""
        yield _Source(name, True, _lines(above, name, strip))
    yield _Source("Received", True, _received(fields, account))
    yield _Source("Resent-To/Cc", False, [_all(_resent_block(fields), _RESENT)])
    yield _Source("To/Cc", False, [_all(fields, _NAMED)])


def _preferred(name: str, fields: Sequence[Field], above: Sequence[Field], account: Account) -> _Source:
    """A header that the account names. What only senders write stays a guess, wherever it stands."""
    if _key(name) == b"received":
        return _Source(name, True, _received(fields, account))
    if _key(name) in map(_key, (*_RESENT, *_NAMED)):
        return _Source(name, False, [_all(fields, (name,))])
    return _Source(name, True, _lines(above, name, account.envelope.strip))


def _above_border(fields: Sequence[Field], hops: int) -> Sequence[Field]:
    """What the provider's own hosts wrote; a message that no host took came through no stranger's hands."""
    if not any(each.name == b"received" for each in fields):
        return fields
    lines = trusted(fields, hops)
    return [each for each in fields if lines and each.start < lines[-1].start]


def _lines(above: Sequence[Field], name: str, strip: str) -> Iterator[tuple[Address, ...]]:
    """The addresses of each hop's lines of this name. Delivered-To holds one address, so each line is for itself."""
    for _, run in groupby(_marked(above, _key(name)), key=lambda pair: pair[0]):
        lines = [each for _, each in run]
        for group in [[each] for each in lines] if name == "Delivered-To" else [lines]:
            yield tuple(_stripped(each, strip) for each in _all(group, (name,)))


def _marked(above: Sequence[Field], key: bytes) -> Iterator[tuple[int, Field]]:
    """The fields of this name, each with the number of hosts that took the message after it was written."""
    hops = 0
    for each in above:
        hops += each.name == b"received"
        if each.name == key:
            yield hops, each


def _received(fields: Sequence[Field], account: Account) -> Iterator[tuple[Address, ...]]:
    """The lowest first: the provider's first host saw the address that was meant, a later one often the mailbox."""
    recipients = (hop(each.value).recipient for each in reversed(trusted(fields, account.trust_hops)))
    return ((each,) for each in recipients if each)


def _resent_block(fields: Sequence[Field]) -> Iterator[Field]:
    """The topmost block of Resent fields: that of the last who sent it on (RFC 5322 §3.6.6)."""
    seen: set[bytes] = set()
    for each in fields:
        if each.name in seen or (seen and not each.name.startswith(b"resent-")):
            return
        if each.name.startswith(b"resent-"):
            seen.add(each.name)
            yield each


def _all(fields: Iterable[Field], names: tuple[str, ...]) -> tuple[Address, ...]:
    keys = {_key(name) for name in names}
    found = (address for each in fields if each.name in keys for address in addresses(each.value))
    return tuple(islice(found, ADDRESS_COUNT))


def _stripped(address: Address, prefix: str) -> Address:
    """Without the prefix that a virtual domain of qmail's puts before the local part."""
    if not prefix or not address.local.startswith(folded(prefix)) or len(address.spelled) <= len(prefix):
        return address
    return Address.parse(f"{address.spelled[len(prefix) :]}@{address.domain}")


def _test(source: _Source, account: Account, program: Program) -> Callable[[Address], bool]:
    known = program.owns if source.exact else program.takes
    return lambda address: known(address, account.name)


def _forged(fields: Sequence[Field], account: Account, program: Program) -> int:
    """How many envelope headers name us from below the border, where anyone can have written them."""
    keys = {_key(name) for name in (*account.envelope.headers, *_EXACT)} - {_key(name) for name in (*_RESENT, *_NAMED)}
    above = {each.start for each in _above_border(fields, account.trust_hops)}
    below = [each for each in fields if each.name in keys - {b"received"} and each.start not in above]
    return sum(any(program.owns(address, account.name) for address in addresses(each.value)) for each in below)


def _note(said: str, forged: int) -> str:
    lines = f"{forged} envelope header{'s' * (forged > 1)} below the trust border ignored" if forged else ""
    return "; ".join(filter(None, (said, lines)))


def _unique(found: Iterable[Address]) -> tuple[Address, ...]:
    return tuple(dict.fromkeys(found))


def _key(name: str) -> bytes:
    return name.lower().encode("utf-8", "replace")
