"""What a start costs: every command on next to nothing, beside Python's own start, and mpop."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from choice import Choice, choice
from fetchers import Job, fetchrun, mpop, private
from harness import Contender, Work, Wrong, measured, packaged, program, save, scratch

import dovecot
from dovecot import USER, Dovecot

ROUNDS = 7
"""For each round that is asked for: a start takes a moment, and differs from the next."""

RULES = """transport *@int.example -> maildir "mail";
sort "*@example.com" -> "*@int.example";
sort * -> anna@int.example;
"""


def commands(chosen: Choice) -> Work:
    """Those of `sortlang` with a file of three lines."""
    sortlang = program("sortlang")
    asked = {
        "python -c pass": ([sys.executable, "-c", "pass"], b""),
        "sortlang --version": ([sortlang, "--version"], b"sortlang"),
        "sortlang, completion of a command": (["env", *COMPLETION, sortlang], b"check"),
        "sortlang check": ([sortlang, "check", "rules.sort"], b"no findings"),
        "sortlang format": ([sortlang, "format", "--check", "rules.sort"], b"1 left as it is"),
        "sortlang test": ([sortlang, "test", "rules.sort"], b""),
        "sortlang explain": ([sortlang, "explain", "eve@example.com", "rules.sort"], b"eve@int.example"),
    }
    contenders = [_commanded(name, *each) for name, each in asked.items()]
    return measured("commands", "starts", contenders, chosen.rounds * ROUNDS)


COMPLETION = ("_SORTLANG_COMPLETE=bash_complete", "COMP_WORDS=sortlang ch", "COMP_CWORD=1")


def _commanded(name: str, command: Sequence[str], said: bytes) -> Contender:
    def prepare(folder: Path) -> list[Sequence[str]]:
        (folder / "rules.sort").write_text(RULES)
        return [command]

    def check(_: Path, output: bytes) -> float:
        if said not in output:
            raise Wrong("it has not done it")
        return 1.0

    return Contender(name, prepare, check)


def nothing_to_do(server: Dovecot, chosen: Choice) -> Work:
    """Polls of a maildrop in which nothing lies, by programs that have asked before."""
    job = Job(server.plain_port, (USER,), server.password)
    with scratch() as folder:
        contenders = [
            Contender(name, lambda _, some=commands: some, lambda _, __: 1.0) for name, commands in _polls(folder, job)
        ]
        return measured("nothing to do", "polls", contenders, chosen.rounds * ROUNDS)


def _polls(folder: Path, job: Job) -> Iterator[tuple[str, list[list[str]]]]:
    """Each with a folder of its own, and asked once. The rules as a file, as a table."""
    for name, fetcher in {"fetchrun": fetchrun, "fetchrun, a table": _tabled, "mpop": mpop}.items():
        own = folder / name
        own.mkdir()
        found = fetcher(own, job)
        for each in found:
            subprocess.run(each, check=True, capture_output=True, env={**os.environ, "HOME": str(own)})
        yield name, found
        if name == "fetchrun":
            (once,) = found
            yield "fetchrun status", [[once[0], "status", *once[2:]]]


def _tabled(folder: Path, job: Job) -> list[list[str]]:
    """A table holds no password, so that stands in a file."""
    ((fetchrun_, once, rules, *rest),) = fetchrun(folder, job)
    private(folder / "password", job.password)
    text = Path(rules).read_text().replace(f'password "{job.password}"', f'password file "{folder}/password"')
    Path(rules).write_text(text)
    table = str(folder / "rules.table")
    subprocess.run([program("sortlang"), "build", rules, "-o", table], check=True, capture_output=True)
    return [[fetchrun_, once, table, *rest]]


def main() -> None:
    """Both, kept as one."""
    chosen = choice(__doc__, ("start",))
    works = [commands(chosen)]
    with dovecot.running() as server:
        works.append(nothing_to_do(server, chosen))
    save("start", works, packaged("mpop"), chosen.scale)


if __name__ == "__main__":
    main()
