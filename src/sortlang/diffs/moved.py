"""Moved: how many messages that came would go elsewhere under other rules."""

from collections import Counter
from collections.abc import Iterable

from sortlang.address import Address, InvalidAddress
from sortlang.analysis.outcome import carried
from sortlang.diffs.difference import Moved, Mover
from sortlang.frozen import frozen
from sortlang.program import Destination, Program

TOP = 10
NOBODY = "(no recipient)"


@frozen
class Post:
    """One message that came: through which account, and whom it was for."""

    account: str
    recipients: tuple[str, ...]


def moved(old: Program, new: Program, posts: Iterable[Post], days: int) -> Moved:
    """What the rules would have done with each message then and now; delivery in another way counts, too."""
    asked: dict[tuple[str, str | None], Mover | None] = {}
    counts: Counter[tuple[str, str | None]] = Counter()
    messages = moving = 0
    for post in posts:
        messages += 1
        keys = [(post.account, each) for each in dict.fromkeys(post.recipients or (None,))]
        for key in keys:
            if key not in asked:
                asked[key] = _mover(old, new, *key)
        elsewhere = [key for key in keys if asked[key]]
        moving += bool(elsewhere)
        counts.update(elsewhere)
    return Moved(days, messages, moving, _top(asked, counts))


def _top(
    asked: dict[tuple[str, str | None], Mover | None], counts: Counter[tuple[str, str | None]]
) -> tuple[Mover, ...]:
    """Those with the most messages, of equal ones the first by name."""
    ordered = sorted(counts.items(), key=lambda each: (-each[1], str(each[0])))
    movers = ((asked[key], number) for key, number in ordered[:TOP])
    return tuple(Mover(each.address, each.account, number, each.before, each.after) for each, number in movers if each)


def _mover(old: Program, new: Program, account: str, recipient: str | None) -> Mover | None:
    """None: its mail goes where it went; what is no address goes nowhere in particular."""
    try:
        address = Address.parse(recipient) if recipient is not None else None
    except InvalidAddress:
        return None
    before, after = (_places(program, address, account) for program in (old, new))
    if before == after:
        return None
    named = {place for place, _ in before} != {place for place, _ in after}
    return Mover(recipient or NOBODY, account, 0, _shown(before, named), _shown(after, named))


Places = frozenset[tuple[str, str]]
"""Addresses as they are compared, and how each is delivered."""


def _places(program: Program, address: Address | None, account: str) -> Places:
    box = next((each for each in program.accounts if each.name == account), None)
    fixed = program.delivered(box) if box and box.deliver else None
    found = fixed if fixed is not None else program.route(address, account if box else None).destinations
    return frozenset(_place(program, each) for each in found)


def _place(program: Program, destination: Destination) -> tuple[str, str]:
    if destination.address is None:
        return destination.kind, ""
    address = destination.address
    return f"{address.local}@{address.domain}", carried(program.transport(address))


def _shown(places: Places, named: bool) -> tuple[str, ...]:
    """The addresses; where they are the same, how they are delivered."""
    return tuple(sorted(place if named or not way else f"{place} by {way}" for place, way in places))
