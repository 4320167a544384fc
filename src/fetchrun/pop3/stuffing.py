"""Dot-stuffing: where a multi-line answer ends, and what it says."""

CRLF = b"\r\n"
TERMINATOR = b"\r\n.\r\n"
_PREFIXES = (b"\r\n.\r", b"\r\n.", b"\r\n", b"\r")


def unstuffed(buffer: bytes, at: int) -> tuple[bytes, int, bool]:
    """The next part of a multi-line answer (RFC 1939 §3): (text, where to go on, whether it is the last).

    `buffer[at:]` begins with the CRLF before the answer's first line, or where the last call said to go on. Only
    CRLF . CRLF ends an answer; a dot is taken off only after CRLF. Works on whole buffers: no line costs an object.
    """
    end = buffer.find(TERMINATOR, at)
    if end >= 0:
        return _without_dots(buffer, at, end + len(CRLF)), end + len(TERMINATOR), True
    safe = len(buffer) - _undecided(buffer, at)
    return _without_dots(buffer, at, safe), safe, False


def _without_dots(buffer: bytes, start: int, end: int) -> bytes:
    # Half of what `replace` costs, which looks for all of them twice.
    return CRLF.join(buffer[start:end].split(b"\r\n."))


def _undecided(buffer: bytes, at: int) -> int:
    """How many octets at the end may turn out to begin a terminator."""
    return next((len(each) for each in _PREFIXES if buffer.endswith(each, at)), 0)
