"""SASL CRAM-MD5: the password stays here, a keyed digest goes (RFC 2195)."""

import hmac
from base64 import b64encode

from fetchrun.pop3.capabilities import Capabilities
from fetchrun.pop3.command import auth
from fetchrun.pop3.event import Challenge
from fetchrun.server.mechanism import InvalidChallenge, Login, Response, Steps, decoded


class CramMd5:
    """Better than the password in the clear, and no more: whoever listens can try passwords against it."""

    name = "CRAM-MD5"

    def fits(self, capabilities: Capabilities) -> bool:
        """When the server announces it."""
        return capabilities.sasl("CRAM-MD5")

    def steps(self, login: Login) -> Steps:
        """One challenge and its answer."""
        answer = yield auth(self.name)
        if isinstance(answer, Challenge):
            challenge = decoded(answer.text)
            if not challenge:
                raise InvalidChallenge("the server's challenge is empty")
            digest = hmac.new(login.secret.encode(), challenge, "md5").hexdigest()
            yield Response(b64encode(f"{login.user} {digest}".encode()))
