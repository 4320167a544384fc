"""A token instead of a password: XOAUTH2 and OAUTHBEARER (RFC 7628)."""

from fetchrun.pop3.capabilities import Capabilities
from fetchrun.pop3.command import InvalidCommand
from fetchrun.pop3.event import Challenge
from fetchrun.server.mechanism import Login, Response, Steps, decoded, opening


class XOAuth2:
    """What Google and Microsoft offer. In two steps, which Microsoft insists on and all others take."""

    name = "XOAUTH2"

    def fits(self, capabilities: Capabilities) -> bool:
        """When the server announces it."""
        return capabilities.sasl("XOAUTH2")

    def steps(self, login: Login) -> Steps:
        """The token; what the server then says is why not, and waits for an empty answer."""
        message = b"user=%b\x01auth=Bearer %b\x01\x01" % _words(login)
        answer = yield from opening(self.name, message, at_once=False)
        if isinstance(answer, Challenge):
            decoded(answer.text)
            yield Response(b"")


class OAuthBearer:
    """The same, as RFC 7628 has it."""

    name = "OAUTHBEARER"

    def fits(self, capabilities: Capabilities) -> bool:
        """When the server announces it."""
        return capabilities.sasl("OAUTHBEARER")

    def steps(self, login: Login) -> Steps:
        """The token; what the server then says is why not, and waits for the octet 1 (RFC 7628 §3.2.3)."""
        user, token = _words(login)
        name = user.replace(b"=", b"=3D").replace(b",", b"=2C")
        answer = yield from opening(self.name, b"n,a=%b,\x01auth=Bearer %b\x01\x01" % (name, token))
        if isinstance(answer, Challenge):
            decoded(answer.text)
            yield Response(b"AQ==")


def _words(login: Login) -> tuple[bytes, bytes]:
    if any(letter < " " or letter == "\x7f" for letter in login.user + login.secret):
        raise InvalidCommand("a user name or a token cannot hold control characters")
    return login.user.encode(), login.secret.encode()
