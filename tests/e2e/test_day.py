"""A day in the life: many accounts, edits good and bad, servers and disks that fail; each message lies there once."""

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dovecot import USER, Dovecot, free_ports, running
from e2e.office import Office, mail_in
from e2e.proxy import recording
from e2e.stubborn import Stubborn, stubborn
from e2e.test_daemon import Run, started
from letters import PEOPLE, letters, recipient

pytestmark = pytest.mark.peer
HERE, FAR = ([f"{place}{number}@example.com" for number in range(10)] for place in ("here", "far"))
VERSIONS = 7
TRASH = "trash"
SMALL_DISK = 64 << 20

LMTP = """
protocols = pop3 lmtp
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@ex.com
}}
"""

CLOCKED = """
import os, sys, time
real, hours = time.time, sys.argv[1]
time.time = lambda: real() + 3600 * os.stat(hours).st_size
sys.argv = ["fetchrun", *sys.argv[5:]]
from fetchrun.cli import main
main()
"""
"""The program with a clock that is ahead by an hour for each octet of a file."""


class Line:
    """What lies between us and a server: up, or down."""

    def __init__(self, port: int) -> None:
        self._there, (self.port,) = port, free_ports(1)
        self._passing = ExitStack()

    def up(self) -> None:
        self._passing.enter_context(recording(self._there, at=self.port))

    def down(self) -> None:
        self._passing.close()


@dataclass
class World:
    """Everything there is. `lmtp` and `pop3` (of the accounts that are FAR) may go down, and `disk` be full."""

    office: Office
    dovecot: Dovecot
    lmtp: Line
    pop3: Line
    disk: Path
    cursed: Stubborn
    letters: Iterator[bytes]
    due: defaultdict[str, Counter[bytes]] = field(default_factory=lambda: defaultdict(Counter))
    """What is to lie in each mailbox at the end."""

    def reach(self, user: str) -> str:
        host, port = ("127.0.0.1", self.pop3.port) if user in FAR else ("localhost", self.dovecot.plain_port)
        return f'server "{host}" port {port};'

    def accounts(self) -> str:
        how = 'tls off; password env "BOX"; every 1s;'
        plain = "".join(f'account "{each}" < user "{each}"; {self.reach(each)} {how} >\n' for each in HERE + FAR)
        return plain + f'account "cursed" < user "x"; server "localhost" port {self.cursed.port}; {how} >\n'

    def rules(self, version: int) -> str:
        """Other mailboxes for everybody in each version; in some, mail goes to two, or to none."""
        more = {3: "sort anna@ex.com -> anna-3@ex.com, chiara-3@ex.com;", 4: "sort eva@ex.com -> discard;"}
        return f"""
include "accounts.sort";
sort "*@ex.com" -> "*-{version}@ex.com";
sort * -> admin@ex.com;
{more.get(version, "")}
transport "*@ex.com" -> lmtp "127.0.0.1:{self.lmtp.port}";
transport "eva-*@ex.com" -> maildir "mail/{{domain}}/{{local}}";
transport "deepak-*@ex.com" -> maildir "{self.disk}/{{local}}";
"""

    def comes(self, count: int, version: int) -> None:
        """So many new letters, spread over the accounts, while this version is in force."""
        users = itertools.cycle(HERE + FAR)
        for letter in itertools.islice(self.letters, count):
            self.dovecot.put([letter], next(users))
            self.promise(letter, version)

    def promise(self, letter: bytes, version: int) -> None:
        person = recipient(letter).partition("@")[0]
        places = {("anna", 3): ("anna-3", "chiara-3"), ("eva", 4): (TRASH,)}
        for each in places.get((person, version), (f"{person}-{version}",)):
            self.due[each][letter.replace(b"\r\n", b"\n")] += 1

    def waiting(self, users: list[str]) -> int:
        """How many messages lie on the POP3 server."""
        found = 0
        for user, name in itertools.product(users, ("new", "cur")):
            with contextlib.suppress(FileNotFoundError):  # Dovecot moves them meanwhile
                found += len(os.listdir(self.dovecot.maildir_of(user) / name))
        return found

    def found(self) -> dict[str, Counter[bytes]]:
        """What lies in each mailbox, wherever that is, without the lines above the messages."""
        roots = (self.office.state / "mail" / "ex.com", self.disk, self.dovecot.folder / "mail")
        maildirs = [
            each for root in roots for each in root.iterdir() if each.is_dir() and each.name not in (*HERE, *FAR, USER)
        ]
        found: defaultdict[str, Counter[bytes]] = defaultdict(Counter)
        for each in (*maildirs, self.office.state / TRASH):
            found[each.name.partition("@")[0]].update(map(_bare, mail_in(each)))
        return {name: mail for name, mail in found.items() if mail}

    def hours_pass(self) -> None:
        """Longer than any wait after a failure."""
        with (self.office.folder / "hours").open("ab") as hours:
            hours.write(b"..")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    if not Path("/usr/lib/dovecot/lmtp").exists():
        pytest.skip("Dovecot with LMTP is not installed")
    (port,) = free_ports(1)
    mail = letters(100_000, seed=24)
    cursed = {f"c{number}": letter for number, letter in enumerate(itertools.islice(mail, 3))}
    with running(LMTP.format(port=port)) as dovecot, _disk() as disk, stubborn(cursed, "c1") as server:
        dovecot.admit((*HERE, *FAR, "admin@ex.com"))
        dovecot.admit(f"{each}-{version}@ex.com" for each in PEOPLE for version in range(VERSIONS))
        lines = Line(port), Line(dovecot.plain_port)
        for each in lines:
            each.up()
        world = World(Office(tmp_path), dovecot, *lines, disk, server, mail)
        (tmp_path / "hours").touch()
        (tmp_path / "accounts.sort").write_text(world.accounts())
        yield world
        for each in lines:
            each.down()


