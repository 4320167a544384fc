"""The delivery protocol as a list of steps, and what each of them does to the world."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from model.world import WHOLE, File, Names, Step, World

PLACES = {1: ("a",), 2: ("a", "b")}
"""Which Maildirs each message goes to."""


@dataclass(frozen=True)
class Protocol:
    """The protocol is what the fields say unless somebody says otherwise. `batch`: messages of one group commit."""

    batch: int = 1
    publishes_by: Literal["rename", "link"] = "rename"
    flushes: frozenset[str] = frozenset({"file", "tmp", "new"})
    stages: bool = True
    same_names: bool = True

    def begun(self, world: World) -> World:
        """A session begins: first what a crash has left is ended."""
        staged = [(target, message) for target, message, _, done in sorted(world.ledger) if not done]
        return replace(world, todo=(*(self._published(staged) if staged else ()), ("plan",)))

    def cut(self, world: World) -> Iterator[World]:
        """The connection breaks while the next step talks to the server: what can have come of that."""
        verb, *rest = world.todo[0]
        if verb == "retrieve":
            target, message, whole = rest
            yield replace(world, todo=(("withdraw", target, message), *self._settled(whole)))
        elif verb in ("dele", "quit"):
            yield replace(world, todo=(), marked=frozenset())
        if verb == "quit":
            yield replace(self.done(world), todo=())  # it was heard, and its answer was not

    def done(self, world: World) -> World:
        """The world after the next step."""
        verb, *rest = world.todo[0]
        step: Callable[..., World] = getattr(self, f"_{str(verb).replace(' ', '_')}")
        return step(replace(world, todo=world.todo[1:]), *rest)

    # What is to be done

    def _plan(self, world: World) -> World:
        done = {(target, message) for target, message, _, ready in world.ledger if ready}
        wanted = [m for m in sorted(world.server) if any((t, m) not in done for t in PLACES[m])]
        batches = [wanted[start : start + self.batch] for start in range(0, len(wanted), self.batch)]
        steps = [step for batch in batches for step in (*_retrieved(batch), *self._settled(batch))]
        removed = [("dele", message) for message in sorted(world.server)]
        return replace(world, todo=(*steps, *removed, ("quit",)))

    def _settled(self, batch: Sequence[int]) -> list[Step]:
        if not batch:
            return []
        copies = [(target, message) for message in batch for target in PLACES[message]]
        more = [(target, message) for message in batch for target in PLACES[message][1:]]
        return [
            *(step for copy in more for step in (("create", *copy), ("write", *copy))),
            *(("flush", *copy) for copy in copies if "file" in self.flushes),
            *(("flush tmp", target) for target in _targets(copies) if "tmp" in self.flushes),
            *([("stage", tuple(copies))] if self.stages else []),
            *self._published(copies),
        ]

    def _published(self, copies: Sequence[tuple[str, int]]) -> list[Step]:
        verbs = ("rename",) if self.publishes_by == "rename" else ("link", "unlink")
        return [
            *((verb, *copy) for copy in copies for verb in verbs),
            *(("flush new", target) for target in _targets(copies) if "new" in self.flushes),
            ("finish", tuple(copies)),
        ]

    # What it does

    def _create(self, world: World, target: str, message: int) -> World:
        inode = _next(world, target, message)
        name = 0 if self.same_names else inode
        for each in world.files:
            if (each.target, each.message, each.name) == (target, message, name) and each.names.tmp:
                world = world.swapped(each, each.called(replace(each.names, tmp=False), "tmp"))
        made = File(target, message, inode, name).called(Names(tmp=True), "tmp")
        return replace(world, files=world.files | {made})

    def _retrieve(self, world: World, target: str, message: int, _: object) -> World:
        return _written(world, target, message, 1)

    def _write(self, world: World, target: str, message: int) -> World:
        return _written(world, target, message, WHOLE)

    def _withdraw(self, world: World, target: str, message: int) -> World:
        file = _in_tmp(world, target, message)
        assert file
        return world.swapped(file, file.called(replace(file.names, tmp=False), "tmp"))

    def _flush(self, world: World, target: str, message: int) -> World:
        file = _in_tmp(world, target, message)
        assert file
        return world.swapped(file, replace(file, flushed=file.content))

    def _flush_tmp(self, world: World, target: str) -> World:
        return _flushed(world, target, "tmp")

    def _flush_new(self, world: World, target: str) -> World:
        return _flushed(world, target, "new")

    def _stage(self, world: World, copies: Iterable[tuple[str, int]]) -> World:
        files = [file for copy in copies if (file := _in_tmp(world, *copy))]
        return _noted(world, [(each.target, each.message, each.name, False) for each in files])

    def _finish(self, world: World, copies: Iterable[tuple[str, int]]) -> World:
        return _noted(world, [(*copy, 0, True) for copy in copies])

    def _rename(self, world: World, target: str, message: int) -> World:
        """A name that is taken is not replaced: then our copy is there already."""
        file = _in_tmp(world, target, message)
        if file is None:
            return world
        if _taken(world, file):
            return world.swapped(file, file.called(Names(), "tmp"))
        return world.swapped(file, file.called(Names(new="new"), "tmp new"))

    def _link(self, world: World, target: str, message: int) -> World:
        file = _in_tmp(world, target, message)
        if file is None or _taken(world, file):
            return world
        if file.names.new:  # the reader has taken it away meanwhile: this is another one for him
            names = (("", Names(new="new")),)
            shown = File(target, message, _next(world, target, message), file.name, names, file.content, file.flushed)
            return replace(world, files=world.files | {shown})
        return world.swapped(file, file.called(Names(tmp=True, new="new"), "new"))

    def _unlink(self, world: World, target: str, message: int) -> World:
        file = _in_tmp(world, target, message)
        return world.swapped(file, file.called(replace(file.names, tmp=False), "tmp")) if file else world

    def _dele(self, world: World, message: int) -> World:
        return replace(world, marked=world.marked | {message})

    def _quit(self, world: World) -> World:
        return replace(world, server=world.server - world.marked, marked=frozenset())


def _retrieved(batch: Sequence[int]) -> Iterator[Step]:
    for number, message in enumerate(batch):
        copy = (PLACES[message][0], message)
        yield ("create", *copy)
        yield ("retrieve", *copy, tuple(batch[:number]))
        yield ("write", *copy)


def _next(world: World, target: str, message: int) -> int:
    there = (each.inode for each in world.files if (each.target, each.message) == (target, message))
    return max(there, default=0) + 1


def _targets(copies: Iterable[tuple[str, int]]) -> list[str]:
    return list(dict.fromkeys(target for target, _ in copies))


def _in_tmp(world: World, target: str, message: int) -> File | None:
    """The file that the ledger names, or the latest."""
    staged = {name for t, m, name, done in world.ledger if (t, m) == (target, message) and not done}
    files = [each for each in world.files if (each.target, each.message) == (target, message) and each.names.tmp]
    named = [each for each in files if each.name in staged] if staged else files
    return max(named, key=lambda each: each.inode, default=None)


def _taken(world: World, file: File) -> bool:
    about = (file.target, file.message, file.name)
    return any((each.target, each.message, each.name) == about and each.names.new == "new" for each in world.files)


def _written(world: World, target: str, message: int, content: int) -> World:
    file = _in_tmp(world, target, message)
    assert file
    return world.swapped(file, replace(file, content=content))


def _flushed(world: World, target: str, folder: str) -> World:
    files = frozenset(each.flushed_in(folder) if each.target == target else each for each in world.files)
    return replace(world, files=files)


def _noted(world: World, rows: Sequence[tuple[str, int, int, bool]]) -> World:
    about: set[Any] = {row[:2] for row in rows}
    return replace(world, ledger=frozenset({row for row in world.ledger if row[:2] not in about} | set(rows)))
