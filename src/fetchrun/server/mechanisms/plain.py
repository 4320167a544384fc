"""SASL PLAIN, with an initial response where it fits (RFC 4616, RFC 5034)."""

from fetchrun.pop3.capabilities import Capabilities
from fetchrun.pop3.command import InvalidCommand
from fetchrun.server.mechanism import Login, Steps, opening


class Plain:
    """Authenticates as the user, and acts for the same one."""

    name = "PLAIN"

    def fits(self, capabilities: Capabilities) -> bool:
        """When the server announces it."""
        return capabilities.sasl("PLAIN")

    def steps(self, login: Login) -> Steps:
        """One command if it fits into a line and the server takes it so, otherwise a command and its challenge."""
        if "\0" in login.user or "\0" in login.secret:
            raise InvalidCommand("a user name or a password cannot hold NUL")
        yield from opening(self.name, b"\0%b\0%b" % (login.user.encode(), login.secret.encode()))
