"""Reading: how the core is given the files that a text names."""

from collections.abc import Callable, Sequence

from sortlang.source import Source

Reader = Callable[[str, Source], Sequence[Source]]
"""The files that a pattern names, seen from the file it stands in; raises OSError."""


def reason(why: OSError) -> str:
    """What the system says, in a clause."""
    clause = why.strerror or str(why) or "it cannot be read"
    return clause[0].lower() + clause[1:]
