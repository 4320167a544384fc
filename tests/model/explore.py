"""Every way in which a few faults can fall into the protocol, and what is wrong in the end."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from model.protocol import PLACES, Protocol
from model.world import WHOLE, Reader, World


class Exploration:
    """All schedules of a protocol with one kind of reader. What is known of a world is kept."""

    def __init__(self, protocol: Protocol, reader: Reader) -> None:
        self._protocol, self._reader = protocol, reader
        self._known: dict[tuple[World, int], Counter[str]] = {}

    def result(self, faults: int) -> Counter[str]:
        """How many schedules with at most so many faults there are, by what is wrong at their end; `good`: nothing."""
        return self._from(World(frozenset(PLACES)), faults)

    def _from(self, world: World, faults: int) -> Counter[str]:
        """What comes of it when a session is about to begin there."""
        if (world, faults) not in self._known:
            self._known[world, faults] = self._session(world, faults)
        return self._known[world, faults]

    def _session(self, world: World, faults: int) -> Counter[str]:
        found: Counter[str] = Counter()
        before, world = world, self._protocol.begun(world)
        while True:
            if world.shows_parts():
                found["partial"] += 1
                return found
            world = world.read(self._reader)
            for other in self._struck(world) if faults else ():
                found += self._from(other, faults - 1)
            if not world.todo:
                break
            world = self._protocol.done(world)
        settled = replace(world, todo=())
        return found + (_judged(world) if _over(world) or settled == before else self._from(settled, faults))

    def _struck(self, world: World) -> Iterator[World]:
        """All that a fault can make of it here; after a cut connection the session goes on to its end."""
        yield world.killed()
        yield from set(world.after_power_cut())
        for other in self._protocol.cut(world) if world.todo else ():
            while other.todo:
                other = self._protocol.done(other).read(self._reader)
            yield other.killed()


def _over(world: World) -> bool:
    return not world.server and all(done for *_, done in world.ledger)


def _judged(world: World) -> Counter[str]:
    """Each copy came once and whole into its Maildir, the server has nothing more, and nothing is left in `tmp/`."""
    if not _over(world):
        return Counter({"stuck": 1})
    for message, targets in PLACES.items():
        for target in targets:
            came = [each for each in world.files if (each.target, each.message) == (target, message) and each.names.new]
            if not any(each.content == WHOLE for each in came):
                return Counter({"lost": 1})
            if len(came) > 1:
                return Counter({"doubled": 1})
    return Counter({"leftover" if any(each.names.tmp for each in world.files) else "good": 1})
