"""Credentials: where a password comes from, and how it stays unseen."""

import os
import shlex
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from fetchrun.trouble import Trouble
from sortlang.rules import Password

MOST = 64 * 1024
COMMAND_SECONDS = 30.0


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A password in hand. Printing it, in whatever way, gives `***`."""

    text: str

    def __repr__(self) -> str:
        return "***"


def secret(password: Password, patience: float = COMMAND_SECONDS) -> Secret:
    """The password that a rules file names, read now; a command may take `patience` seconds. Raises Trouble."""
    found = _READERS[password.kind](password, patience)
    if not found:
        raise _trouble("the password is empty")
    if set(found) & set("\r\n\0"):
        raise _trouble("the password holds a line break or NUL, which no login can carry")
    return Secret(found)


def _literal(password: Password, _: float) -> str:
    return password.value


def _environment(password: Password, _: float) -> str:
    found = os.environb.get(os.fsencode(password.value))
    if found is None:
        raise _trouble(f"the environment variable {password.value} is not set")
    return _text(found, f"the environment variable {password.value}")


def _file(password: Password, _: float) -> str:
    path = Path(password.value).expanduser()
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as error:
        raise _trouble(f"the password file {path} cannot be read: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as opened:
        _refuse_loose(path, os.fstat(descriptor))
        return _text(opened.read(MOST + 1), f"the password file {path}")


def _refuse_loose(path: Path, status: os.stat_result) -> None:
    """Asked of the open file, not of its name: nobody can swap it in between."""
    if not stat.S_ISREG(status.st_mode):
        raise _trouble(f"the password file {path} is no regular file")
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _trouble(f"the password file {path} is open to others", f"chmod 600 {shlex.quote(str(path))}")
    if status.st_uid not in (os.geteuid(), 0):
        raise _trouble(f"the password file {path} belongs to somebody else")


def _command(password: Password, patience: float) -> str:
    name, argv = _argv(password)
    try:
        run = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _trouble(f"the password command {name} took longer than {patience:g} seconds") from None
    except OSError as error:
        raise _trouble(f"the password command {name} cannot be run: {error.strerror}") from None
    if run.returncode:
        raise _trouble(f"the password command {name} failed with exit code {run.returncode}")
    return _text(run.stdout, f"the output of the password command {name}")


def _argv(password: Password) -> tuple[str, list[str]]:
    """The program's name, which may be shown, and the words, which may not. There is no shell in between."""
    try:
        argv = shlex.split(password.value)
    except ValueError:
        raise _trouble("the password command has a quote without its end") from None
    if not argv or "\0" in password.value:
        raise _trouble("the password command is empty or holds NUL")
    return argv[0], argv


def _text(data: bytes, what: str) -> str:
    if len(data) > MOST:
        raise _trouble(f"{what} is longer than {MOST // 1024} KiB")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise _trouble(f"{what} is not UTF-8") from None
    return text.removesuffix("\n").removesuffix("\r")


def _trouble(sentence: str, hint: str = "") -> Trouble:
    return Trouble("password", sentence, settings=("password",), hint=hint, temporary=False)


_READERS = {"literal": _literal, "env": _environment, "file": _file, "command": _command}
