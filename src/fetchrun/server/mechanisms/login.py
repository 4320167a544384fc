"""SASL LOGIN, which no RFC describes and many servers offer."""

from base64 import b64encode

from fetchrun.pop3.capabilities import Capabilities
from fetchrun.pop3.command import auth
from fetchrun.pop3.event import Challenge
from fetchrun.server.mechanism import Login, Response, Steps, decoded


class LoginPrompts:
    """The server asks twice; whatever it calls it, the first is the user and the second the password."""

    name = "LOGIN"

    def fits(self, capabilities: Capabilities) -> bool:
        """When the server announces it."""
        return capabilities.sasl("LOGIN")

    def steps(self, login: Login) -> Steps:
        """The user, then the password; what a server asks beyond that has no answer."""
        answer = yield auth(self.name)
        for word in (login.user, login.secret):
            if not isinstance(answer, Challenge):
                return
            decoded(answer.text)
            answer = yield Response(b64encode(word.encode()))
