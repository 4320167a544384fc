"""An endpoint of OAuth: one question over checked TLS, one answer in JSON."""

import json
import ssl
import time
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from fetchrun.printable import printable
from fetchrun.trouble import Trouble

SECONDS = 30.0
MOST = 64 * 1024
Answer = dict[str, Any]


def asked(url: str, form: dict[str, str], patience: float = SECONDS) -> tuple[int, Answer]:
    """Posts the form; (HTTP status, the JSON object). No redirects: what the form holds is for this host alone.

    Raises Trouble, temporary unless the host cannot be what the rules say; nothing of the form or the answer is in it.
    """
    where, until = urlsplit(url).netloc, time.monotonic() + patience
    if not url.startswith("https://"):
        raise trouble(f"{where} cannot be asked for tokens: its address does not begin with https://", temporary=False)
    request = Request(url, urlencode(form).encode(), {"Accept": "application/json"})  # noqa: S310 - https alone
    opener = build_opener(HTTPSHandler(context=_trust()), _NoRedirects())
    try:
        with opener.open(request, timeout=patience) as response:
            return response.status, _object(_body(response, until), where)
    except HTTPError as error:
        with error:
            return error.code, _refusal(error, until, where)
    except (OSError, HTTPException) as error:
        raise trouble(f"{where} gives no tokens: {_why(error, patience)}") from None


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """None: the answer is an error then."""


def _trust() -> ssl.SSLContext:
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


def _body(response: HTTPResponse, until: float) -> bytes:
    """At most 64 KiB, and not for ever."""
    body = bytearray()
    while part := response.read1(MOST):
        body += part
        if len(body) > MOST:
            raise HTTPException("its answer is too long")
        if time.monotonic() > until:
            raise TimeoutError
    return bytes(body)


def _refusal(error: HTTPError, until: float, where: str) -> Answer:
    if 300 <= error.code < 400:
        raise trouble(f"{where} gives no tokens: it wants to send us to another address", temporary=False)
    if error.code >= 500 or error.code == 429:
        raise trouble(f"{where} gives no tokens now: HTTP status {error.code}")
    response = error.fp
    assert isinstance(response, HTTPResponse)
    return _object(_body(response, until), where)


def _object(body: bytes, where: str) -> Answer:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise trouble(f"{where} gives no tokens: its answer is no JSON object")
    return found


def _why(error: OSError | HTTPException, patience: float) -> str:
    reason = error.reason if isinstance(error, URLError) and isinstance(error.reason, OSError) else error
    if isinstance(reason, TimeoutError):
        return f"it did not answer within {patience:g} seconds"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {printable(reason.verify_message)}"
    if isinstance(reason, OSError) and reason.strerror:
        return printable(reason.strerror.lower())
    return "its answer is not HTTP" if not isinstance(reason, OSError) else type(reason).__name__


def trouble(sentence: str, hint: str = "", *, temporary: bool = True) -> Trouble:
    """What goes wrong with tokens, at the line that says `oauth`."""
    return Trouble("password", sentence, settings=("oauth", "password"), hint=hint, temporary=temporary)
