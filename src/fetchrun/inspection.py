"""An Inspection: what a provider's headers say about how to read them."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence

from sortlang.address import Address
from sortlang.frozen import frozen
from sortlang.mail.addresslist import addresses
from sortlang.mail.message import Field, fields
from sortlang.mail.received import hop
from sortlang.mail.sources import ENVELOPE

NAMED = ("To", "Cc")
ALMOST_ALL = 0.9
OFTEN = 0.2
"""Of all messages, from which share on a domain that only senders wrote is taken for one of ours."""


@frozen
class Witness:
    """One header: in how many messages the provider wrote it, how often it named each address."""

    header: str
    messages: int
    named: Counter[Address]

    @property
    def telling(self) -> bool:
        """Whether it tells recipients apart, rather than naming the mailbox each time."""
        return len(self.named) > 1


@frozen
class Inspection:
    """What so many `messages` say. `hops`: how many hosts of the provider's (`provider`, a domain) took how many.

    `witnesses`: the envelope headers that are there at all, the best first; `received`: the addresses of
    `Received … for`; `named`: those that senders wrote into To and Cc.
    """

    messages: int
    provider: str
    hops: Counter[int]
    witnesses: tuple[Witness, ...]
    received: Witness
    named: Witness

    @property
    def trust_hops(self) -> int:
        """As many as every message went through: one more, and some sender's own lines would be believed."""
        return min(self.hops, default=1)

    @property
    def best(self) -> Witness | None:
        """The header to ask; None: no host of the provider's tells whom a message is for."""
        return next((each for each in (*self.witnesses, self.received) if self._trusted(each)), None)

    @property
    def strip(self) -> str:
        """What a virtual domain of qmail's puts before each local part, or empty."""
        best = self.best
        if best is None or best.header != "Delivered-To":
            return ""
        prefix = os.path.commonprefix([each.local for each in best.named])  # noqa: RUF071, letter by letter is meant
        return prefix[: prefix.rfind("-") + 1]

    @property
    def domains(self) -> Counter[str]:
        """The domains that mail is for, each with how many messages named it."""
        if self.best:
            return _domains(self.best.named)
        found = _domains(self.named.named)
        return Counter({name: count for name, count in found.items() if count >= OFTEN * self.messages})

    def _trusted(self, witness: Witness) -> bool:
        return witness.telling and witness.messages >= ALMOST_ALL * self.messages


def inspection(heads: Iterable[bytes]) -> Inspection:
    """What the headers of these messages say. Never raises: anybody may have written them."""
    parsed = [fields(head) for head in heads]
    provider = _provider(parsed)
    hops = Counter(_hops(each, provider) for each in parsed)
    edge = min(hops, default=1)
    above = [_above(each, edge) for each in parsed]
    witnesses = [_witness(name, above) for name in ENVELOPE]
    found = sorted((each for each in witnesses if each.messages), key=lambda each: (not each.telling, -each.messages))
    return Inspection(
        len(parsed), provider, hops, tuple(found), _for(above, edge), _named("To/Cc", parsed, _keys(NAMED))
    )


def organisation(host: str) -> str:
    """`mx1.mail.provider.co.uk` → `provider.co.uk`; empty for what is no name of a host on the net."""
    labels = host.strip(".[]()").lower().split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not labels[-1]:
        return ""
    second_level = len(labels[-1]) == 2 and len(labels[-2]) <= 3 and len(labels) > 2
    return ".".join(labels[-3 if second_level else -2 :])


def _provider(parsed: Sequence[Sequence[Field]]) -> str:
    """The domain of the hosts that took the messages last."""
    names = ((hop(line.value).by for line in each if line.name == b"received") for each in parsed)
    found = Counter(filter(None, (next(filter(None, map(organisation, hosts)), "") for hosts in names)))
    return found.most_common(1)[0][0] if found else ""


def _hops(named: Sequence[Field], provider: str) -> int:
    """How many hosts of the provider's took it, from the top: those inside may have names of their own."""
    hosts = [organisation(hop(each.value).by) for each in named if each.name == b"received"]
    count = next((i for i, host in enumerate(hosts) if host not in ("", provider)), len(hosts))
    while count > 1 and hosts[count - 1] != provider:
        count -= 1
    return max(1, count)


def _above(named: Sequence[Field], hops: int) -> Sequence[Field]:
    """The fields down to the Received line of the last trusted host; nobody outside can write above it."""
    places = [i for i, each in enumerate(named) if each.name == b"received"]
    return named[: places[min(hops, len(places)) - 1] + 1] if places else named


def _witness(header: str, above: Sequence[Sequence[Field]]) -> Witness:
    return _named(header, above, _keys((header,)))


def _named(header: str, parsed: Sequence[Sequence[Field]], keys: frozenset[bytes]) -> Witness:
    lines = [[line for line in each if line.name in keys] for each in parsed]
    found = [{one for line in each for one in addresses(line.value)} for each in lines]
    return Witness(header, sum(map(bool, found)), Counter(one for each in found for one in each))


def _for(above: Sequence[Sequence[Field]], hops: int) -> Witness:
    lines = [[hop(line.value).recipient for line in each if line.name == b"received"][:hops] for each in above]
    found = [{one for one in each if one} for each in lines]
    return Witness("Received", sum(map(bool, found)), Counter(one for each in found for one in each))


def _keys(names: Iterable[str]) -> frozenset[bytes]:
    return frozenset(name.lower().encode() for name in names)


def _domains(named: Counter[Address]) -> Counter[str]:
    found: Counter[str] = Counter()
    for address, count in named.items():
        found[address.domain] += count
    return found
