"""Capabilities: what an SMTP or LMTP server says that it can do."""

from collections.abc import Iterable
from dataclasses import field

from sortlang.frozen import frozen


@frozen
class Capabilities:
    """The keywords of the answer to EHLO or LHLO, upper case, with their arguments (RFC 5321 §4.1.1.1)."""

    arguments: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @staticmethod
    def of(lines: Iterable[bytes]) -> "Capabilities":
        """From the lines of the reply; the first is the server's name. `AUTH=PLAIN` counts as `AUTH PLAIN`."""
        found: dict[str, tuple[str, ...]] = {}
        for line in list(lines)[1:]:
            keyword, *words = line.decode("latin-1").upper().replace("AUTH=", "AUTH ").split() or [""]
            if keyword:
                found[keyword] = (*found.get(keyword, ()), *words)
        return Capabilities(found)

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.arguments

    @property
    def size(self) -> int | None:
        """The largest message, in octets; None: not said (RFC 1870 §4)."""
        word = next(iter(self.arguments.get("SIZE", ())), "")
        return (int(word) or None) if word.isascii() and word.isdigit() and len(word) <= 18 else None

    def takes(self, keyword: str, argument: str) -> bool:
        """Whether the keyword was announced with that argument: `AUTH PLAIN`, `XFORWARD ADDR`."""
        return argument in self.arguments.get(keyword, ())
