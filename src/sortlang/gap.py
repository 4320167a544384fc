"""A Gap: a rule that no expectation pins down."""

from dataclasses import dataclass

from sortlang.analysis.region import Region
from sortlang.rules import Rule


@dataclass(frozen=True, slots=True)
class Gap:
    """A rule that no expectation reaches; `region` has an address that would, `line` the `expect` for it.

    `region` None: no address reaches the rule at all.
    """

    rule: Rule
    region: Region | None
    line: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many `sort` and `copy` rules there are, and the gaps among them."""

    count: int
    gaps: tuple[Gap, ...]

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means all."""
        return 100 * (self.count - len(self.gaps)) // self.count if self.count else 100
