"""Exactly once, whenever the power fails: what was not flushed by then is lost."""

import json
import os
import random
from collections.abc import Callable
from io import FileIO
from pathlib import Path

import pytest

import mailroom
from fetchrun.delivery import durable
from fetchrun.memory.database import Database

CUT = 9
KEEP = {"all is lost": 0.0, "half is lost": 0.5, "nothing is lost": 1.0}
MUTANTS = {
    "files": lambda name, argument: name == "flush_files",
    "tmp/": lambda name, argument: name == "flush_folder" and argument.name == "tmp",
    "new/": lambda name, argument: name == "flush_folder" and argument.name == "new",
}


@pytest.mark.parametrize("keep", KEEP.values(), ids=KEEP)
def test_F83_after_a_power_cut_each_message_is_delivered_exactly_once(keep: float) -> None:
    cuts, wrong = _cut_everywhere(keep)
    assert cuts > 40
    assert wrong == []


@pytest.mark.parametrize("unflushed", MUTANTS.values(), ids=MUTANTS)
def test_F83_without_any_one_of_the_flushes_mail_would_be_lost(unflushed: Callable[[str, Path], bool]) -> None:
    _, wrong = _cut_everywhere(0.0, unflushed)
    assert wrong


def _cut_everywhere(keep: float, unflushed: Callable[[str, Path], bool] | None = None) -> tuple[int, list[int]]:
    """How many cuts there were, one before each step, and after which of them the mail was not whole in the end."""
    wrong = []
    with mailroom.in_memory() as folder:
        for point in range(1, 1000):
            root = mailroom.laid_out(folder / str(point))
            if not _cut(root, point, unflushed):
                break
            _lose(root, keep, random.Random(point))
            partial = not _whole(root)
            mailroom.run(root)
            mailroom.run(root)
            if partial or mailroom.delivered(root) != mailroom.expected():
                wrong.append(point)
    return point - 1, wrong


def _cut(root: Path, point: int, unflushed: Callable[[str, Path], bool] | None) -> bool:
    """Runs the mailroom up to its step number `point`, with a diary of the steps; whether it came to that."""

    def run() -> None:
        _watched(root, point, unflushed)
        mailroom.run(root)

    status = mailroom.forked(run)
    assert status in (0, CUT)
    return status == CUT


def _watched(root: Path, point: int, unflushed: Callable[[str, Path], bool] | None) -> None:
    diary = os.open(root / "diary", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    steps = 0

    def watched(name: str, step: Callable[..., object]) -> Callable[..., object]:
        def taken(*arguments: object) -> object:
            nonlocal steps
            steps += 1
            if steps == point:
                os._exit(CUT)
            first = list(arguments[0]) if name == "flush_files" else arguments[0]  # type: ignore[call-overload]
            if unflushed and unflushed(name, first):
                return [None] * len(first) if name == "flush_files" else None
            result = step(first, *arguments[1:])
            files = first if isinstance(first, list) else [first, *arguments[1:]]
            os.write(diary, json.dumps([name, [_path(each) for each in files]]).encode() + b"\n")
            return result

        return taken

    for name in ("create", "write", "append", "flush_files", "flush_folder", "move", "remove"):
        setattr(durable, name, watched(name, getattr(durable, name)))
    Database.commit = watched("commit", Database.commit)  # type: ignore[method-assign, assignment]


def _path(argument: object) -> str:
    if isinstance(argument, FileIO):
        return str(argument.name)
    return str(argument) if isinstance(argument, Path | str) else ""


def _lose(root: Path, keep: float, dice: random.Random) -> None:
    """Undoes what the diary has not as flushed: contents, names, and renames, each one wholly or not at all."""
    contents: set[str] = set()
    names: dict[str, str | None] = {}  # a new name, and what it was called before
    for line in (root / "diary").read_text().splitlines():
        match json.loads(line):
            case ["create", [path]]:
                names[path] = None
                contents.add(path)
            case ["write", [path, _]] | ["append", [_, _, path]]:
                contents.add(path)
            case ["flush_files", paths]:
                contents.difference_update(paths)
            case ["flush_folder", [folder]]:
                names = {path: before for path, before in names.items() if str(Path(path).parent) != folder}
            case ["move", [source, destination]]:
                # Its content goes with it; its first name, if not flushed, is lost with the second.
                contents = {destination if path == source else path for path in contents}
                names[destination] = source
            case ["remove", [path]]:
                contents.discard(path)
                names.pop(path, None)
    for path in sorted(contents):
        if os.path.exists(path) and dice.random() >= keep:
            os.truncate(path, 0)
    for path, before in reversed(names.items()):
        if os.path.exists(path) and dice.random() >= keep:
            os.rename(path, before) if before else os.unlink(path)


def _whole(root: Path) -> bool:
    wanted = mailroom.expected()
    return all(set(files) <= set(wanted[name]) for name, files in mailroom.delivered(root).items())
