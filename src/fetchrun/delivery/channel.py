"""A channel: one connection to whom mail is handed on, in turns."""

import socket
import ssl
from dataclasses import dataclass

from fetchrun.delivery.target import Unusable

BUFFER = 1 << 16


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for each step (RFC 5321 §4.5.3.2); after the final dot a server may scan for viruses."""

    connect: float = 30.0
    command: float = 300.0
    block: float = 180.0
    end: float = 600.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`HOST:PORT`, IPv6 in brackets, or `unix:/path`."""

    text: str

    @property
    def path(self) -> str:
        """Of the socket; empty: it is a host."""
        return self.text.removeprefix("unix:") if self.text.startswith("unix:") else ""

    @property
    def host(self) -> str:
        """A name or an IP address."""
        return self.text.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """Of the host."""
        return int(self.text.rpartition(":")[2])


class Channel:
    """Says bytes and hears bytes, each with a deadline. Raises Unusable for whatever the network does."""

    def __init__(self, endpoint: Endpoint, patience: float) -> None:
        """Connects."""
        self.where = endpoint.text
        try:
            self._socket = _connected(endpoint, patience)
        except (OSError, UnicodeError) as error:
            raise Unusable(f"{self.where} {_why(error, patience)}") from None

    def send(self, data: bytes, patience: float) -> None:
        """All of it; the other side must take each part of it within `patience` seconds."""
        try:
            self._socket.settimeout(patience)
            self._socket.sendall(data)
        except OSError as error:
            raise Unusable(f"{self.where} {_why(error, patience)}") from None

    def receive(self, patience: float) -> bytes:
        """What comes, at least one byte."""
        try:
            self._socket.settimeout(patience)
            data = self._socket.recv(BUFFER)
        except OSError as error:
            raise Unusable(f"{self.where} {_why(error, patience)}") from None
        if not data:
            raise Unusable(f"{self.where} cut the connection")
        return data

    def begin_tls(self, patience: float) -> None:
        """The handshake. No rule says which certificate to expect, so it hides mail from those who listen, no more."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            self._socket.settimeout(patience)
            self._socket = context.wrap_socket(self._socket)
        except OSError as error:
            raise Unusable(f"the TLS handshake with {self.where} failed: {_why(error, patience)}") from None

    def close(self) -> None:
        """At once."""
        self._socket.close()


def _connected(endpoint: Endpoint, patience: float) -> socket.socket:
    if not endpoint.path:
        return socket.create_connection((endpoint.host, endpoint.port), patience)
    made = socket.socket(socket.AF_UNIX)
    try:
        made.settimeout(patience)
        made.connect(endpoint.path)
    except OSError:
        made.close()
        raise
    return made


def _why(error: OSError | UnicodeError, patience: float) -> str:
    match error:
        case TimeoutError():
            return f"did not answer within {patience:g} seconds"
        case ConnectionRefusedError():
            return "refused the connection"
        case ssl.SSLError():
            return (error.reason or "no reason").lower().replace("_", " ")
        case ConnectionError():
            return "cut the connection"
        case socket.gaierror() | UnicodeError():
            return "has a name that nobody knows"
        case OSError():
            return f"cannot be reached: {(error.strerror or str(error)).lower()}"
