"""A screen: how wide text is on it, and text that can do it no harm."""

import unicodedata

TAB = 4


def visible(text: str) -> str:
    """The text with everything that would move the cursor or hide itself written out: `\\u{202e}`."""
    return text if text.isascii() and text.isprintable() else "".join(map(shown, text))


def shown(letter: str) -> str:
    """One character as it may be printed."""
    hidden = unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return f"\\u{{{ord(letter):x}}}" if hidden else letter


def width(text: str) -> int:
    """The columns that visible text takes: wide characters take two, combining marks none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
