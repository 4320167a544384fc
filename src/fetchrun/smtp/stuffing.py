"""Dot-stuffing: a message as DATA carries it, with no line end but CRLF."""

import re

END = b".\r\n"
_LINE_END = re.compile(rb"\r\n|\r|\n")


class Stuffing:
    """Takes a message in chunks of any size. Bare CR and bare LF become CRLF, and a dot at the start of a line two.

    Nothing in the message can then be taken for its end, however freely a server reads line ends
    (CVE-2023-51764, CVE-2023-51765, CVE-2023-51766).
    """

    def __init__(self) -> None:
        self._return = b""
        self._fresh = True

    def feed(self, chunk: bytes) -> bytes:
        """The next octets for the wire."""
        data = self._return + chunk
        self._return = b"\r" if data.endswith(b"\r") else b""
        return self._stuffed(data[: len(data) - len(self._return)])

    def finish(self) -> bytes:
        """What ends the message: the line that is still open, then the dot (RFC 5321 §4.1.1.4)."""
        rest = self._stuffed(self._return)
        self._return = b""
        return rest + (b"" if self._fresh else b"\r\n") + END

    def _stuffed(self, data: bytes) -> bytes:
        if not data:
            return b""
        lines = _LINE_END.sub(b"\r\n", data) if b"\r" in data else data.replace(b"\n", b"\r\n")
        dot = b"." if self._fresh and lines.startswith(b".") else b""
        self._fresh = lines.endswith(b"\n")
        return dot + lines.replace(b"\n.", b"\n..")
