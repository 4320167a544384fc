"""Spelling: names, sizes, durations, addresses as a rules file has them."""

import re
from ipaddress import ip_address

from sortlang.address import Address, InvalidAddress, normal_domain
from sortlang.pattern import InvalidPattern, Pattern
from sortlang.syntax.control import has_control

_BARE = re.compile(r"[A-Za-z][A-Za-z0-9._+@-]*[A-Za-z0-9]")
_ESCAPES = {'"': '\\"', "\\": "\\\\"}
_CENTURY = 100 * 365 * 86_400


def quoted(text: str) -> str:
    """The text as a string; what cannot be seen becomes the replacement character."""
    return f'"{"".join(_ESCAPES.get(each, each) for each in printable(text))}"'


def printable(text: str) -> str:
    """The text on one line, everything that a reader would not see replaced."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if each.isprintable() and not has_control(each) else "\ufffd" for each in text)


def cited(text: str) -> str:
    """A short quotation for a message."""
    brief = " ".join(printable(text.replace("\n", " ").replace("\t", " ")).split())
    return f"`{brief if len(brief) <= 50 else brief[:49] + '…'}`"


def plain(address: str) -> str:
    """An address or pattern, in quotes only where it needs them."""
    return address if address in ("*", "discard", "keep") or _BARE.fullmatch(address) else quoted(address)


def size(count: int) -> str:
    """Bytes in the largest unit that says them exactly."""
    for factor, unit in ((10**9, "GB"), (2**30, "GiB"), (10**6, "MB"), (2**20, "MiB"), (10**3, "KB"), (2**10, "KiB")):
        if count % factor == 0:
            return f"{count // factor}{unit}"
    return f"{count}B"


def duration(seconds: int) -> str:
    """Seconds as `7d12h`, a hundred years at most."""
    said = ""
    rest = min(seconds, _CENTURY)
    for factor, unit in ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")):
        count, rest = divmod(rest, factor)
        said += f"{count}{unit}" if count else ""
    return said


def host(text: str) -> str | None:
    """The host name or IP address, or nothing."""
    try:
        return str(ip_address(text))
    except ValueError:
        pass
    try:
        return normal_domain(text.strip())
    except InvalidAddress:
        return None


def address(text: str) -> str | None:
    """The address that the text spells, or nothing; nothing either for one that could not be a pattern."""
    try:
        found = str(Address.parse(text))
    except InvalidAddress:
        return None
    return found if pattern(found) else None


def pattern(text: str) -> str | None:
    """The pattern that the text spells, or nothing."""
    try:
        return str(Pattern.parse(text))
    except InvalidPattern:
        return None


def whole(text: str, most: int = 10**11) -> int | None:
    """A number written in ASCII digits, or nothing."""
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) and int(text) <= most else None


def local(text: str) -> str:
    """A name as the local part of an address: letters, digits, `.`, `-`, `_` and `+` of it."""
    return re.sub(r"[^\w.+-]+", "-", printable(text).lower()).strip("-.") or "mail"
