"""Disk: rules files in a folder, named from there."""

from dataclasses import dataclass, field
from glob import glob, has_magic
from pathlib import Path
from posixpath import basename, dirname, join, normpath, realpath, relpath

from sortlang.files import below, text_of
from sortlang.source import Source


@dataclass(frozen=True)
class Disk:
    """A Shelf: files below the folder `root`. `paths`: those that are meant, files or folders, seen from there."""

    root: str
    paths: tuple[str, ...]
    label: str = ""
    _known: dict[str, Source] = field(default_factory=dict, repr=False, compare=False)

    @staticmethod
    def at(path: str) -> "Disk":
        """The folder, or the folder of the file."""
        if Path(path).is_dir():
            return Disk(path, (".",), join(normpath(path), ""))
        return Disk(dirname(path) or ".", (basename(path),), join(dirname(path), ""))

    def rules(self) -> list[str]:
        """All `*.sort` files in the folders; a file that is named is meant whatever its name."""
        found = below([join(self.root, each) for each in self.paths])
        return sorted(relpath(each, self.root) for each in found)

    def named(self, pattern: str) -> list[str]:
        """By the file system."""
        if not has_magic(pattern):
            return [pattern]
        names = glob(pattern, root_dir=self.root)  # noqa: PTH207
        return sorted(name for name in names if not Path(self.root, name).is_dir())

    def source(self, name: str) -> Source:
        """As it is now; read once, by whatever name."""
        real = realpath(join(self.root, name))
        if real not in self._known:
            self._known[real] = Source(name, text_of(real))
        return self._known[real]
