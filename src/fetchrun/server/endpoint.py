"""An endpoint of OAuth: one question over checked TLS, one answer in JSON."""

import json
import socket
import ssl
import time
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from io import BufferedReader, RawIOBase
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
    where = urlsplit(url).netloc
    if not url.startswith("https://"):
        raise trouble(f"{where} cannot be asked for tokens: its address does not begin with https://", temporary=False)
    request = Request(url, urlencode(form).encode(), {"Accept": "application/json"})  # noqa: S310 - https alone
    opener = build_opener(_Handler(), _NoRedirects())
    try:
        with opener.open(request, timeout=patience) as response:
            return response.status, _object(_body(response), where)
    except HTTPError as error:
        with error:
            return error.code, _refusal(error, where)
    except (OSError, HTTPException) as error:
        raise trouble(f"{where} gives no tokens: {_why(error, patience)}") from None


class _Bounded(RawIOBase):
    """What comes over a connection, all of it in the time that its timeout gives to each octet."""

    def __init__(self, connection: socket.socket, octets: RawIOBase) -> None:
        self._connection, self._octets = connection, octets
        self._until = time.monotonic() + (connection.gettimeout() or SECONDS)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._octets.readinto(buffer)

    def close(self) -> None:
        self._octets.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *about: Any, **more: Any) -> None:
        super().__init__(sock, *about, **more)
        self.fp = BufferedReader(_Bounded(sock, self.fp.detach()))


class _Connection(HTTPSConnection):
    response_class = _Response


class _Handler(HTTPSHandler):
    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_Connection, req, context=_trust())


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """None: the answer is an error then."""


def _trust() -> ssl.SSLContext:
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


def _body(response: HTTPResponse) -> bytes:
    """At most 64 KiB."""
    body = bytearray()
    while part := response.read1(MOST):
        body += part
        if len(body) > MOST:
            raise HTTPException("its answer is too long")
    return bytes(body)


def _refusal(error: HTTPError, where: str) -> Answer:
    if 300 <= error.code < 400:
        raise trouble(f"{where} gives no tokens: it wants to send us to another address", temporary=False)
    if error.code >= 500 or error.code == 429:
        raise trouble(f"{where} gives no tokens now: HTTP status {error.code}")
    response = error.fp
    assert isinstance(response, HTTPResponse)
    return _object(_body(response), where)


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
