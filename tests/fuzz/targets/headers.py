"""The header scanner: whole on any bytes, and one with the standard library on sane ones."""

import re
from email.parser import BytesHeaderParser
from email.policy import compat32

from sortlang.mail.message import FIELD_LIMIT, HEAD_LIMIT, fields, head_end, head_hash
from sortlang.mail.received import hop

SANE = re.compile(rb"(?:[!-9;-~]+:(?:[ -~]*\n)(?:[ \t][!-~][ -~]*\n)*)*\n?\Z")
"""No line that is blank or no field; what follows a blank line is body."""


def check(data: bytes) -> None:
    """Fields stand in order, hold no line end, and are those that the standard library finds."""
    found = fields(data)
    end = 0
    for each in found:
        assert end <= each.start < each.end <= len(data)
        assert each.name and each.name == each.name.lower() and b"\n" not in each.value
        assert data[each.start : each.end].lower().startswith(each.name)
        end = each.end
        if each.name == b"received":
            hop(each.value)
    assert len(found) <= FIELD_LIMIT
    assert len(head_hash(data)) == 32
    assert head_end(data) == head_end(bytearray(data)) <= len(data)
    if (
        len(data) < HEAD_LIMIT
        and data.count(b"\n") < FIELD_LIMIT
        and SANE.match(data)
        and not data.startswith(b"From ")
    ):
        theirs = BytesHeaderParser(policy=compat32).parsebytes(data).items()
        assert [(each.name, each.value) for each in found] == [(_name(name), _value(value)) for name, value in theirs]


def _name(name: str) -> bytes:
    return name.encode().lower()


def _value(value: str) -> bytes:
    return value.encode("ascii", "surrogateescape").replace(b"\n", b"").strip()
