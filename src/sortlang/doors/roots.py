"""Roots: the files to check, without those that are checked with another."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sortlang.diagnostic import Diagnostics
from sortlang.files import below, read, read_open, reader
from sortlang.include import gather
from sortlang.mend import Root
from sortlang.syntax.parse import skim


def roots(paths: Sequence[str]) -> tuple[list[Root], Diagnostics]:
    """What the paths name, `-` being standard input; a directory, all *.sort in it and below.

    What is found in a directory and included by something else found there is checked as a part of that alone.
    """
    named = [each for each in dict.fromkeys(paths) if not Path(each).is_dir()]
    found = [each for each in below([path for path in paths if Path(path).is_dir()]) if each not in named]
    read = {name: _root(name) for name in (*named, *found)}
    problems = tuple(each for _, problems in read.values() for each in problems)
    known = {name: root for name, (root, _) in read.items() if root}
    parts = _parts({name: _included(known[name]) for name in found if name in known})
    return [root for name, root in known.items() if name not in parts], problems


def _root(path: str) -> tuple[Root | None, Diagnostics]:
    source, found = read_open(sys.stdin.buffer, "<stdin>") if path == "-" else read(path)
    return (Root(source, reader(source)) if source else None), found


def _included(root: Root) -> set[str]:
    """The real names of the files a file includes, at any depth."""
    if "include" not in root.source.text:
        return set()
    trees, _ = gather(root.source, root.read, skim)
    return {os.path.realpath(tree.source.name) for tree in trees[1:]}


def _parts(included: Mapping[str, set[str]]) -> set[str]:
    """Those included by another one; of files that include each other the first stays."""
    real = {name: os.path.realpath(name) for name in included}
    return {
        name
        for name in included
        for other, inner in included.items()
        if other != name and real[name] in inner and not (real[other] in included[name] and name < other)
    }
