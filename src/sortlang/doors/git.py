"""Git: rules files as they are in a revision."""

import errno
import os
import posixpath
import subprocess
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from glob import has_magic
from itertools import accumulate
from pathlib import Path

from sortlang.files import decoded, text_of
from sortlang.frozen import frozen
from sortlang.source import Source

_LINK, _MODULE = "120000", "160000"
_MAX_LINKS = 40


class GitFailed(Exception):
    """What git says it cannot do, in a clause."""


@frozen
class Entry:
    """A file of a revision: its mode and the name of its content."""

    mode: str
    blob: str


@dataclass(frozen=True)
class Revision:
    """A Shelf: the files of a commit, named from the top of the repository. `paths`: those that are meant."""

    top: str
    label: str
    entries: dict[str, Entry] = field(repr=False)
    paths: tuple[str, ...] = (".",)
    _known: dict[str, Source] = field(default_factory=dict, repr=False, compare=False)

    @staticmethod
    def at(top: str, revision: str, paths: tuple[str, ...]) -> "Revision":
        """The revision of the repository whose files lie at `top`; raises GitFailed."""
        commit = run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", at=top)
        if not commit.strip():
            raise GitFailed(f"there is no revision `{revision}`")
        lines = run("ls-tree", "-r", "-z", "--full-tree", commit.decode().strip(), at=top)
        return Revision(top, f"{revision}:", dict(map(_entry, lines.split(b"\0")[:-1])), paths)

    def rules(self) -> list[str]:
        """All `*.sort` files in the folders, hidden ones left out; a file that is named is meant whatever its name."""
        return sorted({name for path in self.paths for name in self._below(path)})

    def named(self, pattern: str) -> list[str]:
        """As the file system would find them; hidden files only by a pattern that begins so too."""
        if not has_magic(pattern):
            return [pattern]
        parts = pattern.split("/")
        return sorted(name for name in self.entries if _matches(name.split("/"), parts))

    def source(self, name: str) -> Source:
        """Links are followed; what lies outside of the repository is read from disk, as it is now."""
        real = self._followed(name)
        if real not in self._known:
            self._known[real] = Source(name, self._text(real))
        return self._known[real]

    def _below(self, path: str) -> list[str]:
        if path in self.entries:
            return [path]
        start = "" if path == "." else f"{path}/"
        inside = (name for name in self.entries if name.startswith(start) and name.endswith(".sort"))
        return [name for name in inside if not any(part.startswith(".") for part in name[len(start) :].split("/"))]

    def _text(self, name: str) -> str:
        if name.startswith(("../", "/")):
            return text_of(Path(self.top, name))
        entry = self.entries.get(name)
        if entry is None or entry.mode == _MODULE:
            folder = any(each.startswith(f"{name}/") for each in self.entries)
            raise (
                IsADirectoryError(errno.EISDIR, "is a directory")
                if folder
                else FileNotFoundError(errno.ENOENT, "no such file or directory")
            )
        return decoded(run("cat-file", "blob", entry.blob, at=self.top))

    def _followed(self, name: str) -> str:
        """The name without links in it, of folders too."""
        name = self._inside(name)
        for _ in range(_MAX_LINKS):
            parts = accumulate(name.split("/"), posixpath.join)
            link = next((each for each in parts if each in self.entries and self.entries[each].mode == _LINK), None)
            if link is None:
                return name
            to = os.fsdecode(run("cat-file", "blob", self.entries[link].blob, at=self.top))
            rest = name[len(link) :].lstrip("/")
            name = self._inside(posixpath.normpath(posixpath.join(posixpath.dirname(link), to, rest)))
        raise OSError(errno.ELOOP, "too many levels of symbolic links")

    def _inside(self, name: str) -> str:
        """A name from the root of the file system, if it lies in the repository, from there."""
        return posixpath.relpath(name, self.top) if name.startswith(f"{self.top}/") else name


def top_of(path: str) -> str:
    """Where the files of the repository lie that the path is in; raises GitFailed."""
    folder = path if Path(path).is_dir() else posixpath.dirname(path) or "."
    while not Path(folder).is_dir():  # it may be gone since the revision
        folder = posixpath.dirname(folder) or "."
    return os.fsdecode(run("rev-parse", "--show-toplevel", at=folder)).rstrip("\n")


def fork(top: str, one: str, other: str) -> str:
    """The commit at which two revisions parted; raises GitFailed."""
    return run("merge-base", "--end-of-options", one, other, at=top).decode().strip()


def merged_as_text(base: str, ours: str, theirs: str, marker: int) -> tuple[str, int]:
    """Three files merged line by line, and the number of conflicts; raises GitFailed."""
    labels = ("-L", "ours", "-L", "base", "-L", "theirs")
    done = _done("merge-file", "-p", f"--marker-size={marker}", *labels, "--", ours, base, theirs, at=".")
    if done.returncode > 127:
        raise GitFailed(_complaint(done.stderr))
    return done.stdout.decode("utf-8", "surrogateescape"), done.returncode


def run(*arguments: str, at: str) -> bytes:
    """What git prints, called in a folder; raises GitFailed with what it complains of."""
    done = _done(*arguments, at=at)
    if done.returncode and done.stderr:
        raise GitFailed(_complaint(done.stderr))
    return done.stdout


def _done(*arguments: str, at: str) -> "subprocess.CompletedProcess[bytes]":
    environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return subprocess.run(["git", "-C", at, *arguments], capture_output=True, check=False, env=environment)
    except FileNotFoundError:
        raise GitFailed("git is not installed") from None


def _complaint(errors: bytes) -> str:
    """The first line of what git says, in our words."""
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ").removeprefix("error: ") if lines else "git failed"


def _entry(line: bytes) -> tuple[str, Entry]:
    """`MODE TYPE BLOB<tab>NAME` of `git ls-tree`."""
    about, _, name = line.partition(b"\t")
    mode, _, blob = about.decode().split()
    return os.fsdecode(name), Entry(mode, blob)


def _matches(name: list[str], pattern: list[str]) -> bool:
    return len(name) == len(pattern) and all(map(_part_matches, name, pattern))


def _part_matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) and (not name.startswith(".") or pattern.startswith("."))
