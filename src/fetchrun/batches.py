"""Batches: what has come is settled together, while more comes."""

import asyncio
import resource
from collections.abc import Sequence
from contextlib import suppress

from fetchrun.delivery.deliver import finished, settle
from fetchrun.delivery.outcome import Deferred, Outcome
from fetchrun.delivery.staging import Parcel, Staging
from fetchrun.listing import Entry
from fetchrun.office import Office
from fetchrun.summary import Tally
from fetchrun.trouble import Trouble

MESSAGES, OCTETS, HELD = 256, 64 << 20, 4 << 20
"""So much is flushed and recorded together, and is held in memory. Whatever dies, no more than two batches are
retrieved again."""

SHARE = 16
"""The part of the descriptors that may be open that one batch takes: several sessions settle at a time."""


class Batches:
    """Messages of one session on their way into the Maildirs: one batch fills while another is settled in a thread.

    Every method raises Trouble when the batch before came to grief.
    """

    def __init__(self, office: Office, tally: Tally) -> None:
        self._office, self._tally = office, tally
        self._batch: dict[Entry, Staging] = {}
        self._octets = self._held = 0
        self._most = max(1, min(MESSAGES, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // SHARE))
        self._running: asyncio.Task[dict[Entry, int]] | None = None
        self._due: dict[Entry, int] = {}

    async def add(self, entry: Entry, staging: Staging) -> None:
        """One more that has come whole; a full batch is settled as soon as the one before is."""
        self._batch[entry] = staging
        self._octets += staging.octets
        self._held += staging.held
        if len(self._batch) >= self._most or self._octets >= OCTETS or self._held >= HELD:
            await self._settle()

    async def settled(self) -> dict[Entry, int]:
        """All of them are; gives the entries that are safely delivered and need not be kept, with their generation."""
        await self._settle()
        await self._ended()
        return self._due

    async def abandon(self) -> None:
        """What is not on its way yet is not to be."""
        for each in self._batch.values():
            each.abandon()
        self._batch = {}
        with suppress(Trouble):
            await self._ended()

    async def _settle(self) -> None:
        await self._ended()
        batch, self._batch, self._octets, self._held = self._batch, {}, 0, 0
        if batch:
            self._running = asyncio.create_task(_settled(batch, self._office, self._tally))

    async def _ended(self) -> None:
        running, self._running = self._running, None
        if running:
            self._due |= await running


async def _settled(batch: dict[Entry, Staging], office: Office, tally: Tally) -> dict[Entry, int]:
    """Group commit, off the event loop."""
    parcels, outcomes = await asyncio.to_thread(_delivered, tuple(batch.values()), office)
    tally.counts.add(outcomes)
    tally.owed = tally.owed or any(isinstance(each, Deferred) for each in outcomes)
    done = [pair for pair in zip(batch, parcels, outcomes, strict=True) if not isinstance(pair[2], Deferred)]
    tally.waits_no_more(entry for entry, _, _ in done)
    if tally.account.keep:
        return {}
    return {entry: parcel.letter.generation for entry, parcel, _ in done if not parcel.kept}


def _delivered(stagings: Sequence[Staging], office: Office) -> tuple[Sequence[Parcel], tuple[Outcome, ...]]:
    parcels = finished(stagings)
    return parcels, settle(parcels, office.ledger, office.clock(), office.dispatch)
