"""A channel: one connection to whom mail is handed on, in turns."""

import socket
import ssl

from fetchrun.delivery.target import Unusable
from fetchrun.server.tls import context, handshake_trouble, pinned
from fetchrun.trouble import Trouble
from sortlang.frozen import frozen
from sortlang.rules import Tls

BUFFER = 1 << 16


@frozen
class Patience:
    """Seconds to wait for each step (RFC 5321 §4.5.3.2); after the final dot a server may scan for viruses."""

    connect: float = 30.0
    command: float = 300.0
    block: float = 180.0
    end: float = 600.0


@frozen
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
        """Of the host; 0 of a socket."""
        return 0 if self.path else int(self.text.rpartition(":")[2])


class Channel:
    """Says bytes and hears bytes, each with a deadline. Raises Unusable for whatever the network does."""

    def __init__(self, endpoint: Endpoint, patience: float) -> None:
        """Connects."""
        self.where, self._host = endpoint.text, endpoint.host
        self.secure = False
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

    def begin_tls(self, tls: Tls | None, patience: float) -> None:
        """The handshake. Without `tls` no rule says which certificate to expect: it only hides mail."""
        name = (tls.name if tls else None) or self._host
        try:
            self._socket.settimeout(patience)
            self._socket = _trust(tls).wrap_socket(self._socket, server_hostname=name if tls else None)
            pinned(tls or Tls(), self._socket.getpeercert(binary_form=True) or b"", self.where)
        except OSError as error:
            raise Unusable(handshake_trouble(error, self.where, name).sentence) from None
        except Trouble as why:
            raise Unusable(f"{why.sentence} ({why.hint})" if why.hint else why.sentence) from None
        self.secure = True

    def close(self) -> None:
        """At once."""
        self._socket.close()


def _trust(tls: Tls | None) -> ssl.SSLContext:
    """Raises Trouble."""
    if tls:
        return context(tls)
    made = ssl.create_default_context()
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


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
