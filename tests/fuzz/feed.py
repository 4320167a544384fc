"""What a fuzzer gives, taken in pieces: numbers from its end, the rest as it is."""


class Feed:
    """Numbers are taken from the end, so that the rest keeps its place when a fuzzer changes them."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def number(self, below: int) -> int:
        """0 when there is nothing left."""
        if not self._data:
            return 0
        self._data, last = self._data[:-1], self._data[-1]
        return last % below

    def rest(self) -> bytes:
        return self._data

    def chunks(self, cuts: int) -> list[bytes]:
        """The rest, cut so often at places that the data itself chooses."""
        places = sorted(self.number(256) for _ in range(self.number(cuts + 1)))
        data = self.rest()
        ends = [place * len(data) // 256 for place in places]
        return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]

    def text(self) -> str:
        return self.rest().decode("utf-8", "surrogateescape")
