"""The window: how far requests may run ahead of their answers."""

from collections.abc import Sequence

from fetchrun.listing import Entry
from sortlang.frozen import frozen


@frozen
class Window:
    """At most so many messages, and so many octets by their listed sizes, asked for and not yet received.

    The octets bound what a cut connection throws away; a message larger than that goes alone.
    """

    messages: int = 1024
    octets: int = 4 * 1024 * 1024

    def room(self, messages: int, octets: int, waiting: Sequence[Entry]) -> int:
        """How many of the waiting may be asked for, `messages` of `octets` being under way.

        None while more than half of either is: fewer, larger writes.
        """
        if messages and (2 * messages > self.messages or 2 * octets > self.octets):
            return 0
        taken = 0
        for entry in waiting:
            octets += entry.size
            if messages + taken >= self.messages or (messages + taken and octets > self.octets):
                break
            taken += 1
        return taken


ONE = Window(messages=1)
HEADERS = Window(messages=128, octets=1 << 62)
