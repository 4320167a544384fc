"""A memo: answers remembered, so many and no more."""

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

ROOM = 4096


class Memo(dict[K, V]):
    """`memo[key]` is `answer(key)`, asked once; when there is no more room, all is forgotten at once."""

    __slots__ = ("answer",)

    def __init__(self, answer: Callable[[K], V]) -> None:
        super().__init__()
        self.answer = answer

    def __missing__(self, key: K) -> V:
        if len(self) >= ROOM:
            self.clear()
        value = self[key] = self.answer(key)
        return value

    def __eq__(self, other: object) -> bool:
        """What has been asked so far makes no difference."""
        return isinstance(other, Memo) and bool(self.answer == other.answer)

    def __ne__(self, other: object) -> bool:
        return not self == other
