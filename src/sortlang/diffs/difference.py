"""A Difference: all that one program does otherwise than another."""

from typing import Literal

from sortlang.analysis.change import Change
from sortlang.frozen import frozen


@frozen
class Setting:
    """What one thing was and is, as people read it, never a secret."""

    name: str
    before: str
    after: str


@frozen
class Altered:
    """An account, a local domain, or the settings of the whole file (`kind` `file`, without a name).

    `renamed`: an account with another name for the same mailbox, which is `name` now and was `old`.
    """

    kind: Literal["account", "domain", "file"]
    name: str
    what: Literal["added", "removed", "renamed", "changed"]
    settings: tuple[Setting, ...] = ()
    old: str = ""


@frozen
class Difference:
    """Whose mail goes elsewhere, and what else is not as it was."""

    changes: tuple[Change, ...] = ()
    altered: tuple[Altered, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes or self.altered)


@frozen
class Mover:
    """An address whose mail would have moved, how many messages of it there were, and where they went and would go."""

    address: str
    account: str
    messages: int
    before: tuple[str, ...]
    after: tuple[str, ...]


@frozen
class Moved:
    """Of `messages` in the log, `moving` would go elsewhere, in whole or in part; `top` are those with the most."""

    days: int
    messages: int
    moving: int
    top: tuple[Mover, ...] = ()


@frozen
class Comparison:
    """A pair of files: their names as people read them; `only`: the side that has the file, if not both do."""

    old: str
    new: str
    difference: Difference = Difference()
    only: Literal["old", "new"] | None = None
    moved: Moved | None = None

    def __bool__(self) -> bool:
        return bool(self.difference) or self.only is not None
