"""Ages: times and sizes as people say them."""

import time

_UNITS = ((86_400.0, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second"))


def lasting(seconds: float) -> str:
    """`3 hours`: the largest unit that fits, rounded down; less than a second is `a moment`."""
    for size, unit in _UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}" + ("s" if count > 1 else "")
    return "a moment"


def ago(moment: float | None, now: float) -> str:
    """`3 hours ago`, both in Unix seconds; None: `never`."""
    return "never" if moment is None else f"{lasting(now - moment)} ago"


def ahead(moment: float, now: float) -> str:
    """`in 3 hours`, or `now`."""
    return f"in {lasting(moment - now)}" if moment - now >= 1 else "now"


def clock(moment: float) -> str:
    """Local date and time, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))


def octets(size: float) -> str:
    """`14.2 MB`."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def counted(count: int, word: str = "message") -> str:
    """`1 message`, `2 messages`."""
    return f"{count} {word}" + ("" if count == 1 else "s")
