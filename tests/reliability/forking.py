"""The other side of `program.py`: loads fetchrun, and forks for each order on its standard input."""

import importlib
import json
import os
import signal
import sys

# What is loaded when it is needed, too: a run is to begin with its own work.
ROOMS = ("cli", "commands.once", "commands.retry", "commands.run", "delivery.targets.pipe", "memory.ledger")
MORE = ("sqlite3", "tempfile", "ssl", "idna", "sortlang.compile", "sortlang.files", "rich.console", "rich.live")


def main(prelude: str) -> None:
    """Until the input ends: {"words", "printed", "waits"}; answers {"began"}, {"stopped"} and {"ended"}."""
    for name in (*(f"fetchrun.{each}" for each in ROOMS), *MORE):
        importlib.import_module(name)
    exec(prelude, {})
    answers, sys.stdout = os.dup(1), sys.stderr
    for line in sys.stdin.buffer:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.close(answers)
            _run(order["words"], order["printed"], order["waits"])
        _say(answers, began=pid)
        while (status := os.waitpid(pid, os.WUNTRACED)[1]) and os.WIFSTOPPED(status):
            _say(answers, stopped=os.WSTOPSIG(status))
        _say(answers, ended=os.waitstatus_to_exitcode(status))


def _say(answers: int, **what: int) -> None:
    os.write(answers, json.dumps(what).encode() + b"\n")


def _run(words: list[str], printed: str, waits: bool) -> None:
    null, out = os.open(os.devnull, os.O_RDONLY), os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor, number in ((null, 0), (out, 1), (out, 2)):
        os.dup2(descriptor, number)
    os.close(null)
    os.close(out)
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", closefd=False)
    sys.argv = ["fetchrun", *words]
    if waits:
        os.kill(os.getpid(), signal.SIGSTOP)
    from fetchrun.cli import main as fetchrun

    try:
        fetchrun()
    except SystemExit as end:
        sys.exit(end.code)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        sys.exit(1)
    sys.exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
