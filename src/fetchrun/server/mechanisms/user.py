"""USER and PASS, which every server knows (RFC 1939 §7)."""

from fetchrun.pop3.capabilities import Capabilities
from fetchrun.pop3.command import password, user
from fetchrun.server.mechanism import Login, Steps


class User:
    """Sends the password only when the server has accepted the user."""

    name = "USER"

    def fits(self, capabilities: Capabilities) -> bool:
        """Always: servers that do not announce it, or know no CAPA, mostly know it all the same."""
        return True

    def steps(self, login: Login) -> Steps:
        """USER, then PASS."""
        last = password(login.secret)  # before anything is sent: it may not fit into a command
        reply = yield user(login.user)
        if getattr(reply, "ok", False):
            yield last
