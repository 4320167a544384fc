"""Values: what one value says, as text, number, size, duration, time."""

import posixpath
import re
from collections.abc import Iterable

from sortlang.mistake import Mistake, mistake
from sortlang.suggest import did_you_mean
from sortlang.syntax.tree import Item, Statement, Value

_SIZES = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_NUMBER = re.compile(r"[0-9]{1,12}")
_SIZE = re.compile(r"([0-9]{1,12}) ?([kmgt]?i?b)", re.IGNORECASE)
_DURATION = re.compile(r"(?:[0-9]{1,9}[smhdw])+")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_CENTURY = 100 * 365 * 86_400


def item(statement: Statement, usage: str) -> Item:
    """The only item of a setting; raises Mistake when there are several, or none."""
    if not statement.left:
        raise mistake(
            "wrong-value", f"`{statement.keyword.text}` says nothing", statement.keyword.span, f"write `{usage}`"
        )
    if len(statement.left) > 1:
        raise mistake(
            "wrong-value", f"`{statement.keyword.text}` takes no list", statement.left[1].span, f"write `{usage}`"
        )
    return statement.left[0]


def only(statement: Statement, usage: str) -> Value:
    """The only value of a setting; raises Mistake when there are several, or none."""
    return single(item(statement, usage), f"write `{usage}`")


def single(values: Item, hint: str) -> Value:
    """The only value of an item."""
    if len(values.values) > 1:
        raise mistake("wrong-value", "one value too many", values.values[1].span, hint)
    return values.values[0]


def text(value: Value, what: str) -> str:
    """The value as text without control characters; `what` names it in the finding."""
    if not value.text:
        raise mistake("wrong-value", f"{what} is empty", value.span)
    if any(letter < " " or letter == "\x7f" or "\ud800" <= letter <= "\udfff" for letter in value.text):
        raise mistake("wrong-value", f"{what} holds a line break or another character that is no text", value.span)
    return value.text


def path(value: Value, what: str) -> str:
    """A file name, relative to the file it stands in; one that begins with `~` is somebody's home's."""
    name = text(value, what)
    return name if name.startswith("~") else posixpath.join(posixpath.dirname(value.span.source.name), name)


def choice(value: Value, words: Iterable[str]) -> str:
    """One of the words."""
    known = tuple(words)
    if value.text in known and value.kind != "string":
        return value.text
    if value.text in known:
        raise mistake(
            "wrong-value", f"`{value.text}` is a word and stands without quotes", value.span, f"write {value.text}"
        )
    expected = " or ".join(f"`{each}`" for each in known)
    raise mistake(
        "wrong-value", f"expected {expected}, not {shown(value)}", value.span, did_you_mean(value.text, known)
    )


def number(value: Value, least: int, most: int, usage: str) -> int:
    """A whole number in its bounds."""
    if not _NUMBER.fullmatch(value.text):
        raise mistake("wrong-value", f"expected a number, not {shown(value)}", value.span, f"write `{usage}`")
    if not least <= int(value.text) <= most:
        raise mistake("wrong-value", f"{int(value.text)} lies outside {least} to {most}", value.span)
    return int(value.text)


def is_number(value: Value) -> bool:
    """Whether the value is a whole number, in bounds or not."""
    return _NUMBER.fullmatch(value.text) is not None


def size(value: Value, usage: str) -> int:
    """A size in bytes: `10KB` (1,000s) or `10KiB` (1,024s)."""
    found = _SIZE.fullmatch(value.text)
    if not found:
        raise _unit(value, "a size", "B, KB, MB, GB or KiB, MiB, GiB", usage)
    count = int(found[1]) * _SIZES[found[2].lower()]
    if not 0 < count < 2**60:
        raise mistake("wrong-value", f"{shown(value)} is out of bounds", value.span)
    return count


def duration(value: Value, usage: str) -> float:
    """A duration in seconds: `30s`, `1h30m`, `7d`, `2w`."""
    if not _DURATION.fullmatch(value.text):
        raise _unit(value, "a duration", "s, m, h, d or w", usage)
    seconds = sum(int(each[:-1]) * _SECONDS[each[-1]] for each in re.findall(r"[0-9]+[smhdw]", value.text))
    if not 0 < seconds <= _CENTURY:
        raise mistake("wrong-value", f"{shown(value)} lies outside one second to a hundred years", value.span)
    return float(seconds)


def time(value: Value) -> int:
    """A time of day in minutes since midnight, `00:00` to `24:00`."""
    found = _TIME.fullmatch(value.text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if not found or int(found[2]) > 59 or minutes > 24 * 60:
        raise mistake("wrong-value", f"expected a time of day, not {shown(value)}", value.span, "write `06:00`")
    return minutes


def shown(value: Value) -> str:
    """A value as findings quote it: short, and never across lines."""
    brief = value.text if len(value.text) <= 40 else value.text[:39] + "…"
    return f"`{brief}`"


def _unit(value: Value, what: str, units: str, usage: str) -> Mistake:
    if is_number(value):
        return mistake("wrong-value", f"{shown(value)} has no unit", value.span, f"units are {units}: write `{usage}`")
    return mistake(
        "wrong-value", f"expected {what}, not {shown(value)}", value.span, f"units are {units}: write `{usage}`"
    )
