"""The stamp: our header lines above a message, to trace it by."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import quote

LINE_SIZE = 78


DELIVERY_ID = b"x-fetchrun-delivery-id"


def delivery_id(identity: str) -> bytes:
    """The line by which the other side knows a copy that comes a second time."""
    return _line(f"X-Fetchrun-Delivery-Id: {identity}")


def quarantine_lines(reasons: Iterable[str]) -> bytes:
    """Why the message lies in quarantine, a line for each reason."""
    return b"".join(_line(f"X-Fetchrun-Quarantine: {_told(each)}") for each in reasons)


def named_account(account: str) -> bytes:
    """How the value of our `X-Fetchrun` line begins for mail of that account."""
    return f'account="{_escaped(account)}";'.encode()


def stamp(account: str, source: str, rule: str, digest: str, *, guessed: bool, addresses: Sequence[str] = ()) -> bytes:
    """`Delivered-To` for each address, then `X-Fetchrun`; each line ended by LF; ValueError for a line that is two.

    `rule` as `FILE:LINE`, empty if none took it. ASCII, but for an address that is not (RFC 6532 §3.2).
    """
    facts = [f'account="{_escaped(account)}"', f"source={_escaped(source)}"]
    facts += [f"rule={_escaped(rule)}"] if rule else []
    facts += [f"rules={_escaped(digest)}"]
    facts += ["guess=yes"] if guessed else []
    lines = [f"Delivered-To: {each}" for each in addresses] + _folded("X-Fetchrun:", facts)
    return b"".join(map(_line, lines))


def _folded(name: str, facts: Sequence[str]) -> list[str]:
    lines = [name]
    for i, fact in enumerate(facts):
        text = fact + ";" * (i < len(facts) - 1)
        if len(lines[-1]) + 1 + len(text) <= LINE_SIZE or lines == [name]:
            lines[-1] += f" {text}"
        else:
            lines.append(f"\t{text}")
    return lines


def _told(text: str) -> str:
    """On one line, and not longer than a line may be."""
    return "".join(each if each.isprintable() else "?" for each in text)[:800]


@lru_cache(maxsize=1024)
def _escaped(text: str) -> str:
    """Printable ASCII that neither ends a quoted string nor opens a comment; all else as `%XX` of its UTF-8."""
    return quote(text, safe="/:,@+=*!#$&'<>[]^`{|}~", errors="surrogateescape")


def _line(text: str) -> bytes:
    if "\r" in text or "\n" in text or "\0" in text:
        raise ValueError("a header line holds a line end")
    return text.encode("utf-8") + b"\n"
