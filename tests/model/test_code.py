"""The real program takes the steps of the model, in their order: so what holds for the model holds for it."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import dropwhile, groupby
from pathlib import Path

import pytest

import mailroom
from model.protocol import PLACES, Protocol
from model.world import World
from reliability.program import Program, loaded, need_strace
from reliability.provider import Provider

pytestmark = pytest.mark.peer
PROTOCOL = Protocol(batch=2)
CALLS = ("openat", "write", "sendfile", "fsync", "fdatasync", "renameat2", "unlink", "unlinkat", "linkat", "sendto")
TRACED = ("-y", "-s", "400", "-e", f"trace={','.join(CALLS)}")
LETTER = (
    b"Received: from a (a [192.0.2.7])\r\n\tby mx; Mon, 2 Nov 2026 09:00:0%d +0000\r\nTo: m%d@ex.com\r\n\r\nhello\r\n"
)
FILE = r"<[^>]*/ex\.com/(\w+)/tmp/(\d+)\.F[^>]*>"
FOLDER = r"<[^>]*/ex\.com/(\w+)/(tmp|new)>"
STEPS = (
    ("create", rf'openat\(\d+{FOLDER}, "(\d+)\.F[^"]*", [^)]*O_CREAT.*'),
    ("write", rf"(?:write|sendfile)\(\d+{FILE}.*"),
    ("flush", rf"fsync\(\d+{FILE}.*"),
    ("flush folder", rf"fsync\(\d+{FOLDER}.*"),
    ("commit", r"fdatasync\(\d+<[^>]*/ledger\.db-wal>.*"),
    ("rename", rf'renameat2\(\d+{FOLDER}, "(\d+)\.F.*'),
    ("link", rf'linkat\(\d+{FOLDER}, "(\d+)\.F.*'),
    ("unlink", rf'unlinkat\(\d+{FOLDER}, "(\d+)\.F.*'),
    ("say", r'sendto\(\d+<[^>]*>, "((?:DELE|QUIT)[^"]*)".*'),
)


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    need_strace()
    with loaded() as program:
        yield program


@pytest.fixture
def folder() -> Iterator[Path]:
    with mailroom.in_memory() as folder:
        yield folder


def test_a_run_takes_the_steps_of_the_model(program: Program, folder: Path) -> None:
    with _laid_out(folder) as words:
        ran = program.run(words, folder, TRACED)
    assert ran.status == 0, ran.printed
    assert _phases(_real(ran.traced)) == _phases(_modelled(World(frozenset(PLACES))))


def test_a_step_that_is_left_out_is_noticed(folder: Path) -> None:
    need_strace()
    forgetful = "durable.flush_folder = lambda path: None if path.name == 'new' else flush(path)"
    prelude = f"from fetchrun.delivery import durable\nflush = durable.flush_folder\n{forgetful}"
    with loaded(prelude) as mutant, _laid_out(folder) as words:
        ran = mutant.run(words, folder, TRACED)
    assert _phases(_real(ran.traced)) != _phases(_modelled(World(frozenset(PLACES))))


@pytest.mark.parametrize("renamed", [0, 1, 2])
def test_so_does_the_run_after_one_that_was_killed_before_a_rename(
    renamed: int, program: Program, folder: Path
) -> None:
    with _laid_out(folder) as words:
        program.run(words, folder, ("-e", "trace=renameat2", "-e", f"inject=renameat2:signal=KILL:when={renamed + 1}"))
        ran = program.run(words, folder, TRACED)
    assert ran.status == 0, ran.printed
    world = _before_rename(PROTOCOL.begun(World(frozenset(PLACES))), renamed).killed()
    assert _phases(_real(ran.traced)) == _phases(_modelled(world))


@contextmanager
def _laid_out(folder: Path) -> Iterator[list[str]]:
    """A server with the messages of the model, and rules that send them to its places; what to tell fetchrun."""
    letters = {str(each): LETTER % (each, each) for each in PLACES}
    with Provider({"box": letters}).serving() as provider:
        account = f'server "127.0.0.1" port {provider.port}; tls off; user "box"; password env "BOX";'
        sorts = [f"sort m{each}@ex.com -> {', '.join(f'{to}@ex.com' for to in PLACES[each])};" for each in PLACES]
        (folder / "mail.sort").write_text("\n".join((f'account "box" < {account} >', *sorts, "sort * -> a@ex.com;\n")))
        yield ["once", str(folder / "mail.sort"), "--state", str(folder / "state")]


def _before_rename(world: World, renamed: int) -> World:
    """The world just before a rename, when so many are done."""
    while world.todo[0][0] != "rename" or renamed:
        renamed -= world.todo[0][0] == "rename"
        world = PROTOCOL.done(world)
    return world


def _modelled(world: World) -> Iterator[str]:
    """What a session does that begins there."""
    world = PROTOCOL.begun(world)
    while world.todo:
        verb, *rest = world.todo[0]
        if verb in ("stage", "finish"):
            yield "commit"
        elif verb == "retrieve":
            yield f"write {rest[0]} {rest[1]}"  # the first part of it
        elif verb != "plan":
            yield " ".join(map(str, (verb, *rest)))
        world = PROTOCOL.done(world)


def _real(traced: str) -> Iterator[str]:
    """What strace has seen of that, up to QUIT."""
    for line in traced.splitlines():
        for verb, pattern in STEPS:
            if not (found := re.match(rf"\d+ +{pattern}", line)):
                continue
            if verb == "say":
                yield from (each.lower() for each in found[1].split("\\r\\n") if each)
            elif verb == "flush folder":
                yield f"flush {found[2]} {found[1]}"
            else:
                yield " ".join((verb, *((found[1], found[found.lastindex or 0][-1]) if found.lastindex else ())))


def _phases(steps: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Steps of one kind in a row, in any order among themselves; the commits before the first of them are others."""
    relevant = list(dropwhile(lambda each: each == "commit", steps))
    relevant = relevant[: relevant.index("quit") + 1]
    grouped = groupby(relevant, key=_kind)
    return [(kind, sorted(set(some))) for kind, some in grouped]


def _kind(step: str) -> str:
    verb, *rest = step.split()
    return f"{verb} {rest[0]}" if rest[:1] in (["tmp"], ["new"]) else verb
