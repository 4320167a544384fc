"""An importer: reads one kind of foreign configuration."""

from collections.abc import Callable

from sortlang.frozen import frozen
from sortlang.importers.draft import Draft
from sortlang.source import Source


@frozen
class Importer:
    """`hide` puts something else in place of the passwords in a text, without moving anything; `read` never raises.

    `title` is what the kind of file is called.
    """

    name: str
    title: str
    hide: Callable[[str], str]
    read: Callable[[Source], Draft]
