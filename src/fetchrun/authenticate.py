"""How we log in: the mechanisms, the best first."""

from fetchrun.mechanism import Mechanism
from fetchrun.mechanisms.plain import Plain
from fetchrun.mechanisms.user import User
from fetchrun.pop3.capabilities import Capabilities

MECHANISMS: tuple[Mechanism, ...] = (Plain(), User())
"""APOP is not among them: its MD5 gives the password away (CVE-2007-1558)."""


def mechanism(capabilities: Capabilities) -> Mechanism:
    """The first mechanism that the server offers."""
    return next(each for each in MECHANISMS if each.fits(capabilities))
