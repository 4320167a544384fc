"""The demonstration's server, asked by the standard library's client and line by line."""

import asyncio
import base64
import poplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from fetchrun.demo.authority import CA, server_context
from fetchrun.demo.dialogue import Dialogue, Mailbox
from fetchrun.demo.server import serving

T = TypeVar("T")

FIRST = b"Subject: first\r\nTo: anna@example.com\r\n\r\nhello\r\n.\r\n..two\r\n.three\r\nend\r\n"
SECOND = b"Subject: second\r\n\r\n" + b"x" * 200_000 + b"\r\n"
THIRD = b"Subject: third\r\n\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    maildrop = tmp_path / "maildrop"
    maildrop.mkdir()
    for name, text in (("01-first", FIRST), ("02-second", SECOND), ("03-third", THIRD)):
        (maildrop / f"{name}.eml").write_bytes(text)
    return maildrop


def served(folder: Path, talk: Callable[[int], T], tls: ssl.SSLContext | None = None, **options: Any) -> T:
    """What `talk` answers, given the port of a server that lasts as long as it talks."""

    async def run() -> T:
        async with serving(folder, tls, **options) as port:
            return await asyncio.to_thread(talk, port)

    return asyncio.run(run())


@contextmanager
def client(port: int, password: str = "demo") -> Iterator[poplib.POP3]:
    """A client that is in; it hangs up without QUIT if the block does not quit."""
    pop = poplib.POP3("127.0.0.1", port, timeout=20)
    try:
        pop.user("demo")
        pop.pass_(password)
        yield pop
    finally:
        pop.close()


@contextmanager
def line_to(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        assert line.recv(200).startswith(b"+OK")
        yield line


def until(line: socket.socket, end: bytes) -> bytes:
    """What comes until the peer closes or the answer ends so."""
    got = b""
    while not got.endswith(end) and (more := line.recv(65536)):
        got += more
    return got


def files(folder: Path) -> list[str]:
    return sorted(each.stem for each in folder.glob("*.eml"))


def test_stat_list_and_uidl_name_the_messages(folder: Path) -> None:
    def talk(port: int) -> None:
        with client(port) as pop:
            assert pop.stat() == (3, len(FIRST) + len(SECOND) + len(THIRD))
            assert pop.list()[1] == [b"1 %d" % len(FIRST), b"2 %d" % len(SECOND), b"3 %d" % len(THIRD)]
            assert pop.list(2) == b"+OK 2 %d" % len(SECOND)
            assert pop.uidl()[1] == [b"1 01-first", b"2 02-second", b"3 03-third"]
            assert pop.uidl(3) == b"+OK 3 03-third"

    served(folder, talk)


def test_a_message_comes_whole_and_its_dots_are_stuffed(folder: Path) -> None:
    def talk(port: int) -> None:
        with client(port) as pop:
            lines = pop.retr(1)[1]
            assert b"\r\n".join([*lines, b""]) == FIRST
        with line_to(port) as line:
            line.sendall(b"USER demo\r\nPASS demo\r\nRETR 1\r\nRETR 2\r\nQUIT\r\n")
            wire = until(line, b"deleted\r\n")
        assert b"\r\nhello\r\n..\r\n...two\r\n..three\r\nend\r\n.\r\n" in wire
        assert b"+OK %d octets\r\n" % len(SECOND) + SECOND + b".\r\n+OK bye" in wire

    served(folder, talk)


def test_top_gives_the_header_and_so_many_lines(folder: Path) -> None:
    def talk(port: int) -> None:
        with client(port) as pop:
            assert pop.top(1, 0)[1] == [b"Subject: first", b"To: anna@example.com", b""]
            assert pop.top(1, 2)[1] == [b"Subject: first", b"To: anna@example.com", b"", b"hello", b"."]
            assert pop.top(3, 9)[1] == [b"Subject: third", b""]

    served(folder, talk)


def test_quit_deletes_what_was_marked_and_nothing_else(folder: Path) -> None:
    def talk(port: int) -> None:
        with client(port) as pop:
            pop.dele(1)
            pop.dele(3)
            assert pop.stat() == (1, len(SECOND))
            assert pop.list()[1] == [b"2 %d" % len(SECOND)]
            with pytest.raises(poplib.error_proto, match="no such message"):
                pop.retr(1)
            assert files(folder) == ["01-first", "02-second", "03-third"]
            pop.quit()

    served(folder, talk)
    assert files(folder) == ["02-second"]


def test_without_quit_nothing_is_deleted(folder: Path) -> None:
    def talk(port: int) -> None:
        with client(port) as pop:
            pop.dele(1)

    served(folder, talk)
    assert files(folder) == ["01-first", "02-second", "03-third"]


def test_rset_unmarks(folder: Path) -> None:
    def talk(port: int) -> None:
        with client(port) as pop:
            pop.dele(2)
            pop.rset()
            pop.quit()

    served(folder, talk)
    assert files(folder) == ["01-first", "02-second", "03-third"]


def test_a_second_session_finds_the_maildrop_in_use(folder: Path) -> None:
    def talk(port: int) -> None:
        with client(port) as first:
            with pytest.raises(poplib.error_proto, match=r"\[IN-USE\]"), client(port):
                pass
            first.quit()
        with client(port) as third:
            assert third.stat()[0] == 3

    served(folder, talk)


def test_a_client_that_hangs_up_leaves_the_maildrop_free(folder: Path) -> None:
    dialogue = Dialogue(mailbox(folder))
    assert said(dialogue, b"USER demo", b"PASS demo")[-1].startswith(b"+OK")
    other = Dialogue(mailbox(folder))
    assert said(other, b"USER demo", b"PASS demo")[-1].startswith(b"-ERR [IN-USE]")
    dialogue.close()
    assert said(other, b"USER demo", b"PASS demo")[-1].startswith(b"+OK")
    other.close()


def test_a_wrong_password_is_refused_and_the_third_time_ends_the_session(folder: Path) -> None:
    def talk(port: int) -> bytes:
        with line_to(port) as line:
            line.sendall(b"USER demo\r\nPASS wrong\r\n" * 4)
            return until(line, b"never")

    answers = served(folder, talk).splitlines()
    assert [each[:6] for each in answers].count(b"-ERR [") == 3
    assert answers[-1] == b"-ERR [AUTH] wrong user or password"


@pytest.mark.parametrize("initial", [True, False])
def test_sasl_plain_with_and_without_initial_response(folder: Path, initial: bool) -> None:
    response = base64.b64encode(b"\0demo\0demo")
    lines = [b"AUTH PLAIN " + response] if initial else [b"AUTH PLAIN", response]
    dialogue = Dialogue(mailbox(folder))
    answers = said(dialogue, *lines, b"STAT")
    dialogue.close()
    assert answers[-2:] == [b"+OK come in\r\n", b"+OK 3 %d\r\n" % (len(FIRST) + len(SECOND) + len(THIRD))]
    assert initial or answers[0] == b"+ \r\n"


@pytest.mark.parametrize("line", [b"AUTH PLAIN !!!", b"AUTH PLAIN AGFh", b"AUTH PLAIN /////w==", b"AUTH CRAM-MD5"])
def test_a_bad_sasl_exchange_is_refused(folder: Path, line: bytes) -> None:
    assert said(Dialogue(mailbox(folder)), line)[0].startswith(b"-ERR")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"RETR",
        b"RETR 0",
        b"RETR 4",
        b"RETR -1",
        "RETR ²".encode(),
        b"TOP 1",
        b"TOP 1 x",
        b"DELE x",
        b"XYZZY",
        b"USER a",
        b"\xff",
    ],
)
def test_nonsense_is_refused_and_the_session_goes_on(folder: Path, line: bytes) -> None:
    dialogue = Dialogue(mailbox(folder))
    answers = said(dialogue, b"USER demo", b"PASS demo", line, b"NOOP")
    dialogue.close()
    assert answers[2].startswith(b"-ERR ")
    assert answers[3].startswith(b"+OK")


