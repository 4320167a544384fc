"""The login with a second device: a code typed elsewhere (RFC 8628)."""

import time
from collections.abc import Callable
from dataclasses import field
from urllib.parse import urlsplit

from fetchrun.printable import printable
from fetchrun.server.endpoint import asked, trouble
from fetchrun.server.oauth import Grant, client, granted, refused
from sortlang.frozen import frozen
from sortlang.rules import OAuth

ENDPOINTS = {
    "google": "https://oauth2.googleapis.com/device/code",
    "microsoft": "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode",
}
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
INTERVAL, LONGEST, SLOWER = 5.0, 1800.0, 5.0


@frozen
class Code:
    """What a person is to type where, and how long that is good for, in seconds."""

    where: str
    typed: str
    seconds: float
    interval: float
    device: str = field(repr=False)


def begun(oauth: OAuth, endpoint: str) -> Code:
    """Asks for a code. Raises Trouble."""
    form = client(oauth) | ({"scope": oauth.scope} if oauth.scope else {})
    status, answer = asked(endpoint, form)
    if status != 200:
        raise refused(answer, form)
    where = answer.get("verification_uri") or answer.get("verification_url")  # Google has its own spelling
    typed, device = answer.get("user_code"), answer.get("device_code")
    if not (isinstance(where, str) and isinstance(typed, str) and isinstance(device, str) and device):
        raise trouble(f"{urlsplit(endpoint).netloc} gives no code that can be typed")
    if not where.startswith("https://"):
        raise trouble("the provider wants the code typed on a page without TLS", temporary=False)
    seconds = min(_seconds(answer.get("expires_in"), LONGEST), LONGEST)
    return Code(printable(where), printable(typed), seconds, _seconds(answer.get("interval"), INTERVAL), device)


def awaited(
    oauth: OAuth, code: Code, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
) -> Grant:
    """Waits until the code was typed. Raises Trouble: refused, too late, or nobody lets us keep the login."""
    form = client(oauth) | {"grant_type": GRANT, "device_code": code.device}
    until, interval = clock() + code.seconds, code.interval
    while clock() < until:
        sleep(interval)
        status, answer = asked(oauth.token_endpoint, form)
        if status == 200:
            return _lasting(granted(answer))
        if answer.get("error") == "slow_down":
            interval += SLOWER
        elif answer.get("error") != "authorization_pending":
            raise refused(answer, form)
    raise trouble("nobody typed the code in time")


def _lasting(grant: Grant) -> Grant:
    if grant.refresh is None:
        hint = "some providers want `offline_access` in the scope"
        raise trouble("the provider gives no refresh token, only one for an hour", hint, temporary=False)
    return grant


def _seconds(found: object, otherwise: float) -> float:
    return float(found) if isinstance(found, int) and 0 < found < 10**6 else otherwise
