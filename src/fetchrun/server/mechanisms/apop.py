"""APOP: the digest of the greeting and the password (RFC 1939 §7)."""

import hashlib
import re

from fetchrun.pop3.capabilities import Capabilities
from fetchrun.pop3.command import apop
from fetchrun.server.mechanism import InvalidChallenge, Login, Steps

# What RFC 822 calls a msg-id, printable to the letter: anything else helps to collide MD5 (CVE-2007-1558).
_TIMESTAMP = re.compile(rb"<[!-;=?A-~]{1,255}@[!-;=?A-~]{1,255}>")


class Apop:
    """Never chosen by itself: whoever sits in between learns the first letters of the password from it."""

    name = "APOP"

    def fits(self, capabilities: Capabilities) -> bool:
        """It is the greeting that says so, not CAPA."""
        return True

    def steps(self, login: Login) -> Steps:
        """One command."""
        found = _TIMESTAMP.search(login.greeting)
        if found is None:
            raise InvalidChallenge("the server's greeting holds no timestamp, without which there is no APOP")
        digest = hashlib.md5(found[0] + login.secret.encode(), usedforsecurity=False).hexdigest()
        yield apop(login.user, digest)
