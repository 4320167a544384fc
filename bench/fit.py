"""How a cost grows: the exponent of what it is over the sizes, and whether that is more than n log n has."""

from collections.abc import Sequence
from itertools import pairwise
from math import log

LAST = 3
"""So many of the largest sizes count: below, what a start costs hides the rest."""

NOISE = 0.15
"""So much more than n log n has between the same sizes is taken for chance."""

Point = tuple[float, float]
"""A size and its cost, both above 0."""


def exponent(points: Sequence[Point]) -> float:
    """The slope of the line that fits the logarithms of the largest sizes best, by least squares."""
    logs = [(log(size), log(cost)) for size, cost in sorted(points)[-LAST:]]
    middle, height = (sum(each) / len(logs) for each in zip(*logs, strict=True))
    return sum((x - middle) * (y - height) for x, y in logs) / sum((x - middle) ** 2 for x, _ in logs)


def bound(points: Sequence[Point]) -> float:
    """The largest exponent that these sizes may have."""
    return exponent([(size, size * log(max(size, 2))) for size, _ in points]) + NOISE


def rising(points: Sequence[Point]) -> bool:
    """Whether there are sizes enough to tell."""
    return len(points) >= LAST and all(one[0] < other[0] for one, other in pairwise(sorted(points)))
