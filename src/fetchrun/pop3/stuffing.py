"""Dot-stuffing: where a multi-line answer ends, and what it says."""

CRLF = b"\r\n"
TERMINATOR = b"\r\n.\r\n"
_DOT = b"\r\n."
_PREFIXES = (b"\r\n.\r", b"\r\n.", b"\r\n", b"\r")


def unstuffed(buffer: bytes, at: int) -> tuple[bytes, int, bool]:
    """The next part of a multi-line answer (RFC 1939 §3): (text, where to go on, whether it is the last).

    `buffer[at:]` begins with the CRLF before the answer's first line, or where the last call said to go on. Only
    CRLF . CRLF ends an answer; a dot is taken off only after CRLF. Works on whole buffers: no line costs an object.
    """
    dot = buffer.find(_DOT, at)
    end = buffer.find(TERMINATOR, dot) if dot >= 0 else -1
    until = end + len(CRLF) if end >= 0 else len(buffer) - _undecided(buffer, at)
    text = buffer[at:until]
    if 0 <= dot != end:
        text = CRLF.join(text.split(_DOT))  # half of what `replace` costs, which looks for all of them twice
    return text, end + len(TERMINATOR) if end >= 0 else until, end >= 0


def _undecided(buffer: bytes, at: int) -> int:
    """How many octets at the end may turn out to begin a terminator."""
    return next((len(each) for each in _PREFIXES if buffer.endswith(each, at)), 0)
