"""How we log in: the mechanisms, the best first."""

from fetchrun.pop3.capabilities import Capabilities
from fetchrun.printable import printable
from fetchrun.server.mechanism import Mechanism
from fetchrun.server.mechanisms.apop import Apop
from fetchrun.server.mechanisms.cram_md5 import CramMd5
from fetchrun.server.mechanisms.login import LoginPrompts
from fetchrun.server.mechanisms.plain import Plain
from fetchrun.server.mechanisms.scram import Scram
from fetchrun.server.mechanisms.token import OAuthBearer, XOAuth2
from fetchrun.server.mechanisms.user import User
from fetchrun.trouble import Trouble
from sortlang.rules import Account

SCRAMS: tuple[Mechanism, ...] = (Scram("SCRAM-SHA-256", "sha256"), Scram("SCRAM-SHA-1", "sha1"))
PASSWORDS: tuple[Mechanism, ...] = (Plain(), LoginPrompts(), User())
TOKENS: tuple[Mechanism, ...] = (XOAuth2(), OAuthBearer())

OVER_TLS = (*SCRAMS, *PASSWORDS)
"""CRAM-MD5 adds nothing there, and many a server that announces it cannot do it with the password that it holds."""

IN_THE_CLEAR = (*SCRAMS, CramMd5(), *PASSWORDS)

CONFIGURED: dict[str, tuple[Mechanism, ...]] = {
    "plain": (Plain(), User()),
    "login": (LoginPrompts(),),
    "apop": (Apop(),),
    "cram-md5": (CramMd5(),),
    "scram-sha-256": SCRAMS[:1],
    "xoauth2": TOKENS[:1],
    "oauthbearer": TOKENS[1:],
}
"""What `auth` says, and nothing else is tried. USER gives away no more than PLAIN does.

APOP is here alone: its MD5 gives the password away (CVE-2007-1558).
"""


def mechanism(account: Account, capabilities: Capabilities, *, secure: bool) -> Mechanism:
    """The best that the account allows and the server offers. Raises Trouble; without CAPA the first is tried."""
    allowed = _allowed(account, secure=secure)
    found = next((each for each in allowed if each.fits(capabilities)), None)
    if found is None and capabilities.known:
        raise _not_offered(allowed, capabilities)
    return found or allowed[0]


def _allowed(account: Account, *, secure: bool) -> tuple[Mechanism, ...]:
    if account.auth != "auto":
        return CONFIGURED[account.auth]
    if account.oauth is not None:
        return TOKENS
    return OVER_TLS if secure else IN_THE_CLEAR


def _not_offered(allowed: tuple[Mechanism, ...], capabilities: Capabilities) -> Trouble:
    wanted = " or ".join(each.name for each in allowed)
    offered = printable(", ".join(capabilities.arguments.get("SASL", ()))) or "no mechanism at all"
    sentence = f"the server does not offer to log in with {wanted}; it offers {offered}"
    hint = "nothing was sent; `auth auto` takes the best that the server offers"
    return Trouble("login", sentence, settings=("auth", "oauth", "server"), hint=hint, temporary=False)
