"""Where passwords come from, and that they stay unseen."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import pytest

from fetchrun.server.credentials import Secret, secret
from fetchrun.trouble import Trouble
from sortlang.rules import Password
from sortlang.source import Source, Span


def said(
    kind: Literal["env", "file", "command", "credential", "keyring", "literal"], value: str, rules: str = "mail.sort"
) -> Password:
    return Password(kind, value, span=Span(Source(rules, ""), 0, 0))


def refusal(password: Password, patience: float = 30.0) -> Trouble:
    with pytest.raises(Trouble) as caught:
        secret(password, patience)
    assert caught.value.step == "password"
    assert caught.value.settings == ("password",)
    assert not caught.value.temporary
    return caught.value


def test_literal() -> None:
    assert secret(said("literal", "hunter2")) == Secret("hunter2")


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_PASSWORD", "hünter2 ")
    assert secret(said("env", "X_PASSWORD")).text == "hünter2 "
    monkeypatch.delenv("X_PASSWORD")
    assert refusal(said("env", "X_PASSWORD")).sentence == "the environment variable X_PASSWORD is not set"


def test_environment_that_is_not_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_PASSWORD", "h\udcfcnter2")
    assert refusal(said("env", "X_PASSWORD")).sentence == "the environment variable X_PASSWORD is not UTF-8"


@pytest.mark.parametrize(
    ("content", "password"),
    [(b"hunter2", "hunter2"), (b"hunter2\n", "hunter2"), (b"hunter2\r\n", "hunter2"), (b" a b \n", " a b ")],
)
def test_file(tmp_path: Path, content: bytes, password: str) -> None:
    """The compiler has joined its name to the folder of the rules file already; it is not joined again."""
    _private(tmp_path / "secret", content)
    assert secret(said("file", str(tmp_path / "secret"), "below/mail.sort")).text == password


@pytest.mark.parametrize("content", [b"", b"\n"])
def test_empty(tmp_path: Path, content: bytes) -> None:
    _private(tmp_path / "secret", content)
    assert refusal(said("file", str(tmp_path / "secret"))).sentence == "the password is empty"


@pytest.mark.parametrize("content", [b"two\nlines\n", b"two\n\n", b"a\0b", b"a\rb"])
def test_what_no_login_can_carry(tmp_path: Path, content: bytes) -> None:
    _private(tmp_path / "secret", content)
    assert "which no login can carry" in refusal(said("file", str(tmp_path / "secret"))).sentence


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_open_to_others(tmp_path: Path, mode: int) -> None:
    """S10."""
    path = _private(tmp_path / "secret", b"hunter2")
    path.chmod(mode)
    trouble = refusal(said("file", str(path)))
    assert trouble.sentence == f"the password file {path} is open to others"
    assert trouble.hint == f"chmod 600 {path}"


def test_a_file_that_is_none(tmp_path: Path) -> None:
    assert refusal(said("file", str(tmp_path / "gone"))).sentence.endswith("cannot be read: No such file or directory")
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert refusal(said("file", str(tmp_path / "pipe"))).sentence.endswith("is no regular file")
    _private(tmp_path / "large", b"x" * 70_000)
    assert refusal(said("file", str(tmp_path / "large"))).sentence.endswith("is longer than 64 KiB")
    _private(tmp_path / "binary", b"\xff\xfe")
    assert refusal(said("file", str(tmp_path / "binary"))).sentence.endswith("is not UTF-8")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _private(tmp_path / "secret", b"hunter2")
    os.chown(path, 12345, 12345)
    assert refusal(said("file", str(path))).sentence.endswith("belongs to somebody else")


def test_command() -> None:
    """Words, not a shell."""
    echo = f"""{sys.executable} -c 'import sys; print(sys.argv[1])' 'a $HOME;b'"""
    assert secret(said("command", echo)).text == "a $HOME;b"


def test_command_that_fails(capfd: pytest.CaptureFixture[str]) -> None:
    """What it prints is not passed on: it may hold the secret."""
    loud = f"""{sys.executable} -c 'import sys; print("hunter2"); sys.exit("hunter2")'"""
    trouble = refusal(said("command", loud))
    assert trouble.sentence == f"the password command {sys.executable} failed with exit code 1"
    assert "hunter2" not in "".join(capfd.readouterr())
    assert "cannot be run" in refusal(said("command", "/no/such/program hunter2")).sentence
    assert "without its end" in refusal(said("command", "pass 'hunter2")).sentence
    assert "is empty" in refusal(said("command", " ")).sentence


def test_command_that_does_not_end() -> None:
    forever = f"{sys.executable} -c 'import threading; threading.Event().wait()'"
    assert refusal(said("command", forever), patience=0.2).sentence.endswith("took longer than 0.2 seconds")


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600])
def test_a_systemd_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int) -> None:
    """systemd lets the service's user read it by an access control list, which shows as a mode of the group."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    _private(tmp_path / "pop", b"hunter2\n").chmod(mode)
    assert secret(said("credential", "pop")).text == "hunter2"


def test_a_systemd_credential_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    trouble = refusal(said("credential", "pop"))
    assert trouble.sentence == "there is no systemd credential pop: systemd gave this process none"
    assert "LoadCredential=pop:" in trouble.hint
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert refusal(said("credential", "pop")).sentence.endswith("cannot be read: No such file or directory")
    _private(tmp_path / "pop", b"hunter2").chmod(0o444)
    assert refusal(said("credential", "pop")).sentence == f"the systemd credential {tmp_path}/pop is open to others"


def test_a_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {("pop", "anna"): "hunter2"}
    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=lambda *asked: kept.get(asked)))
    assert secret(said("keyring", "pop"), user="anna").text == "hunter2"
    with pytest.raises(Trouble) as caught:
        secret(said("keyring", "pop"), user="bob")
    assert caught.value.sentence == "the keyring holds no password of the service pop for the user bob"
    assert caught.value.hint == "keyring set pop bob"


def test_a_keyring_that_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: str) -> str:
        raise RuntimeError("hunter2")

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=locked))
    assert refusal(said("keyring", "pop")).sentence == "the keyring gives no answer: RuntimeError"


def test_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    trouble = refusal(said("keyring", "pop"))
    assert trouble.sentence == "the keyring cannot be asked: keyring is not installed"
    assert trouble.hint == "pip install 'sortlang[keyring]'"


def test_a_secret_is_not_shown() -> None:
    """S12."""
    held = Secret("hunter2")
    assert {repr(held), str(held), f"{held}", f"{[held]}"} == {"***", "[***]"}
    assert "hunter2" not in repr(said("literal", "hunter2"))


def _private(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path
