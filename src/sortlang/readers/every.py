"""When an account is asked: `every`."""

from collections.abc import Sequence

from sortlang.mistake import Mistake, mistake
from sortlang.reader import Facets
from sortlang.rules import Hours
from sortlang.syntax.tree import Item, Statement, Value
from sortlang.values.plain import duration, shown, time

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def every(statement: Statement, usage: str) -> Facets:
    """`every 1m [between 06:00 and 22:00] [on mon-fri, sun]`: seconds, and hours if there are any.

    Both are said at once: an account that says how often says when, too, whatever `defaults` has.
    """
    if not statement.left:
        raise mistake("wrong-value", "`every` says nothing", statement.keyword.span, f"write `{usage}`")
    first, *more = statement.left
    often, *rest = first.values
    seconds = duration(often, usage)
    start, end, rest = _between(rest, usage)
    days = _on(rest, more, usage)
    bound = (start, end) != (0, 0) or days != Hours().days
    return {"every": seconds, "hours": Hours(start, end, days) if bound else None}


def _between(values: list[Value], usage: str) -> tuple[int, int, list[Value]]:
    """The minutes of `between A and B`, and what stands behind it."""
    if not values or not _is(values[0], "between"):
        return 0, 0, values
    if len(values) < 4 or not _is(values[2], "and"):
        raise mistake("wrong-value", "`between` says from when, `and`, until when", values[0].span, f"write `{usage}`")
    start, end = time(values[1]), time(values[3])
    if start % 1440 == end % 1440:
        raise mistake("wrong-value", "nothing lies between a time and itself", values[3].span, f"write `{usage}`")
    return start % 1440, end % 1440, values[4:]


def _on(values: list[Value], more: Sequence[Item], usage: str) -> tuple[int, ...]:
    """The days of `on mon-fri, sun`; without `on`, all."""
    if not values and not more:
        return Hours().days
    if len(values) != 2 or not _is(values[0], "on"):
        odd = values[0] if values else more[0].values[0]
        raise mistake("wrong-value", f"expected `on`, not {shown(odd)}", odd.span, f"write `{usage}`")
    named = [values[1], *(_single(each, usage) for each in more)]
    return tuple(sorted({day for each in named for day in _days(each)}))


def _single(item: Item, usage: str) -> Value:
    if len(item.values) > 1:
        raise mistake("wrong-value", "one value too many", item.values[1].span, f"write `{usage}`")
    return item.values[0]


def _days(value: Value) -> list[int]:
    """`mon`, or `mon-fri`; `sat-mon` goes on past Sunday."""
    first, dash, last = value.text.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        raise _no_day(value)
    start = DAYS.index(first)
    return [(start + step) % 7 for step in range((DAYS.index(last) - start) % 7 + 1 if dash else 1)]


def _no_day(value: Value) -> Mistake:
    return mistake("wrong-value", f"{shown(value)} is no day", value.span, f"days are {', '.join(DAYS)}, or `mon-fri`")


def _is(value: Value, word: str) -> bool:
    return value.kind == "word" and value.text == word
