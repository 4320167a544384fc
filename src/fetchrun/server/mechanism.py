"""A mechanism: one way to say who we are."""

import binascii
from base64 import b64encode
from collections.abc import Generator
from dataclasses import field
from typing import Protocol

from fetchrun.pop3.capabilities import Capabilities
from fetchrun.pop3.command import MAX_LINE, Command, auth
from fetchrun.pop3.event import Challenge, Reply
from sortlang.frozen import frozen


class InvalidChallenge(ValueError):
    """What the server says in the dialogue cannot be answered, or proves it to be another; says why."""


@frozen
class Login:
    """Who we are. `secret`: the password or the token; `greeting`: what the server's first line says."""

    user: str
    secret: str = field(repr=False)
    greeting: bytes = b""


@frozen
class Response:
    """The answer to a challenge, in base64; never shown."""

    line: bytes = field(repr=False)


Said = Command | Response
Steps = Generator[Said, Reply | Challenge, None]
"""What is to be sent, one after the other; what came back is sent in. The last reply that came back decides."""


class Mechanism(Protocol):
    """One way to log in. Knows no network: whoever drives `steps` sends and receives."""

    @property
    def name(self) -> str:
        """As people and CAPA call it."""

    def fits(self, capabilities: Capabilities) -> bool:
        """Whether the server offers it."""

    def steps(self, login: Login) -> Steps:
        """The dialogue. Raises InvalidCommand for what no command can carry, InvalidChallenge."""


def opening(
    name: str, message: bytes, *, at_once: bool = True
) -> Generator[Said, Reply | Challenge, Reply | Challenge]:
    """AUTH with its first message: in the same line if it fits, else behind an empty challenge (RFC 5034 §4).

    `at_once` false: always behind one. Returns what the server answers to the message.
    """
    response = b64encode(message)
    together = at_once and len(f"AUTH {name} \r\n") + len(response) <= MAX_LINE
    answer = yield auth(name, response if together else None)
    if isinstance(answer, Challenge) and not answer.text.strip():  # some servers take nothing in the same line
        answer = yield Response(response)
    return answer


def decoded(text: bytes) -> bytes:
    """What base64 from the server holds, if it is that to the letter; raises InvalidChallenge."""
    try:
        found = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        found = None
    if found is None or b64encode(found) != text:
        raise InvalidChallenge("the server's challenge is not base64")
    return found
