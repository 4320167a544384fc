"""A Gap: a rule that no expectation pins down."""

from sortlang.analysis.region import Region
from sortlang.frozen import frozen
from sortlang.rules import Rule


@frozen
class Gap:
    """A rule that no expectation reaches; `region` has an address that would, `line` the `expect` for it.

    `region` None: no address reaches the rule at all, or it is one for a list.
    """

    rule: Rule
    region: Region | None
    line: str = ""


@frozen
class Coverage:
    """How many `sort`, `sort list` and `copy` rules there are, and the gaps among them."""

    count: int
    gaps: tuple[Gap, ...]

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means all."""
        return 100 * (self.count - len(self.gaps)) // self.count if self.count else 100
