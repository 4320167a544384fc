"""A Copy: one message on its way to one Maildir, and why it goes there."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Copy:
    """What one message becomes in one place.

    `maildir` is absolute; `stamp` holds our header lines, each ended by LF, to stand above the message (empty: `stamp
    off`); `fate` says whether this is a delivery or the trash; `addresses` are the deliver-to addresses it serves;
    `recipients` those the message was for; `source` the header they were found in; `rule` is `FILE:LINE`, or empty.
    """

    maildir: Path
    fate: Literal["delivered", "discarded"]
    addresses: tuple[str, ...]
    recipients: tuple[str, ...]
    source: str
    rule: str
    stamp: bytes = b""
