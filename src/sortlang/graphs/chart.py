"""A Chart: accounts, rules, destinations as they are drawn; names alone."""

from typing import Literal

from sortlang.frozen import frozen

Kind = Literal["sort", "list", "copy", "deliver", "rest"]
"""`list`: by List-Id. `deliver`: all mail of an account. `rest`: what no rule takes."""


@frozen
class Box:
    """An account. `shared`: the rules of the file are asked for its mail."""

    name: str
    server: str
    note: str
    disabled: bool
    shared: bool


@frozen
class Row:
    """Rules that say the same: the patterns without what their group has in common, and the keys of their ends.

    `notes` are the comments above them, `rules` their text in full.
    """

    kind: Kind
    names: tuple[str, ...]
    ends: tuple[str, ...]
    notes: tuple[str, ...]
    rules: tuple[str, ...]


@frozen
class Group:
    """Rows of one domain, or of one account (`scope`)."""

    title: str
    scope: str | None
    rows: tuple[Row, ...]


@frozen
class End:
    """One destination: its name below the title of its place, and how it is delivered; empty: as ever."""

    key: str
    name: str
    transport: str


@frozen
class Place:
    """Destinations of one domain; `nowhere`: what is delivered to no mailbox."""

    title: str
    ends: tuple[End, ...]
    nowhere: bool = False


@frozen
class Chart:
    """All that is drawn, sorted by name: the order of statements leaves no trace."""

    accounts: tuple[Box, ...]
    groups: tuple[Group, ...]
    places: tuple[Place, ...]
