"""The world of the model: files of which a power cut keeps what was flushed, a ledger, a server, a mail reader."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

Reader = Literal["nobody", "moves", "deletes"]
Step = tuple[object, ...]
"""What is done, to what: ("rename", target, message)."""

WHOLE = 2
"""So much content a file has in the end; 1 is a part of it."""


@dataclass(frozen=True, order=True)
class Names:
    """Where a file is called by its name: in `tmp/` or not; in `new/`, or where the reader has put it: cur, gone."""

    tmp: bool = False
    new: Literal["", "new", "cur", "gone"] = ""


@dataclass(frozen=True, order=True)
class File:
    """The `inode`-th one of this message there. `past`: its names as they are for good, and then after each change that
    is not flushed yet, each with the directories that it changed; a power cut may forget the changes from any on, as a
    journal keeps their order.
    """

    target: str
    message: int
    inode: int = 0
    name: int = 0
    past: tuple[tuple[str, Names], ...] = (("", Names()),)
    content: int = 0
    flushed: int = 0

    @property
    def names(self) -> Names:
        return self.past[-1][1]

    def called(self, names: Names, changed: str) -> "File":
        """It has other names now; `changed`: the directories, as in `tmp new`."""
        return replace(self, past=(*self.past, (changed, names)))

    def flushed_in(self, folder: str) -> "File":
        """All changes up to the last one in that directory hold for good."""
        last = max((n for n, (changed, _) in enumerate(self.past) if folder in changed.split()), default=0)
        return replace(self, past=(("", self.past[last][1]), *self.past[last + 1 :]))

    def after_power_cut(self) -> Iterator["File"]:
        """All that may be left of it."""
        for names, content in product({names for _, names in self.past}, {self.flushed, self.content}):
            yield replace(self, past=(("", names),), content=content, flushed=content)


@dataclass(frozen=True)
class World:
    """`ledger`: (target, message, name of the file) and whether that copy is done; `todo`: the steps that are left.

    `server`: the messages there; `marked`: by DELE, in this session.
    """

    server: frozenset[int]
    files: frozenset[File] = frozenset()
    ledger: frozenset[tuple[str, int, int, bool]] = frozenset()
    marked: frozenset[int] = frozenset()
    todo: tuple[Step, ...] = ()

    def swapped(self, old: File, new: File | None) -> "World":
        """One file is another now, or no more."""
        return replace(self, files=(self.files - {old}) | ({new} if new else set()))

    def read(self, reader: Reader) -> "World":
        """The reader does to all that is new what he does."""
        if reader == "nobody":
            return self
        put: Literal["cur", "gone"] = "cur" if reader == "moves" else "gone"
        return replace(
            self,
            files=frozenset(
                each.called(replace(each.names, new=put), "new") if each.names.new == "new" else each
                for each in self.files
            ),
        )

    def killed(self) -> "World":
        """The process is no more, and the server forgets its session; files stay as they are."""
        left = (each for each in self.files if each.names != Names() or len(each.past) > 1)
        return replace(self, marked=frozenset(), todo=(), files=frozenset(left))

    def after_power_cut(self) -> Iterator["World"]:
        """All that may be left of it."""
        for files in product(*(tuple(each.after_power_cut()) for each in sorted(self.files))):
            there = frozenset(each for each in files if each.names != Names())
            yield replace(self, files=there).killed()

    def shows_parts(self) -> bool:
        """Whether a reader can see a file that is not whole."""
        return any(each.names.new == "new" and each.content < WHOLE for each in self.files)
