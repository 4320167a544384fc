"""A Copy: one message on its way to one place, and why it goes there."""

from pathlib import Path
from typing import Literal

from fetchrun.delivery.places import Place
from sortlang.frozen import frozen

Fate = Literal["delivered", "discarded", "quarantined", "failed"]


@frozen
class Copy:
    """What one message becomes in one place.

    `stamp` holds our header lines, each ended by LF, to stand above the message (empty: `stamp off`); `fate` says
    whether this is a delivery, the trash or the quarantine; `addresses` are the deliver-to addresses it serves;
    `recipients` those the message was for; `source` the header they were found in; `rule` is `FILE:LINE`, or empty.
    """

    place: Place
    fate: Fate
    addresses: tuple[str, ...]
    recipients: tuple[str, ...]
    source: str
    rule: str
    stamp: bytes = b""

    @property
    def maildir(self) -> Path:
        """The Maildir of a copy that goes into one."""
        assert self.place.maildir is not None, "this copy is handed on"
        return self.place.maildir