@contextmanager
def _disk() -> Iterator[Path]:
    """A small file system of its own if that can be had, else a folder."""
    folder = Path(tempfile.mkdtemp(prefix="disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "none", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)
        shutil.rmtree(folder)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Nothing fits there any more; where it is no file system of its own, a file lies in the way of the Maildirs."""
    if not os.path.ismount(disk):
        aside = disk.rename(f"{disk}.aside")
        disk.touch()
        yield
        disk.unlink()
        aside.rename(disk)
        return
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    yield
    filler.unlink()


@pytest.mark.parametrize("messages", [900, pytest.param(5_004, marks=pytest.mark.soak)], ids=["short", "soak"])
def test_a_day_with_all_that_can_happen(messages: int, world: World) -> None:
    """Nine times mail comes; of eight edits two are broken."""
    count = messages // 9
    world.office.rules.write_text(world.rules(0))
    with started(world.office, before=(sys.executable, "-c", CLOCKED, str(world.office.folder / "hours"))) as run:  # type: ignore[arg-type]
        run.until(lambda: world.cursed.sessions > 0 and world.cursed.messages.keys() == {"c1"})
        for uid, letter in zip(("c0", "c2"), itertools.islice(letters(3, seed=24), 0, 3, 2), strict=True):
            assert uid not in world.cursed.messages
            world.promise(letter, 0)
        _quiet(world, run, count, 0)
        _edited(world, run, 1)
        _quiet(world, run, count, 1)
        _broken(world, run, 'sort "*@ex.com" > nonsense\n', 1)
        _quiet(world, run, count, 1)
        _edited(world, run, 2)
        _server_down(world, run, count, 2)
        _edited(world, run, 3)
        _receiver_down(world, run, count, 3)
        _edited(world, run, 4)
        _quiet(world, run, count, 4)
        _broken(world, run, "account <<<", 2)
        _quiet(world, run, count, 4)
        _edited(world, run, 5)
        _disk_full(world, run, count, 5)
        _edited(world, run, 6)
        _quiet(world, run, count, 6)
        while world.cursed.refusals < 5:
            before = world.cursed.refusals
            world.hours_pass()
            run.until(lambda: world.cursed.refusals > before)  # noqa: B023
        status = world.office.run("status")
        assert (status.status, "the server does not give it" in status.out) == (1, True), status.out
        assert run.ended() == 0
    assert "Traceback" not in run.said
    assert world.found() == world.due
    assert world.cursed.messages.keys() == {"c1"}
    assert world.office.leftovers() == []


def _quiet(world: World, run: Run, count: int, version: int) -> None:
    world.comes(count, version)
    _all_gone(world, run)


def _server_down(world: World, run: Run, count: int, version: int) -> None:
    """The others' mail comes all the same, and theirs when it is up again."""
    world.pop3.down()
    told = run.said.count("refused the connection")
    run.until(lambda: run.said.count("refused the connection") > told)
    world.comes(count, version)
    run.until(lambda: not world.waiting(HERE))
    assert world.waiting(FAR) == sum(number % 20 >= 10 for number in range(count))
    world.pop3.up()
    world.hours_pass()
    _all_gone(world, run)


def _receiver_down(world: World, run: Run, count: int, version: int) -> None:
    """What goes to Maildirs comes, the rest waits where it is."""
    world.lmtp.down()
    world.comes(count, version)
    ours = world.due[f"eva-{version}"].total() + world.due[f"deepak-{version}"].total()
    run.until(lambda: world.waiting(HERE + FAR) == count - ours)
    world.lmtp.up()
    world.hours_pass()
    _all_gone(world, run)


def _disk_full(world: World, run: Run, count: int, version: int) -> None:
    with full(world.disk):
        world.comes(count, version)
        owed = world.due[f"deepak-{version}"].total()
        run.until(lambda: str(world.disk) in run.said or world.waiting(HERE + FAR) == owed)
        assert world.waiting(HERE + FAR) >= owed
    world.hours_pass()
    _all_gone(world, run)


def _all_gone(world: World, run: Run) -> None:
    run.until(lambda: not world.waiting(HERE + FAR))


def _edited(world: World, run: Run, version: int) -> None:
    """The rules are the new ones, for every session from now on."""
    told = run.said.count("the rules are new")
    if version % 2:
        world.office.rules.write_text(world.rules(version))
    else:
        (world.office.folder / "mail.sort~").write_text(world.rules(version))
        (world.office.folder / "mail.sort~").rename(world.office.rules)
    run.until(lambda: run.said.count("the rules are new") > told)
    # A session ends by the rules it began with: all that were under way are over when the second one from now is.
    before = _sessions(world)
    run.until(lambda: all(_sessions(world)[each] >= before[each] + 2 for each in HERE + FAR))


def _broken(world: World, run: Run, error: str, count: int) -> None:
    world.office.rules.write_text(world.office.rules.read_text() + error)
    run.until(lambda: run.said.count("the rules from before stay in force") == count)


def _sessions(world: World) -> Counter[str]:
    """How many sessions of each user are over."""
    log = world.dovecot.log()
    return Counter({each: log.count(f"pop3({each})<") for each in HERE + FAR})


def _bare(stored: bytes) -> bytes:
    """Each letter begins with its Return-Path; other lines stand above it."""
    return stored[stored.rindex(b"\nReturn-Path: <sender") + 1 :]
