"""A Place: where one copy goes, and what the ledger calls it."""

from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from sortlang.frozen import frozen
from sortlang.rules import Access

Kind = Literal["maildir", "lmtp", "smtp", "pipe"]


@frozen
class Place:
    """A Maildir, or whom mail is handed on to. `arguments` as those of a Transport, but a Maildir's path is absolute.

    `address`: the deliver-to address, of mail that is handed on; a Maildir is what it is, whoever shares it.
    """

    kind: Kind
    arguments: tuple[str, ...]
    address: str = ""
    access: Access = field(default=Access(), compare=False)
    """How the server is entered; the place is the same, whoever asks."""

    @staticmethod
    def at(maildir: Path) -> "Place":
        """The Maildir there; absolute."""
        return Place("maildir", (str(maildir),))

    @property
    def maildir(self) -> Path | None:
        """Where it lies; None: mail is handed on."""
        return _path(self.arguments[0]) if self.kind == "maildir" else None

    @property
    def end(self) -> str:
        """The receiving end, whoever the mail is for: the path, or `lmtp 127.0.0.1:24`."""
        return self.arguments[0] if self.kind == "maildir" else " ".join((self.kind, *self.arguments))

    @property
    def door(self) -> str:
        """The end, and who we are there: what shares a door shares a connection."""
        return f"{self.end} {self.access}" if self.access != Access() else self.end

    def __str__(self) -> str:
        """What ledger and log call it: a path begins with `/`, all else with its kind."""
        return self.end if self.kind == "maildir" else f"{self.end} {self.address}"


@lru_cache(maxsize=1024)
def _path(text: str) -> Path:
    """The same for the same text: most mail goes to few places, and a Path is not quickly made."""
    return Path(text)
