"""How far requests run ahead."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from fetchrun.listing import Entry
from fetchrun.server.window import ONE, Window


@given(st.lists(st.integers(0, 120)), st.integers(1, 9), st.integers(1, 100))
def test_bounds_hold_and_everything_is_asked_for(sizes: list[int], messages: int, octets: int) -> None:
    window = Window(messages, octets)
    waiting = deque(Entry(number, b"", size) for number, size in enumerate(sizes, 1))
    in_flight: deque[Entry] = deque()
    answered = []
    while waiting or in_flight:
        in_flight.extend(
            [
                waiting.popleft()
                for _ in range(window.room(len(in_flight), sum(each.size for each in in_flight), waiting))
            ]
        )
        assert 0 < len(in_flight) <= messages
        assert len(in_flight) == 1 or sum(entry.size for entry in in_flight) <= octets
        answered.append(in_flight.popleft().number)
    assert answered == list(range(1, len(sizes) + 1))


def test_it_fills_up_when_half_is_empty() -> None:
    entries = [Entry(number, b"", 1) for number in range(100)]
    window = Window(messages=10, octets=1000)
    assert [window.room(under_way, under_way, entries) for under_way in (0, 4, 5, 6, 10)] == [10, 6, 5, 0, 0]
    assert [ONE.room(under_way, under_way, entries) for under_way in (0, 1)] == [1, 0]
