"""Runs the real program against all servers of a file at once, and judges what came of each scenario."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from reliability.hostile.pop3 import Server
from reliability.hostile.receiver import Receiver
from reliability.hostile.scenario import POLLS, Scenario

SECRET = "correct-horse-battery-7"
BAD_RULES = 78
MEMORY = 96 << 10
"""KiB that the program may need at most, whatever it is sent."""

OURS = re.compile(rb"(?:(?:Delivered-To|X-Fetchrun[a-zA-Z-]*): [^\n]*\n(?:\t[^\n]*\n)*)+")
PROGRAM = """
import atexit, pathlib, sys
from fetchrun.cli import main
atexit.register(lambda: pathlib.Path(sys.argv.pop()).write_bytes(pathlib.Path("/proc/self/status").read_bytes()))
main(sys.argv[1:-1])
"""
"""The program, and at its end what Linux knows of it: `wait4` would tell the parent's memory if that had more."""

ACCOUNT = re.compile(rb'account="([^"]*)"')


@dataclass(frozen=True)
class Ran:
    """One run: what it said, how it ended, and the most memory that it had, in KiB."""

    status: int
    out: str
    err: str
    memory: int


@dataclass
class Verdict:
    """What is wrong with a scenario; of messages how many were lost, delivered twice, shown in part."""

    scenario: Scenario
    wrong: list[str] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0
    partial: int = 0


@dataclass(frozen=True)
class Office:
    """A rules file with an account for each server, and a state folder of its own."""

    folder: Path

    @property
    def rules(self) -> Path:
        return self.folder / "mail.sort"

    def write(self, servers: Sequence[Server], *, mended: bool = False, sorting: str = "") -> None:
        """The rules for these servers, for the hostile polls or those after them."""
        accounts = "".join(_account(each, self.folder, mended=mended) for each in servers)
        self.rules.write_text(accounts + sorting + 'sort "*@ex.com" -> "*@ex.com";\nsort * -> all@ex.com;\n')

    def run(self, *words: str, clock: str = "") -> Ran:
        """The program to its end; `clock` is how fast its clock goes, as faketime(1) says it."""
        before = ("faketime", "-f", clock) if clock else ()
        after = (str(self.rules), "--state", str(self.folder / "state"), str(self.folder / "memory"))
        environment = os.environ | {"SECRET": SECRET, "PYTHONPATH": str(Path("src").absolute()), "LC_ALL": "C.UTF-8"}
        environment["SSL_CERT_FILE"] = str(self.folder / "ca.pem")
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            command = (*before, sys.executable, "-c", PROGRAM, *words, *after)
            status = subprocess.run(command, env=environment, stdout=out, stderr=err, check=False).returncode
            said = [each.seek(0) or each.read().decode() for each in (out, err)]
        memory = re.search(r"VmHWM:\s*(\d+) kB", (self.folder / "memory").read_text())
        return Ran(status, said[0], said[1], int(memory[1]) if memory else 0)

    def lines(self, ran: Ran, me: str) -> list[str]:
        """The sentences about the account that name a line of the rules."""
        return [each for each in ran.err.splitlines() if f': account "{me}": ' in each]

    def delivered(self) -> dict[str, list[tuple[str, bytes]]]:
        """By account: Maildir and message, without the lines of ours."""
        found: dict[str, list[tuple[str, bytes]]] = {}
        for new in sorted((self.folder / "state").glob("**/new")):
            for file in new.iterdir():
                stored = file.read_bytes()
                ours = OURS.match(stored)
                assert ours, stored[:500]
                me = ACCOUNT.search(ours[0])
                assert me, ours[0]
                found.setdefault(me[1].decode(), []).append((new.parent.name, stored[ours.end() :]))
        return found

    def leftovers(self) -> list[Path]:
        """What should not lie about when no session runs."""
        state = self.folder / "state"
        return [*state.glob("**/tmp/*"), *state.glob("spool/*")]


def _account(server: Server, folder: Path, *, mended: bool) -> str:
    one = server.scenario
    settings = one.mended if mended and one.mended is not None else one.settings
    tls = f'tls starttls ca "{folder}/ca.pem";' if one.tls else "" if "tls " in settings else "tls off;"
    # Only where silence is to be noticed is there a short patience: a slow machine makes honest servers slow, too.
    patience = "" if "timeout " in settings else f"timeout {2 if one.falls_silent else 30}s;"
    reached = f'server "localhost" port {server.port}; {tls} {patience} {settings}'
    return f'account "{one.me}" < user "{one.me}"; {_login(server, folder)}; {reached} >\n'


def _login(server: Server, folder: Path) -> str:
    if not server.scenario.oauth:
        return 'password env "SECRET"'
    refresh = folder / f"refresh-{server.scenario.me}"
    refresh.touch(0o600)
    refresh.write_text(SECRET)
    return f'oauth "https://localhost:{server.provider}/token" client-id "office" refresh-token "{refresh}"'


async def serving(servers: Sequence[Server | Receiver], stack: AsyncExitStack) -> None:
    """All of them listen until the stack unwinds; those that refuse have a port, and listen when it is `listened`."""
    for each in servers:
        each.closed = stack.enter_context(socket.socket())
        each.closed.bind(("127.0.0.1", 0))
        each.port = each.closed.getsockname()[1]
        if not each.refuses:
            await listened(each)
        if isinstance(each, Server) and each.scenario.oauth:
            given = await asyncio.start_server(each.give_token, "127.0.0.1", 0, ssl=each.certificates["good"])
            stack.callback(given.close)
            each.provider = given.sockets[0].getsockname()[1]


