"""SASL PLAIN, with an initial response where it fits (RFC 4616, RFC 5034)."""

from base64 import b64encode

from fetchrun.pop3.capabilities import Capabilities
from fetchrun.pop3.command import MAX_LINE, InvalidCommand, auth
from fetchrun.pop3.event import Challenge
from fetchrun.server.mechanism import Response, Steps

_AROUND = len(b"AUTH PLAIN \r\n")


class Plain:
    """Authenticates as the user, and acts for the same one."""

    name = "PLAIN"

    def fits(self, capabilities: Capabilities) -> bool:
        """When the server announces it."""
        return capabilities.sasl("PLAIN")

    def steps(self, user: str, secret: str) -> Steps:
        """One command if it fits into a line and the server takes it so, otherwise a command and its challenge."""
        if "\0" in user or "\0" in secret:
            raise InvalidCommand("a user name or a password cannot hold NUL")
        message = b64encode(b"\0%b\0%b" % (user.encode(), secret.encode()))
        initial = message if len(message) + _AROUND <= MAX_LINE else None
        if isinstance((yield auth("PLAIN", initial)), Challenge):
            yield Response(message)
