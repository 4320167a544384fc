"""Progress: what a session tells while it runs, whoever listens."""

from typing import Protocol


class Progress(Protocol):
    """What a person sees of running sessions. Every call names its account; sizes in bytes."""

    def begin(self, account: str, messages: int, size: int) -> None:
        """So many messages are to be retrieved."""

    def advance(self, account: str, messages: int, size: int) -> None:
        """So many more messages and bytes have come."""

    def tell(self, account: str, sentence: str) -> None:
        """Something a person should know."""

    def end(self, account: str, sentence: str) -> None:
        """The session is over; how it went."""


class Silent:
    """Nobody listens."""

    def begin(self, account: str, messages: int, size: int) -> None:
        """Says nothing."""

    def advance(self, account: str, messages: int, size: int) -> None:
        """Says nothing."""

    def tell(self, account: str, sentence: str) -> None:
        """Says nothing."""

    def end(self, account: str, sentence: str) -> None:
        """Says nothing."""
