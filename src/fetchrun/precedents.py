"""Precedents: what was found for mail like this before."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

from fetchrun.delivery.consign import Consignment, consign, quarantined
from fetchrun.delivery.provenance import rounds
from fetchrun.office import Office
from sortlang.mail.envelope import Envelope, recover
from sortlang.mail.message import Field
from sortlang.mail.sources import evidence
from sortlang.rules import Account

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

REMEMBERED = 1_000
"""So many of each kind; then all are forgotten at once."""


class Precedents:
    """Messages of one account, by the rules in force: who they are for, and where they go for that."""

    def __init__(self, account: Account, office: Office) -> None:
        self._account, self._office = account, office
        self._envelopes: dict[bytes, Envelope] = {}
        self._consignments: dict[Envelope, Consignment] = {}

    def consigned(self, named: Sequence[Field]) -> tuple[Consignment, bool]:
        """Where a message with this header goes, and whether its recipients are only guessed."""
        envelope = self.envelope(named)
        about = (envelope, self._office.program, self._account, self._office.state)
        if reason := rounds(named, self._account.name, envelope.recipients):
            return quarantined(reason, *about), envelope.guessed
        known = self._consignments.get(envelope) or _noted(self._consignments, envelope, consign(*about))
        return known, envelope.guessed

    def envelope(self, named: Sequence[Field]) -> Envelope:
        """As `recover`; where an envelope header decided, the next message that agrees in them is not asked again."""
        shown = evidence(named, self._account)
        if shown is not None and (known := self._envelopes.get(shown)):
            return known
        found = recover(named, self._account, self._office.program)
        by_header = found.exact and found.source not in ("Received", "deliver")
        return _noted(self._envelopes, shown, found) if shown is not None and by_header else found


def _noted(before: dict[K, V], key: K, value: V) -> V:
    if len(before) >= REMEMBERED:
        before.clear()
    before[key] = value
    return value
