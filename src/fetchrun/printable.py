"""Foreign text made fit for one line of a log or a terminal."""

MOST = 200


def printable(text: bytes | str, most: int = MOST) -> str:
    """At most `most` characters; what is not printable is escaped: control, bidi, line ends, bad UTF-8."""
    spelled = text.decode("utf-8", "backslashreplace") if isinstance(text, bytes) else text
    shown = "".join(each if each.isprintable() else _escaped(each) for each in spelled[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode()
