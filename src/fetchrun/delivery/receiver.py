"""A receiver: who takes mail over, a server or a program."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from fetchrun.delivery.copies import Copy
from fetchrun.delivery.load import Load
from fetchrun.delivery.verdict import Verdict


class Receiver(Protocol):
    """One receiving end."""

    def hand(self, load: Load, copies: Sequence[Copy]) -> Iterator[Verdict]:
        """Hands one message on for all of `copies`, which share their end and their stamp: a Verdict for each.

        Each is given as soon as it is known, so that it can be recorded at once. Raises Unusable when the end takes
        nothing now: the copies without a Verdict are then deferred. Raises Trouble for our own disk.
        """

    def close(self) -> None:
        """Says goodbye, if there is anybody to say it to."""
