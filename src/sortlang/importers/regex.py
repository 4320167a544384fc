"""Regular expressions that are really addresses or domains, as patterns."""

import re
from collections.abc import Iterator

from sortlang.importers.spelling import pattern

MOST = 50
_GROUP = re.compile(r"\((?:\?:)?((?:\\[^A-Za-z0-9]|[^()\\?*+])*)\)(\??)(?![*+{])")
_PIECE = re.compile(
    r"(?P<run>\.\*|\.\+|\[\^@\][*+])|(?P<escaped>\\[^A-Za-z0-9])|(?P<dot>\.)|(?P<letter>[^\\^$*+?{}\[\]()|.])"
)


def patterns(regex: str) -> tuple[str, ...]:
    """The patterns that take what the regular expression takes, as far as mail goes; none if that cannot be said.

    Alternatives are written out. A dot that is meant as a dot is one. The expression is searched for anywhere in an
    address: whoever wrote `anna@example.com` meant that address; one without `@` is not understood.
    """
    found: list[str] = []
    for each in _alternatives(regex, 0):
        text = _glob(each)
        if text is None or len(found) >= MOST:
            return ()
        found.append(text)
    return tuple(dict.fromkeys(found))


def _alternatives(regex: str, depth: int) -> Iterator[str]:
    group = _GROUP.search(regex)
    if group is None or depth > 6:
        yield regex
        return
    choices = group[1].split("|") + ([""] if group[2] else [])
    for each in choices[:MOST]:
        yield from _alternatives(regex[: group.start()] + each + regex[group.end() :], depth + 1)


def _glob(regex: str) -> str | None:
    bound = regex.removeprefix("^").removesuffix("$")
    if "@" not in bound or bound == "*@*":
        return None
    text = ""
    place = 0
    while place < len(bound):
        piece = _PIECE.match(bound, place)
        if piece is None:
            return None
        text += "*" if piece["run"] else piece.group().removeprefix("\\")
        place = piece.end()
    text = f"*{text}" if text.startswith("@") else text
    return pattern(f"{text}*" if text.endswith("@") else text)
