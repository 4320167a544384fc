"""A glob: text in which `*` stands for any run of characters."""

from sortlang.address import folded
from sortlang.frozen import frozen

GlobRank = tuple[bool, int, int, int, int]


@frozen
class Glob:
    """One half of a pattern. `text` is normalised as addresses are, and no `*` stands beside another: see `Glob.of`."""

    text: str

    @staticmethod
    def of(text: str) -> "Glob":
        """The glob that `text` spells; stars side by side say no more than one."""
        while "**" in text:
            text = text.replace("**", "*")
        return Glob(text)

    @property
    def stars(self) -> int:
        return self.text.count("*")

    @property
    def rank(self) -> GlobRank:
        """Smaller is more specific: no `*`, more literals, a longer literal start, a longer literal end, fewer `*`.

        It extends inclusion: if p takes less than q, p ranks before q. Write n literals for p. Without `*`, p ranks
        first or q has none either and is p. Else let every `*` of p be empty: q takes that word, so q has at most n
        literals. With fewer, p ranks first. With n, both spell the same word, for q takes it with every `*` empty. Now
        let every `*` of p be a letter that neither knows: q takes that word too, and only its `*` can take those
        letters, so q has a `*` wherever p has one, and, as it takes more, at least one other. That one stands before
        all of p's (q's start is shorter), or after them all (its end is), or between them (q has more `*`).
        """
        start, end = self.text.find("*"), self.text.rfind("*")
        if start < 0:
            return (False, -len(self.text), 0, 0, 0)
        stars = self.stars
        return (True, stars - len(self.text), -start, end + 1 - len(self.text), stars)

    def matches(self, text: str) -> bool:
        """Whether the glob takes all of `text`; linear, never tries twice."""
        start, *middles = self.text.split("*")
        if not middles:
            return text == start
        end = middles.pop()
        last = len(text) - len(end)
        return (
            last >= len(start)
            and text.startswith(start)
            and text.endswith(end)
            and in_order(middles, text, len(start), last)
        )

    def capture(self, text: str, spelled: str | None = None) -> str:
        """What the one `*` took of `text`, which the glob matches; nothing without exactly one `*`.

        With `spelled`, of which `text` is the folded form, it is given in that spelling. Where folding ran letters
        together across the edge of the `*` (`stras*` and `Straße`) there is no such spelling: then as folded.
        """
        start, star, end = self.text.partition("*")
        if not star or "*" in end:
            return ""
        if spelled is None or spelled.isascii():
            return (spelled or text)[len(start) : len(text) - len(end)]
        return _as_spelled(start, end, spelled) or text[len(start) : len(text) - len(end)]


def in_order(literals: list[str], text: str, begin: int, end: int) -> bool:
    """Whether the literals stand in `text[begin:end]` one after another: taking each at its first place is enough."""
    for literal in literals:
        place = text.find(literal, begin, end)
        if place < 0:
            return False
        begin = place + len(literal)
    return True


def _as_spelled(start: str, end: str, spelled: str) -> str:
    """The stretch of `spelled` between what folds to `start` and what folds to `end`; nothing if there is none."""
    edges = range(len(spelled) + 1)
    first = next((edge for edge in edges if folded(spelled[:edge]) == start), None)
    last = next((edge for edge in reversed(edges) if folded(spelled[edge:]) == end), None)
    if first is None or last is None or first > last:
        return ""
    took = spelled[first:last]
    return took if folded(start + took + end) == folded(spelled) else ""
