"""OAuth: an access token for a refresh token (RFC 6749 §6)."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.printable import printable
from fetchrun.privilege import unseen
from fetchrun.server.credentials import Secret, private_text, secret
from fetchrun.server.endpoint import Answer, asked, trouble
from fetchrun.trouble import Denied, Trouble
from sortlang.frozen import frozen
from sortlang.rules import OAuth

LIFETIME, MARGIN = 3600.0, 60.0
"""Seconds that a token lives if nobody says how long, and how long before its end it is not used any more."""

SECRETS = ("client_secret", "refresh_token", "device_code")
LOGIN = "log in again: `fetchrun login ACCOUNT FILE`"


@frozen
class Grant:
    """What a provider gives: the access token, for how many seconds, and perhaps a new refresh token."""

    access: Secret
    seconds: float
    refresh: Secret | None


class Wallet:
    """The access tokens of this process; they are never written down. May be asked from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[tuple[str, str, str, str], tuple[Secret, float]] = {}

    def token(self, oauth: OAuth, *, fresh: bool = False) -> Secret:
        """A token that is still good for a minute; `fresh`: a new one in any case. Raises Trouble."""
        key = (oauth.token_endpoint, oauth.client_id, oauth.refresh_token, oauth.scope)
        with self._lock:
            held, until = self._held.get(key, (None, 0.0))
        if held is not None and not fresh and self._clock() < until:
            return held
        grant = refreshed(oauth)
        with self._lock:
            self._held[key] = grant.access, self._clock() + grant.seconds - MARGIN
        return grant.access


WALLET = Wallet()


def refreshed(oauth: OAuth) -> Grant:
    """Asks the provider for a new access token; keeps the refresh token if there is a new one. Raises Trouble."""
    unseen()
    path = Path(oauth.refresh_token).expanduser()
    try:
        refresh = private_text(path, "the file of the refresh token")
    except Trouble as missing:
        raise trouble(missing.sentence, missing.hint or LOGIN, temporary=False) from None
    form = client(oauth) | {"grant_type": "refresh_token", "refresh_token": refresh}
    status, answer = asked(oauth.token_endpoint, form | ({"scope": oauth.scope} if oauth.scope else {}))
    if status != 200:
        raise refused(answer, form)
    grant = granted(answer)
    if grant.refresh is not None and grant.refresh.text != refresh:
        keep(grant.refresh, path)
    return grant


def client(oauth: OAuth) -> dict[str, str]:
    """Who we are: the words of a form that every question holds. Raises Trouble."""
    known = {"client_id": oauth.client_id}
    return known if oauth.client_secret is None else known | {"client_secret": secret(oauth.client_secret).text}


def granted(answer: Answer) -> Grant:
    """What a positive answer holds (RFC 6749 §5.1); raises Trouble."""
    access, refresh, seconds = answer.get("access_token"), answer.get("refresh_token"), answer.get("expires_in")
    if not _is_token(access) or str(answer.get("token_type", "bearer")).lower() != "bearer":
        raise trouble("the provider's answer holds no token that can be used")
    lifetime = float(seconds) if isinstance(seconds, int) and 0 < seconds < 10**9 else LIFETIME
    return Grant(Secret(str(access)), lifetime, Secret(str(refresh)) if _is_token(refresh) else None)


def refused(answer: Answer, form: dict[str, str]) -> Denied:
    """Why there is no token (RFC 6749 §5.2); a word that repeats a secret of the form is not passed on."""
    unsaid = [value for name, value in form.items() if name in SECRETS]
    code, more = (str(answer.get(each) or "") for each in ("error", "error_description"))
    words = ": ".join(
        printable(each.split("\r\n")[0], 160) for each in (code, more) if each and _harmless(each, unsaid)
    )
    hint = LOGIN if code == "invalid_grant" else "look at the client-id and client-secret"
    sentence = f"the provider gives no token for this refresh token: {words or 'it does not say why'}"
    return Denied("login", sentence, settings=("oauth", "password"), hint=hint, temporary=False)


def keep(refresh: Secret, path: Path) -> None:
    """The refresh token, 0600 from the first byte on, in the place of the old one, durably. Raises Trouble."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        with durable.create(fresh) as file:
            durable.write(file, refresh.text.encode() + b"\n")
            durable.flush_file(file)
        fresh.replace(path)
        durable.flush_folder(path.parent)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise trouble(f"the new refresh token cannot be written to {path}: {error.strerror}", temporary=False) from None


def _is_token(found: object) -> bool:
    return isinstance(found, str) and 0 < len(found) < 16_384 and found.isascii() and found.isprintable()


def _harmless(text: str, unsaid: list[str]) -> bool:
    return not any(each in text for each in unsaid)
