"""Replies: what a server answers, and whether trying later may help."""

import re

from sortlang.frozen import frozen

_ENHANCED = re.compile(rb"([245]\.\d{1,3}\.\d{1,3})(?: |\Z)")


@frozen
class Reply:
    """One reply, all its lines (RFC 5321 §4.2). `lines` are without code and line end."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def ok(self) -> bool:
        """2xx: done."""
        return self.code // 100 == 2

    @property
    def intermediate(self) -> bool:
        """3xx: go on."""
        return self.code // 100 == 3

    @property
    def permanent(self) -> bool:
        """5xx: it never will be, as it is."""
        return self.code // 100 == 5

    @property
    def enhanced(self) -> str:
        """The enhanced status code, `5.1.1`, or empty (RFC 2034)."""
        found = _ENHANCED.match(self.lines[0])
        return found[1].decode() if found else ""

    @property
    def text(self) -> bytes:
        """All lines as one, with the code: `550 5.1.1 no such user`."""
        return b" ".join((b"%d" % self.code, *self.lines))
