"""How we log in: the mechanisms, the best first."""

from fetchrun.pop3.capabilities import Capabilities
from fetchrun.server.mechanism import Mechanism
from fetchrun.server.mechanisms.plain import Plain
from fetchrun.server.mechanisms.user import User

MECHANISMS: tuple[Mechanism, ...] = (Plain(), User())
"""APOP is not among them: its MD5 gives the password away (CVE-2007-1558)."""


def mechanism(capabilities: Capabilities) -> Mechanism:
    """The first mechanism that the server offers."""
    return next(each for each in MECHANISMS if each.fits(capabilities))