@pytest.mark.parametrize("line", [b"STAT", b"UIDL", b"RETR 1", b"PASS demo", b"STLS"])
def test_nothing_is_told_before_the_login(folder: Path, line: bytes) -> None:
    assert said(Dialogue(mailbox(folder)), line)[0].startswith(b"-ERR ")


def test_a_line_without_end_ends_the_connection(folder: Path) -> None:
    def talk(port: int) -> bytes:
        with line_to(port) as line:
            line.sendall(b"USER " + b"x" * 600)
            return until(line, b"never")

    assert served(folder, talk) == b""


def test_tls_from_the_first_byte(folder: Path, tmp_path: Path) -> None:
    def talk(port: int) -> list[bytes]:
        trusting = ssl.create_default_context(cafile=tmp_path / CA)
        pop = poplib.POP3_SSL("localhost", port, context=trusting, timeout=20)
        pop.user("demo")
        pop.pass_("demo")
        lines: list[bytes] = pop.retr(1)[1]
        pop.quit()
        return lines

    tls = server_context(tmp_path, "127.0.0.1", "localhost")
    assert served(folder, talk, tls)[0] == b"Subject: first"


def test_stls_comes_before_the_login(folder: Path, tmp_path: Path) -> None:
    def talk(port: int) -> None:
        trusting = ssl.create_default_context(cafile=tmp_path / CA)
        pop = poplib.POP3("localhost", port, timeout=20)
        before = pop.capa()
        assert "STLS" in before and not {"USER", "SASL"} & set(before)
        with pytest.raises(poplib.error_proto, match="begin TLS first"):
            pop.user("demo")
        pop.stls(trusting)
        after = pop.capa()
        assert after["SASL"] == ["PLAIN"] and "USER" in after and "STLS" not in after
        pop.user("demo")
        pop.pass_("demo")
        assert pop.stat()[0] == 3
        pop.quit()

    served(folder, talk, server_context(tmp_path, "127.0.0.1", "localhost"), implicit=False)


def test_commands_sent_ahead_of_the_handshake_end_the_connection(folder: Path, tmp_path: Path) -> None:
    def talk(port: int) -> bytes:
        with line_to(port) as line:
            line.sendall(b"STLS\r\nUSER demo\r\n")
            return until(line, b"never")

    tls = server_context(tmp_path, "127.0.0.1")
    assert served(folder, talk, tls, implicit=False) == b"+OK begin TLS\r\n"


def test_the_authority_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    server_context(tmp_path, "127.0.0.1")
    first = (tmp_path / CA).read_bytes()
    server_context(tmp_path, "127.0.0.1")
    assert (tmp_path / CA).read_bytes() == first
    assert b"PRIVATE KEY" not in first
    assert (tmp_path / "server.pem").stat().st_mode & 0o077 == 0


def mailbox(folder: Path) -> Mailbox:
    return Mailbox(folder, "demo", "demo")


def said(dialogue: Dialogue, *lines: bytes) -> list[bytes]:
    """The answer to each line."""
    return [b"".join(dialogue.answer(line)) for line in lines]
