"""Address lists: bounded on any bytes, and one with the standard library on sane ones."""

import re
from email.utils import getaddresses

from sortlang.address import Address, InvalidAddress
from sortlang.mail.addresslist import ADDRESS_COUNT, addresses

ATOM = r"[a-z0-9!#$%&+=?^_`|~-]+"
"""Without the quotes that some write around an address and that we take off."""
PLAIN = rf"{ATOM}(?:\.{ATOM})*@[a-z]+(?:\.[a-z]+)+"
SANE = re.compile(rf"(?:(?:[A-Za-z]+ )*<{PLAIN}>|{PLAIN})(?:, ?(?:(?:[A-Za-z]+ )*<{PLAIN}>|{PLAIN}))*\Z")


def check(data: bytes) -> None:
    """Whatever is found is an address, and found again when it stands alone."""
    found = addresses(data)
    assert len(found) <= ADDRESS_COUNT
    for each in found[:20]:
        assert Address.parse(str(each)) == each
    text = data.decode("ascii", "replace")
    if SANE.match(text) and len(data) < 4096:
        theirs = [_parsed(address) for _, address in getaddresses([text])]
        assert [*map(str, found)] == [str(each) for each in theirs if each], text


def _parsed(text: str) -> Address | None:
    try:
        return Address.parse(text)
    except InvalidAddress:
        return None
