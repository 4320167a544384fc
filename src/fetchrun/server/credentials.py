"""Credentials: where a password comes from, and how it stays unseen."""

import base64
import importlib
import os
import re
import shlex
import stat
import subprocess
from pathlib import Path

from fetchrun.privilege import unseen
from fetchrun.trouble import Trouble
from sortlang.frozen import frozen
from sortlang.rules import Password

MOST = 64 * 1024
COMMAND_SECONDS = 30.0
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{6,}={0,2}")
KEYRING = "pip install 'sortlang[keyring]'"


@frozen
class Secret:
    """A password in hand. Printing it, in whatever way, gives `***`."""

    text: str

    def __repr__(self) -> str:
        return "***"


def repeats(text: bytes, word: Secret, user: str) -> bool:
    """Whether a server says our secret back, plainly or in base64; one that the user's name holds is none."""
    raw = word.text.encode()
    return raw not in user.encode() and any(raw in each for each in (text, *map(_decoded, _BASE64.findall(text))))


def _decoded(run: bytes) -> bytes:
    """What a run of letters says in base64, if it does; the end of it may be missing."""
    whole = run.rstrip(b"=")
    whole = whole[:-1] if len(whole) % 4 == 1 else whole
    return base64.b64decode(whole + b"=" * (-len(whole) % 4))


def secret(password: Password, patience: float = COMMAND_SECONDS, *, user: str = "") -> Secret:
    """The password that a rules file names, read now; a command may take `patience` seconds. Raises Trouble.

    `user`: whose it is; a keyring asks for that.
    """
    unseen()
    found = _keyring(password, user) if password.kind == "keyring" else _READERS[password.kind](password, patience)
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
    return private_text(Path(password.value).expanduser(), "the password file")


def private_text(path: Path, what: str, loose: int = stat.S_IRWXG | stat.S_IRWXO) -> str:
    """What a file holds that nobody else may read, without its last line end; `loose`: the modes that are refused.

    Raises Trouble, which calls the file `what`.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as error:
        raise _trouble(f"{what} {path} cannot be read: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as opened:
        _refuse_loose(f"{what} {path}", path, os.fstat(descriptor), loose)
        return _text(opened.read(MOST + 1), f"{what} {path}")


def _refuse_loose(what: str, path: Path, status: os.stat_result, loose: int) -> None:
    """Asked of the open file, not of its name: nobody can swap it in between."""
    if not stat.S_ISREG(status.st_mode):
        raise _trouble(f"{what} is no regular file")
    if status.st_mode & loose:
        raise _trouble(f"{what} is open to others", f"chmod 600 {shlex.quote(str(path))}")
    if status.st_uid not in (os.geteuid(), 0):
        raise _trouble(f"{what} belongs to somebody else")


def _credential(password: Password, _: float) -> str:
    """systemd.exec(5): a file in a folder that is there for this service alone."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        sentence = f"there is no systemd credential {password.value}: systemd gave this process none"
        raise _trouble(sentence, f"`LoadCredential={password.value}:/path/of/the/file` in the unit gives it one")
    # An access control list for the service's user shows as a mode of the group; the folder is closed to all others.
    return private_text(Path(folder) / password.value, "the systemd credential", stat.S_IRWXO)


def _keyring(password: Password, user: str) -> str:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        raise _trouble("the keyring cannot be asked: keyring is not installed", KEYRING) from None
    try:
        found = keyring.get_password(password.value, user)
    except Exception as error:  # a keyring has errors of its own, as many as there are keyrings
        raise _trouble(f"the keyring gives no answer: {type(error).__name__}") from None
    if not isinstance(found, str):
        hint = f"keyring set {shlex.quote(password.value)} {shlex.quote(user)}"
        raise _trouble(f"the keyring holds no password of the service {password.value} for the user {user}", hint)
    return found


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


_READERS = {
    "literal": _literal,
    "env": _environment,
    "file": _file,
    "command": _command,
    "credential": _credential,
}
