"""Capabilities: what a server says that it can do."""

from collections.abc import Iterable
from dataclasses import field

from sortlang.frozen import frozen


@frozen
class Capabilities:
    """The answer to CAPA (RFC 2449 §6). `known` is false when the server does not know CAPA.

    `pipelined` overrides what the server says of PIPELINING; None does not.
    """

    known: bool = False
    arguments: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pipelined: bool | None = None

    @staticmethod
    def of(lines: Iterable[bytes]) -> "Capabilities":
        """From the lines of the answer; upper case but for the arguments."""
        words = (line.decode("latin-1").split() for line in lines)
        return Capabilities(True, {first.upper(): tuple(rest) for first, *rest in filter(None, words)})

    def __contains__(self, name: str) -> bool:
        return name in self.arguments

    def sasl(self, mechanism: str) -> bool:
        """Whether AUTH with this mechanism is offered (RFC 5034 §3)."""
        return mechanism in (each.upper() for each in self.arguments.get("SASL", ()))

    @property
    def pipelining(self) -> bool:
        """Whether commands may go out before answers are there (RFC 2449 §6.6)."""
        return "PIPELINING" in self if self.pipelined is None else self.pipelined

    @property
    def login_delay(self) -> int:
        """Seconds between two logins (RFC 2449 §6.5); 0: none said."""
        return _number(self.arguments.get("LOGIN-DELAY", ()))

    @property
    def expires_at_once(self) -> bool:
        """EXPIRE 0: what was retrieved goes at QUIT, whether it was deleted or not (RFC 2449 §6.7)."""
        return self.expires == 0

    @property
    def expires(self) -> int | None:
        """Days after which the server may remove a message by itself (RFC 2449 §6.7); None: it never does."""
        word = self.arguments.get("EXPIRE", ("NEVER",))[:1]
        return _number(word) if word and word[0].isascii() and word[0].isdigit() else None

    @property
    def personal(self) -> bool:
        """Whether the login shows other numbers, those of this user (RFC 2449 §6.5, §6.7)."""
        return any("USER" in self.arguments.get(each, ())[1:] for each in ("EXPIRE", "LOGIN-DELAY"))


def _number(arguments: tuple[str, ...]) -> int:
    word = arguments[0] if arguments else ""
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