async def listened(peer: Server | Receiver) -> None:
    """It does so from now on."""
    if peer.closed:
        await asyncio.start_server(peer.talk, sock=peer.closed, limit=1 << 20)
        peer.closed = None


async def polled(office: Office, servers: Sequence[Server], poll: int, clock: str = "") -> Ran:
    """One run of `once`; in `clock`, if there is one, `{poll}` is the number of the poll."""
    for each in servers:
        each.poll = poll
        if poll > POLLS:
            await listened(each)
    return await asyncio.to_thread(office.run, "once", clock=clock.format(poll=poll))


async def judged(office: Office, servers: Sequence[Server], clock: str = "") -> list[Verdict]:
    """Three polls with the hostile servers, then as many with honest ones as it takes: two."""
    verdicts = [Verdict(each.scenario) for each in servers]
    office.write(servers)
    for poll in range(1, POLLS + 1):
        ran = await polled(office, servers, poll, clock)
        whole = wrong_with_run(office, ran, any(each.scenario.says[poll - 1] for each in servers))
        verdicts[0].wrong += [f"poll {poll}: {sentence}, which counts for all" for sentence in whole]
        for server, verdict in zip(servers, verdicts, strict=True):
            _after(server, verdict, office, ran, poll)
    for server, verdict in zip(servers, verdicts, strict=True):
        _hostile_end(server, verdict, office)
    office.write(servers, mended=True)
    await asyncio.to_thread(office.run, "retry")
    for poll in (POLLS + 1, POLLS + 2):
        ran = await polled(office, servers, poll, clock.partition(" ")[0])
    for server, verdict in zip(servers, verdicts, strict=True):
        _end(server, verdict, office, ran)
    return verdicts


def wrong_with_run(office: Office, ran: Ran, expected: bool) -> list[str]:
    """What is wrong with a run as a whole; whether trouble was `expected`."""
    assert ran.status != BAD_RULES, ran.err
    return [
        *([f"it ends with {ran.status}: {ran.out}"] if ran.status != int(expected) else []),
        *(["a traceback: " + ran.err] if "Traceback" in ran.err else []),
        *(["the password is shown"] if SECRET in ran.out + ran.err else []),
        *([f"it needs {ran.memory} KiB"] if ran.memory > MEMORY else []),
        *(f"{each} is left behind" for each in office.leftovers()),
    ]


def _after(server: Server, verdict: Verdict, office: Office, ran: Ran, poll: int) -> None:
    """After each poll: the sentence, and every message either there or here, whole, and not twice."""
    one, lines = server.scenario, office.lines(ran, server.scenario.me)
    says = one.says[poll - 1]
    if len(lines) != bool(says) or any(says not in each for each in lines):
        verdict.wrong.append(f"poll {poll}: it says {lines} and not “{says}”")
    here = _here(server, verdict, office)
    verdict.wrong += [f"poll {poll}: message {n} is lost" for n in sorted(server.gone - here.keys())]
    verdict.lost += len(server.gone - here.keys())


def _hostile_end(server: Server, verdict: Verdict, office: Office) -> None:
    one, here = server.scenario, _here(server, Verdict(server.scenario), office)
    early = tuple(server.there | dict.fromkeys(server.gone)) if one.early is None and not any(one.says) else one.early
    if early is not None and set(early) != here.keys():
        verdict.wrong.append(f"after the hostile polls {sorted(here)} are delivered, not {sorted(early)}")
    heard = [each for verbs in server.heard.values() for each in verbs]
    verdict.wrong += [f"it said {each}" for each in one.never if each in heard]


def _end(server: Server, verdict: Verdict, office: Office, ran: Ran) -> None:
    """The state without faults: everything delivered once, nothing else on the server."""
    here = _here(server, verdict, office)
    if missing := set(range(1, len(server.scenario.mail) + 1)) - here.keys() - set(server.scenario.stays):
        verdict.wrong.append(f"in the end {sorted(missing)} are not delivered")
        verdict.lost += len(missing)
    if set(server.there) != set(server.scenario.stays):
        verdict.wrong.append(f"in the end {sorted(server.there)} lie there, not {sorted(server.scenario.stays)}")
    if lines := office.lines(ran, server.scenario.me):
        verdict.wrong.append(f"in the end it says {lines}")
    for n, where in here.items():
        wanted = server.scenario.mail[n - 1].where
        if wanted and tuple(sorted(where)) != tuple(sorted(wanted)):
            verdict.wrong.append(f"message {n} lies in {sorted(where)}, not {sorted(wanted)}")


def _here(server: Server, verdict: Verdict, office: Office) -> dict[int, list[str]]:
    """The messages that are delivered, by their place in the scenario, with their Maildirs; notes what is wrong."""
    found: dict[int, list[str]] = {}
    texts = {each.stored or _stored(each.text): n for n, each in enumerate(server.scenario.mail, 1)}
    copies = Counter(office.delivered().get(server.scenario.me, ()))
    for (where, text), count in copies.items():
        n = texts.get(text)
        if n is None:
            verdict.wrong.append(f"in {where} lies {text[:200]!r}, {len(text)} octets")
            verdict.partial += 1
            continue
        allowed = sum(each.text == server.scenario.mail[n - 1].text for each in server.scenario.mail)
        if count > allowed:
            verdict.wrong.append(f"message {n} lies {count} times in {where}")
            verdict.doubled += count - allowed
        for alike, each in enumerate(server.scenario.mail, 1):
            if each.text == server.scenario.mail[n - 1].text:
                found.setdefault(alike, []).append(where)
    return found


def _stored(text: bytes) -> bytes:
    """As a Maildir has it: lines end with LF, the last one too."""
    lines = text.replace(b"\r\n", b"\n")
    return lines if not lines or lines.endswith(b"\n") else lines + b"\n"
