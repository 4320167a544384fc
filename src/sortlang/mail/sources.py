"""Where a header may say whom a message is for, best source first."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby, islice, takewhile

from sortlang.address import Address, folded
from sortlang.frozen import frozen
from sortlang.mail.addresslist import ADDRESS_COUNT, addresses
from sortlang.mail.message import Field, trusted
from sortlang.mail.received import hop
from sortlang.rules import Account

EVIDENCE_SIZE = 1024


@frozen
class Source:
    """A place to look. `exact`: a host of the provider's wrote it, not the sender.

    `named`: the addresses of each of its lines, in the order to ask; the first that has one of ours decides.
    """

    name: str
    exact: bool
    named: Iterable[tuple[Address, ...]]


def border(fields: Sequence[Field], hops: int) -> int:
    """How many fields, from the top, the provider's last `hops` hosts wrote: those above the lowest one's `Received`.

    Anyone can write `Delivered-To: ceo@ex.com` into a mail, but nobody outside can write above the border. A message
    that no host took came through no stranger's hands: then it is all of them.
    """
    places = [i for i, each in enumerate(fields) if each.name == b"received"]
    if not places:
        return len(fields)
    return places[min(hops, len(places)) - 1] if hops > 0 else 0


def settled(fields: Iterable[Field], account: Account) -> Account:
    """The account with the hops of this message where `trust by` names hosts: the topmost lines that these wrote."""
    if not account.trust_by:
        return account
    hosts = (hop(each.value).by for each in fields if each.name == b"received")
    own = takewhile(lambda host: any(each.matches(host) for each in account.trust_by), hosts)
    return replace(account, trust_hops=sum(1 for _ in own), trust_by=())


def sources(fields: Sequence[Field], border: int, account: Account) -> Iterator[Source]:
    """The sources that a message has: the account's own headers, envelope headers, `Received … for`, guesses."""
    found = _sources(fields, border, account)
    return found if account.guess else (each for each in found if each.exact or each.name in account.envelope.headers)


def evidence(fields: Sequence[Field], account: Account) -> bytes | None:
    """All that is read of a message whose envelope an envelope header decides: messages that agree in it share theirs.

    The envelope headers above and below the trust border, and where hosts took the message between them, but not what
    these wrote. None: it is long, or the account asks other headers first.
    """
    keys = _envelope_keys(account.envelope.headers)
    if not all(_key(each) in keys for each in account.envelope.headers):
        return None
    edge = border(fields, settled(fields, account).trust_hops)
    above = [_shown(each) for each in fields[:edge] if each.name in keys or each.name == b"received"]
    below = [_shown(each) for each in fields[edge:] if each.name in keys]
    found = b"\n".join([*above, b"", *below])
    return found if len(found) <= EVIDENCE_SIZE else None


def _shown(field: Field) -> bytes:
    return b"received" if field.name == b"received" else field.name + b":" + field.value


def list_ids(fields: Iterable[Field]) -> Iterator[str]:
    """The lists that a message came through: what the last `<…>` of each List-Id holds (RFC 2919 §3)."""
    for each in fields:
        if each.name == b"list-id" and (found := _LIST_ID.search(each.value[:_LIST_SIZE])):
            yield found[1].decode("utf-8", "replace")


_LIST_SIZE = 8 * 1024
_LIST_ID = re.compile(rb"<([^<>\s]+)>[^<>]*\Z")


def _sources(fields: Sequence[Field], border: int, account: Account) -> Iterator[Source]:
    above = fields[:border]
    present = {each.name for each in above}
    for name in account.envelope.headers:
        yield _preferred(name, fields, above, account)
    for name in (each for each in ENVELOPE if _key(each) in present):
        yield Source(name, True, _lines(above, name, account.envelope.strip if name == "Delivered-To" else ""))
    yield Source("Received", True, _received(fields, account))
    yield Source("Resent-To/Cc", False, [_all(_resent_block(fields), _RESENT)])
    yield Source("To/Cc", False, [_all(fields, _NAMED)])


def claimed(below: Iterable[Field], account: Account) -> Iterator[Field]:
    """The envelope headers below the border, where anyone may have written them."""
    keys = _envelope_keys(account.envelope.headers)
    return (each for each in below if each.name in keys)


@lru_cache(maxsize=256)
def _key(name: str) -> bytes:
    return name.lower().encode("utf-8", "replace")


# Postfix writes both X-Original-To and Delivered-To: with a catch-all the latter names the mailbox, not the recipient.
ENVELOPE = (
    "X-Original-To",
    "X-Gm-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-RCPT-TO",
    "X-RcptTo",
    "X-Delivered-To",
    "Delivered-To",
)
_RESENT = frozenset(map(_key, ("Resent-To", "Resent-Cc", "Resent-Bcc")))
_NAMED = frozenset(map(_key, ("To", "Cc", "Bcc", "Apparently-To")))


@lru_cache(maxsize=256)
def _envelope_keys(preferred: tuple[str, ...]) -> frozenset[bytes]:
    return frozenset(map(_key, (*preferred, *ENVELOPE))) - _RESENT - _NAMED - {b"received"}


def _preferred(name: str, fields: Sequence[Field], above: Sequence[Field], account: Account) -> Source:
    """A header that the account names. What only senders write stays a guess, wherever it stands."""
    if _key(name) == b"received":
        return Source(name, True, _received(fields, account))
    if _key(name) in _RESENT | _NAMED:
        return Source(name, False, [_all(fields, frozenset((_key(name),)))])
    return Source(name, True, _lines(above, name, account.envelope.strip))


def _lines(above: Sequence[Field], name: str, strip: str) -> Iterator[tuple[Address, ...]]:
    """The addresses of each host's lines of this name. Delivered-To holds one address: each line is for itself."""
    key = _key(name)
    for _, run in groupby(_marked(above, key), key=lambda pair: pair[0]):
        lines = [each for _, each in run]
        for group in [[each] for each in lines] if key == b"delivered-to" else [lines]:
            yield tuple(_stripped(each, strip) for each in _all(group, frozenset((key,))))


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
        resent = each.name.startswith(b"resent-")
        if seen and (not resent or each.name in seen):
            return
        if resent:
            seen.add(each.name)
            yield each


def _all(fields: Iterable[Field], keys: frozenset[bytes]) -> tuple[Address, ...]:
    found = (address for each in fields if each.name in keys for address in addresses(each.value))
    return tuple(islice(found, ADDRESS_COUNT))


def _stripped(address: Address, prefix: str) -> Address:
    """Without the prefix that a virtual domain of qmail's puts before the local part."""
    if not prefix or not address.local.startswith(folded(prefix)) or len(address.spelled) <= len(prefix):
        return address
    return Address.parse(f"{address.spelled[len(prefix) :]}@{address.domain}")
