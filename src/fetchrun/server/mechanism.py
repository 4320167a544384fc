"""A mechanism: one way to say who we are."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Protocol

from fetchrun.pop3.capabilities import Capabilities
from fetchrun.pop3.command import Command
from fetchrun.pop3.event import Challenge, Reply


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a challenge, in base64; never shown."""

    line: bytes = field(repr=False)


Steps = Generator[Command | Response, Reply | Challenge, None]
"""What is to be sent, one after the other; what came back is sent in. The last reply that came back decides."""


class Mechanism(Protocol):
    """One way to log in. Knows no network: whoever drives `steps` sends and receives."""

    name: str

    def fits(self, capabilities: Capabilities) -> bool:
        """Whether the server offers it."""

    def steps(self, user: str, secret: str) -> Steps:
        """The dialogue. Raises InvalidCommand for what no command can carry."""
