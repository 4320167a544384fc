"""SCRAM: both sides prove that they know the password (RFC 5802, 7677)."""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Callable, Generator
from dataclasses import field

from fetchrun.pop3.capabilities import Capabilities
from fetchrun.pop3.event import Challenge, Reply
from fetchrun.server.mechanism import InvalidChallenge, Login, Response, Said, Steps, decoded, opening
from fetchrun.server.mechanisms.saslprep import saslprep
from sortlang.frozen import frozen

LEAST_ITERATIONS, MOST_ITERATIONS = 4096, 1_000_000
"""Fewer are too easy to try passwords against (RFC 7677 §4); more keep us busy for the server's fun."""

_HEADER = b"n,,"  # no channel binding
_FIRST = re.compile(rb"r=([!-+\--~]{1,1024}),s=([A-Za-z0-9+/]+={0,2}),i=([1-9][0-9]{0,9})(?:,[^\0]*)?")


def _nonce() -> str:
    from secrets import token_urlsafe  # most logins do without

    return token_urlsafe(24)


@frozen
class Scram:
    """`hash` as hashlib calls it. `nonce` gives printable letters without a comma, never the same twice."""

    name: str
    hash: str
    nonce: Callable[[], str] = field(default=_nonce, repr=False)

    def fits(self, capabilities: Capabilities) -> bool:
        """When the server announces it."""
        return capabilities.sasl(self.name)

    def steps(self, login: Login) -> Steps:
        """Our proof, then the server's; a server that lets us in without one is another."""
        user = saslprep(login.user).replace("=", "=3D").replace(",", "=2C")
        nonce, password = self.nonce(), saslprep(login.secret).encode()
        bare = f"n={user},r={nonce}".encode()
        answer = yield from opening(self.name, _HEADER + bare)
        if isinstance(answer, Challenge):
            answer = yield from self._proved(decoded(answer.text), bare, nonce.encode(), password)
        elif answer.ok:
            raise _unproved()

    def _proved(
        self, first: bytes, bare: bytes, nonce: bytes, password: bytes
    ) -> Generator[Said, Reply | Challenge, Reply | Challenge]:
        theirs, salt, iterations = _parsed(first, nonce)
        last = b"c=%b,r=%b" % (b64encode(_HEADER), theirs)
        said = b",".join((bare, first, last))
        salted = hashlib.pbkdf2_hmac(self.hash, password, salt, iterations)
        answer = yield Response(b64encode(b"%b,p=%b" % (last, b64encode(self._proof(salted, said)))))
        if isinstance(answer, Reply):
            if answer.ok:
                raise _unproved()
            return answer
        final = decoded(answer.text)
        if final.startswith(b"e="):
            return answer  # why not; it is still a challenge, and gets no answer
        wanted = b64encode(self._keyed(self._keyed(salted, b"Server Key"), said))
        if not hmac.compare_digest(final.split(b",")[0], b"v=" + wanted):
            raise _unproved()
        return (yield Response(b""))

    def _proof(self, salted: bytes, said: bytes) -> bytes:
        key = self._keyed(salted, b"Client Key")
        signature = self._keyed(hashlib.new(self.hash, key).digest(), said)
        return bytes(ours ^ theirs for ours, theirs in zip(key, signature, strict=True))

    def _keyed(self, key: bytes, text: bytes) -> bytes:
        return hmac.digest(key, text, self.hash)


def _parsed(first: bytes, nonce: bytes) -> tuple[bytes, bytes, int]:
    """(nonce of both, salt, iterations) of server-first-message, RFC 5802 §7."""
    found = _FIRST.fullmatch(first)
    if found is None:
        raise InvalidChallenge("the server's SCRAM message cannot be read")
    if not found[1].startswith(nonce) or found[1] == nonce:
        raise InvalidChallenge("the server's SCRAM message answers another than ours")
    iterations = int(found[3])
    if not LEAST_ITERATIONS <= iterations <= MOST_ITERATIONS:
        raise InvalidChallenge(
            f"the server wants {iterations} rounds of SCRAM, which is not between 4096 and a million"
        )
    return found[1], decoded(found[2]), iterations


def _unproved() -> InvalidChallenge:
    return InvalidChallenge("the server does not prove that it knows the password: it may be another")
