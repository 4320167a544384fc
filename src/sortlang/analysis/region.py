"""A Region: the addresses of a pattern but for some, and one to show."""

from collections.abc import Iterable
from dataclasses import field

from sortlang.address import Address
from sortlang.analysis.meet import general
from sortlang.analysis.witness import Exceptions, Shows, witness
from sortlang.frozen import frozen
from sortlang.pattern import Pattern

SHOWN = 3


@frozen
class Region:
    """What `pattern` takes and no exception does. `pattern` None: mail without a recipient, its witness is None too."""

    pattern: Pattern | None
    exceptions: tuple[Pattern, ...] = ()
    witness: Address | None = field(default=None, compare=False)

    def takes(self, address: Address | None) -> bool:
        """Whether the address lies in the region; None is mail in which no recipient was found."""
        if self.pattern is None or address is None:
            return self.pattern is None and address is None
        return self.pattern.matches(address) and not any(each.matches(address) for each in self.exceptions)

    def __str__(self) -> str:
        """ "`*@ex.com` except `anna@ex.com`", the first exceptions by name and the others by number."""
        if self.pattern is None:
            return "mail without a recipient"
        named = [f"`{each}`" for each in self.exceptions[:SHOWN]]
        more = len(self.exceptions) - len(named)
        listed = ", ".join(named) + (f" and {more} more" if more else "")
        return f"`{_full(self.pattern)}`" + (f" except {listed}" if listed else "")


NOBODY = Region(None)
"""Mail in which no recipient was found: only lone `*` takes it."""


def region(pattern: Pattern, exceptions: Iterable[Pattern], shows: Shows = lambda place: True) -> Region | None:
    """The region with its widest exceptions, those within others left out; None if no address lies in it.

    The witness is an address that `shows` what the region is for: not one that comes out alike by chance.
    """
    excepted = Exceptions.of(exceptions)
    if excepted.take(general(pattern)):
        return None
    shown = witness(pattern, excepted, shows)
    return Region(Pattern(pattern.local, pattern.domain), excepted.widest(), shown) if shown else None


def _full(pattern: Pattern) -> str:
    return f"{pattern.local.text}@{pattern.domain.text}"
