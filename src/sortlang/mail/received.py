"""One `Received` line: who took the message from whom, for whom, when."""

import calendar
import re
from functools import lru_cache

from sortlang.address import Address
from sortlang.frozen import frozen
from sortlang.mail.addresslist import addresses
from sortlang.mail.pieces import Piece, pieces

LINE_SIZE = 8 * 1024


@frozen
class Hop:
    """`origin` and `by` are hosts as written, lower-case, or empty; `date` in Unix seconds."""

    recipient: Address | None = None
    by: str = ""
    origin: str = ""
    date: float | None = None


@lru_cache(maxsize=256)
def hop(value: bytes) -> Hop:
    """What an unfolded `Received` line says (RFC 5321 §4.4); in doubt nothing, for a stranger's words stand in it too.

    Comments go first: `from evil (for <ceo@ex.com>)` is what the sender called himself.
    """
    if len(value) > LINE_SIZE:
        return Hop()
    found = list(pieces(value))
    clauses, date = [*_plain(found).rsplit(b";", 1), b""][:2]
    words = _WORD.findall(clauses)
    return Hop(_recipient(found, words), _after(words, b"by"), _after(words[:2], b"from"), _seconds(date))


def date(value: bytes) -> float | None:
    """As `hop(value).date`; of most lines it reads no more than what stands behind the last `;`.

    With neither quote nor bracket there, that `;` stands in no comment: the comment would have to end behind it. A zone
    in brackets at the very end, `(CEST)`, changes no date.
    """
    tail = _ZONE.sub(b"", value[value.rfind(b";") + 1 :]) if b";" in value else b""
    if len(value) > LINE_SIZE or not tail or _NOT_PLAIN.search(tail):
        return hop(value).date
    return _seconds(tail)


_ZONE = re.compile(rb"[ \t]\([A-Za-z]+\)[ \t]*\Z")
_NOT_PLAIN = re.compile(rb'["()]')
_WORD = re.compile(rb'<(?:"(?:[^"\\]|\\.)*+"|[^<>"])*+>|[^\s<>]++|[<>]', re.DOTALL)
_BY = re.compile(rb"(?:^|\s)by\s", re.IGNORECASE)


def _plain(found: list[Piece]) -> bytes:
    return b"".join(b" " if each.kind == "comment" else each.text for each in found)


def _after(words: list[bytes], name: bytes) -> str:
    """The word that follows the one clause of this name; empty if there is none, or more than one."""
    places = [i for i, word in enumerate(words[:-1]) if word.lower() == name]
    return words[places[0] + 1].decode("latin-1").lower() if len(places) == 1 else ""


def _recipient(found: list[Piece], words: list[bytes]) -> Address | None:
    """The address of the one `for` clause behind the one `by` clause; of several there none, for all must get it."""
    names = [word.lower() for word in words]
    if names.count(b"by") != 1 or _suspicious(found):
        return None
    clauses = words[names.index(b"by") :]
    places = [i for i, name in enumerate(names[names.index(b"by") : -1]) if name == b"for"]
    named = addresses(clauses[places[0] + 1]) if len(places) == 1 and not _listed(clauses[places[0] + 1 :]) else ()
    return named[0] if len(named) == 1 else None


def _listed(words: list[bytes]) -> bool:
    """Whether a comma, and more, follows the first word."""
    return words[0].endswith(b",") or any(each.startswith(b",") for each in words[1:2])


def _suspicious(found: list[Piece]) -> bool:
    """Whether a sender's address may have broken out of its comment.

    Exim writes `by mx (envelope-from <"a) for <ceo@ex.com> ("@evil.example>)`; before `by`, Postfix quotes honestly.
    """
    if any(each.kind == "stray" for each in found):
        return True
    behind = next((i for i, each in enumerate(found) if each.kind == "text" and _BY.search(each.text)), len(found))
    return any(each.kind == "comment" and b'"' in each.text for each in found[behind:])


_DATE = re.compile(
    rb"(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{4}|\d\d)\s+(\d\d?):(\d\d)(?::(\d\d))?\s*([+-]\d{4}|[A-Za-z]+)?"
)
_MONTHS = {name: i for i, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_ZONES = {b"est": -5, b"edt": -4, b"cst": -6, b"cdt": -5, b"mst": -7, b"mdt": -6, b"pst": -8, b"pdt": -7}


def _seconds(text: bytes) -> float | None:
    """Unix seconds of a date (RFC 5322 §3.3, §4.3); None for what is none."""
    found = _DATE.search(b" ".join(text.split()))
    month = _MONTHS.get(found[2].lower()) if found else None
    if not found or month is None:
        return None
    day, year, hour, minute, second = map(int, (*found.group(1, 3, 4, 5), found[6] or 0))
    year += (2000 if year < 50 else 1900) if year < 100 else 0
    midnight = _midnight(year, month, day)
    if midnight is None or hour >= 24 or minute >= 60 or second > 60:
        return None
    return float(midnight + hour * 3600 + minute * 60 + second - _offset(found[7] or b""))


@lru_cache(maxsize=256)
def _midnight(year: int, month: int, day: int) -> int | None:
    """Its Unix seconds in Greenwich; None for a day that is none, or before their time."""
    if year < 1970 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return calendar.timegm((year, month, day, 0, 0, 0))


def _offset(zone: bytes) -> int:
    """Seconds east of Greenwich; a zone that nobody knows counts as Greenwich."""
    if zone[:1] in (b"+", b"-"):
        return int(zone[:1] + b"1") * (int(zone[1:3]) * 3600 + int(zone[3:5]) * 60)
    return _ZONES.get(zone.lower(), 0) * 3600
