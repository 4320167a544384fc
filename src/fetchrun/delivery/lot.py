"""A Lot: what becomes of one parcel while it is settled."""

import os
from collections.abc import Iterable, Mapping
from io import FileIO
from pathlib import Path

from fetchrun.delivery.copies import Copy
from fetchrun.delivery.load import Load
from fetchrun.delivery.outcome import Deferred, Delivered, Deposit, Discarded, Outcome, Quarantined
from fetchrun.delivery.staging import Parcel
from fetchrun.delivery.targets.maildir import Draft, withdraw
from fetchrun.memory.records import Posting, Settled, Staged

NOT_YET = "not handed on yet"


class Lot:
    """`drafts`: its copies that have a file in `tmp/`; `errands`: those to be handed on; `deposits`: those that need
    nothing more; `duplicates`: those whose mail went there in another message; `owed`: why others are missing.

    `refused`: which Maildirs took nothing, and why. `pending`: some are about to be handed on; `failed`: those that
    were refused for good, by their keys, and why.
    """

    def __init__(self, parcel: Parcel) -> None:
        self.parcel = parcel
        self.drafts: list[tuple[Copy, Draft]] = [(parcel.first, parcel.draft)] if parcel.first and parcel.draft else []
        self.errands: list[Copy] = []
        self.pending = False
        self.failed: tuple[tuple[int, str], ...] = ()
        self.deposits: list[Deposit] = []
        self.duplicates: list[Copy] = []
        self.owed = [why for _, why in parcel.refused]
        self.refused = [(copy.maildir, why) for copy, why in parcel.refused if copy.place.maildir]
        self.source = parcel.file
        if parcel.draft and not all(each.place.maildir for each in parcel.rest):
            # Stays readable when the draft is closed, and when a mail reader takes the file away.
            self.source = FileIO(os.dup(parcel.draft.file.fileno()), "rb")

    def wanted(self, done: Mapping[str, Settled]) -> tuple[Copy, ...]:
        """Its copies; what was refused before is made up for by the fallback."""
        failed = any(each.fate == "failed" for each in done.values())
        return (*self.parcel.copies, *self.fallback()) if failed else self.parcel.copies

    def fallback(self) -> list[Copy]:
        """What is to be made if a copy is refused for good, and is not made anyway."""
        there = {each.place for each in self.parcel.copies}
        return [each for each in self.parcel.fallback if each.place not in there]

    def load(self) -> Load:
        """The message, to be handed on."""
        assert self.source
        parcel = self.parcel
        return Load(parcel.letter, self.source, parcel.offset, parcel.octets, parcel.spool, parcel.remembered)

    def posting(self) -> Posting:
        """What is to be promised."""
        parcel = self.parcel
        staged = tuple((copy, each.name) for copy, each in self.drafts)
        return Posting(
            *(parcel.letter, parcel.first_seen, parcel.sha256, parcel.octets, staged),
            duplicates=tuple(self.duplicates),
            identity=parcel.identity,
            remembered=parcel.remembered,
            owed="; ".join([*self.owed, *([NOT_YET] if self.errands else [])]),
            kept=parcel.kept,
            failed=self.failed,
            pending=self.pending,
        )

    def refuse(self, maildir: Path, why: str) -> None:
        """A Maildir takes nothing: its copy is owed."""
        self.owed.append(why)
        self.refused.append((maildir, why))

    def lose(self, file: Draft, why: str) -> None:
        """A file is not to be, for its Maildir failed it."""
        withdraw(file)
        self.drafts = [(copy, each) for copy, each in self.drafts if each is not file]
        self.refuse(file.maildir, why)

    def condemn(self, file: Draft, why: str) -> None:
        """A file did not reach its disk: what can be read of it now may be anything, so it is handed on to nobody."""
        self.lose(file, why)
        if file is self.parcel.draft:
            self.errands, self.pending = [], False

    def note(self, promised: Iterable[Staged | None], names: Mapping[int, str], late: Mapping[int, str]) -> None:
        """What was published is a deposit now, and what was not is owed; what was not promised is a duplicate."""
        for each, (copy, file) in zip(promised, self.drafts, strict=True):
            if each is None:
                withdraw(file)
                self.duplicates.append(copy)
            elif each.key in names:
                self.deposits.append(Deposit(copy, names[each.key]))
            else:
                self.refuse(each.maildir, late[each.key])
        self.deposits += [Deposit(copy, "", "duplicate") for copy in self.duplicates]
        self.drafts, self.duplicates = [], []

    def outcome(self) -> Outcome:
        """What became of it."""
        letter, deposits = self.parcel.letter, tuple(self.deposits)
        if self.owed:
            return Deferred(letter, deposits, "; ".join(dict.fromkeys(self.owed)))
        if any(each.copy.fate == "quarantined" for each in deposits):
            return Quarantined(letter, deposits)
        if all(each.copy.fate == "discarded" for each in deposits):
            return Discarded(letter, deposits)
        return Delivered(letter, deposits)

    def withdraw(self) -> None:
        """Its files in `tmp/` are not to be."""
        for _, each in self.drafts:
            withdraw(each)

    def close(self) -> None:
        """The file is read no more."""
        if self.source and not (self.parcel.draft and self.source is self.parcel.draft.file):
            self.source.close()
