"""Spelled: settings as people read them, secrets left out."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from sortlang.rules import FOREVER, Account, Hours, Password

NOT_SAID = "not said"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NOTHING = {"keep": "deleted once delivered", "duplicates": "all delivered"}
_SIZES = ((10**9, "GB"), (2**30, "GiB"), (10**6, "MB"), (2**20, "MiB"), (10**3, "KB"), (2**10, "KiB"), (1, "B"))
_TIMES = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def settings(account: Account) -> dict[str, tuple[object, str]]:
    """Every setting by its name: what it is, to compare, and how it is shown. `tls.ca` is `tls ca`."""
    return dict(_flat("", account))


def spelled(name: str, value: Any) -> str:
    """One value as a rules file would say it."""
    if value is None or value in ("", ()):
        return NOT_SAID
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return duration(value) or _NOTHING.get(name, "0s")
    if isinstance(value, int):
        return size(value) if name in ("limit bytes", "skip over") else str(value)
    if isinstance(value, Password):
        return "a password in the file" if value.kind == "literal" else f'{value.kind} "{value.value}"'
    if isinstance(value, Hours):
        return _hours(value)
    if isinstance(value, tuple):
        return ", ".join(map(_plain, value))
    return str(value)


def duration(seconds: float) -> str:
    """`1h30m`, `forever`; empty for none."""
    if seconds == FOREVER:
        return "forever"
    said, rest = "", int(seconds)
    for factor, unit in _TIMES:
        count, rest = divmod(rest, factor)
        said += f"{count}{unit}" if count else ""
    return said


def size(count: int) -> str:
    """Bytes in the largest unit that says them exactly."""
    return next(f"{count // factor}{unit}" for factor, unit in _SIZES if count % factor == 0)


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, tuple[object, str]]]:
    for each in fields(value):
        if not each.compare or (not prefix and each.name == "name"):
            continue
        name = f"{prefix}{each.name.replace('_', ' ')}"
        inner = getattr(value, each.name)
        if is_dataclass(inner) and not isinstance(inner, Password | Hours):
            yield from _flat(f"{name} ", inner)
        elif inner is not None:
            yield name, (_compared(inner), spelled(name, inner))


def _compared(value: Any) -> object:
    """Targets are a set; headers are asked in their order."""
    return frozenset(map(str, value)) if isinstance(value, tuple) and any(map(is_dataclass, value)) else value


def _plain(value: object) -> str:
    return getattr(value, "text", None) or str(value)


def _hours(hours: Hours) -> str:
    whole = "all day" if hours.start == hours.end else f"between {_clock(hours.start)} and {_clock(hours.end)}"
    days = sorted(hours.days)
    run = len(days) > 2 and days == list(range(days[0], days[-1] + 1))
    named = f"{_DAYS[days[0]]}-{_DAYS[days[-1]]}" if run else ", ".join(_DAYS[each] for each in days)
    return whole if len(days) == 7 else f"{whole} on {named}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
