"""What the network and TLS can do to a session, and the sentence that says so."""

import asyncio
import contextlib
import datetime
import errno
import hashlib
import random
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from accounts import account
from fetchrun.pop3 import command
from fetchrun.server import dialog, maildrop
from fetchrun.server.credentials import Secret
from fetchrun.server.dialog import Pace
from fetchrun.server.maildrop import opened
from fetchrun.server.stream import Stream, connected
from fetchrun.server.tls import context
from fetchrun.trouble import Trouble
from sortlang.rules import Account, Tls
from wire import Line, Talk, listening, scripted

AUTHORITY = trustme.CA()
SILENCE = 0.2
"""Seconds that a test waits for a server that will never say anything."""


def served(certificate: trustme.LeafCert) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says nothing until the client leaves."""
    await reader.read()


def saying(*parts: bytes, then: Talk = hang) -> Talk:
    """Says this at once, then does something else."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.writelines(parts)
        await writer.drain()
        await then(reader, writer)

    return talk


async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Cuts the connection, without TLS's goodbye."""


def trouble_of(talk: Talk, make: Callable[[int], Account], server: ssl.SSLContext | None = None) -> tuple[Trouble, str]:
    """What comes of a session with a server that does `talk`; and where it was."""

    async def session() -> tuple[Trouble, str]:
        async with listening(talk, server) as port:
            try:
                async with opened(make(port), Secret("secret")) as drop:
                    await drop.stat()
            except Trouble as trouble:
                return trouble, f"localhost:{port}"
        raise AssertionError("no trouble")

    return asyncio.run(session())


class TestConnecting:
    def test_refused(self) -> None:
        """F01."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        trouble = _connecting("localhost", port)
        assert trouble.sentence == f"localhost:{port} refused the connection"
        assert (trouble.step, trouble.settings, trouble.temporary) == ("connect", ("server",), True)

    def test_no_such_name(self) -> None:
        assert _connecting("x" * 64 + ".example", 995).sentence == f"there is no host with the name {'x' * 64}.example"

    @pytest.mark.parametrize(
        ("error", "sentence"),
        [
            (socket.gaierror(socket.EAI_NONAME, "?"), "there is no host with the name HOST"),
            (socket.gaierror(socket.EAI_AGAIN, "?"), "the name HOST could not be looked up: no name server answered"),
            (OSError(errno.ENETUNREACH, "?"), "HOST:995 cannot be reached from here"),
            (OSError("Multiple exceptions: [Errno 111] x, [Errno 111] y"), "HOST:995 refused the connection"),
            (OSError("Multiple exceptions: [Errno 101] x, [Errno 113] y"), "HOST:995 cannot be reached from here"),
            (OSError(errno.ETIMEDOUT, "?"), "HOST:995 did not answer"),
            (OSError(errno.ECONNRESET, "?"), "HOST:995 cut the connection"),
            (OSError("Multiple exceptions: [Errno 111] x, [Errno 104] y"), "HOST:995 cut the connection"),
            (TimeoutError(), "HOST:995 did not answer within 20 seconds"),
            (
                OSError(errno.EMFILE, "Connect call failed ('::1', 1)"),
                "HOST:995 cannot be connected to: too many open files",
            ),
        ],
    )
    def test_errors(self, error: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """F01."""

        async def fail(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", fail)
        assert _connecting("pop.example", 995).sentence == sentence.replace("HOST", "pop.example")


class TestSilence:
    def test_it_never_greets(self) -> None:
        """F02."""
        trouble, where = trouble_of(hang, lambda port: account(port, timeout=SILENCE))
        assert trouble.sentence == f"{where} was silent for {SILENCE:g} seconds"
        assert trouble.step == "connect"

    def test_it_never_answers_the_handshake(self, ca: Path) -> None:
        """S02."""
        trouble, where = trouble_of(hang, lambda port: account(port, tls="required", ca=ca, timeout=SILENCE))
        assert trouble.sentence == f"{where} did not finish the TLS handshake in time"
        assert trouble.step == "tls"

    def test_it_drips(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """F03, F04: octet by octet, for ever."""
        monkeypatch.setattr(Pace, "OVER", 0.0)
        monkeypatch.setattr(Pace, "LEAST", 1 << 40)

        async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0)

        trouble, where = trouble_of(saying(b"+OK ", then=drip), account)
        assert trouble.sentence == f"{where} sends less than {1 << 40} bytes a second"

    def test_the_login_takes_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """F02, F03: every octet comes in time, the login never."""
        monkeypatch.setattr(maildrop, "LOGIN_SECONDS", 0.0)
        monkeypatch.setattr(dialog, "Connection", _Deaf)

        async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0)

        trouble, where = trouble_of(babble, lambda port: account(port, timeout=SILENCE))
        assert trouble.sentence == f"{where} did not let us in within {SILENCE:g} seconds"

    def test_pace(self) -> None:
        pace = Pace()
        assert not pace.is_too_slow(10, 59.0)
        assert pace.is_too_slow(10, 1.0)
        assert not pace.is_too_slow(10, 59.0), "measured anew"
        pace.rest()
        assert not pace.is_too_slow(10, 59.0), "the answer before is none of its business"
        assert not pace.is_too_slow(60 * 1024, 1.0)


class TestTls:
    def test_it_is_checked_and_works(self, ca: Path) -> None:
        server = served(AUTHORITY.issue_cert("localhost"))
        talk = saying(b"+OK\r\n")
        trouble, where = trouble_of(talk, lambda port: account(port, tls="required", ca=ca, timeout=SILENCE), server)
        assert (trouble.step, trouble.sentence) == ("login", f"{where} was silent for {SILENCE:g} seconds")

    def test_signed_by_itself(self, tmp_path: Path) -> None:
        """F40."""
        server = served(_signed_by_itself())
        trouble, where = trouble_of(hang, lambda port: account(port, tls="required"), server)
        assert trouble.sentence == f"the certificate of {where} is signed by nobody but itself"
        assert not trouble.temporary

    def test_expired(self, ca: Path) -> None:
        """F40."""
        past = datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC)
        certificate = AUTHORITY.issue_cert("localhost", not_before=past - datetime.timedelta(1), not_after=past)
        trouble, where = trouble_of(hang, lambda port: account(port, tls="required", ca=ca), served(certificate))
        assert trouble.sentence == f"the certificate of {where} has expired"

    @pytest.mark.parametrize("name", ["pop.example.com", "localhost.evil.example", "*.localhost"])
    def test_another_name(self, ca: Path, name: str) -> None:
        """F40."""
        server = served(AUTHORITY.issue_cert(name))
        trouble, where = trouble_of(hang, lambda port: account(port, tls="required", ca=ca), server)
        assert trouble.sentence == f"the certificate of {where} is not for the name localhost"

    def test_the_name_that_the_account_says(self, ca: Path) -> None:
        def named(port: int) -> Account:
            made = Tls("required", ca=str(ca), name="pop.example.com")
            return Account(**{**_fields(account(port)), "tls": made})

        server = served(AUTHORITY.issue_cert("pop.example.com"))
        trouble, _ = trouble_of(saying(b"-ERR away\r\n"), named, server)
        assert "away" in trouble.sentence

    @pytest.mark.parametrize("right", [True, False])
    def test_a_pin(self, ca: Path, right: bool) -> None:
        """Of the whole certificate; asked besides all else, before a byte is said. Several may be known beforehand."""
        certificate = AUTHORITY.issue_cert("localhost")
        der = ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode())
        shown = hashlib.sha256(der).hexdigest()
        pins = ("0" * 64, shown) if right else ("0" * 64,)

        def made(port: int) -> Account:
            tls = Tls("required", ca=str(ca), pins=pins)
            return Account(**{**_fields(account(port)), "tls": tls})

        words = b"+OK\r\n", b"-ERR\r\n"
        trouble, where = trouble_of(saying(*words), made, served(certificate))
        if right:
            assert trouble.step == "login"
        else:
            assert trouble.sentence == f"the certificate of {where} is not the one that is pinned"
            assert f'`tls pin "sha256:{shown}"`' in trouble.hint and not trouble.temporary

    def test_a_pin_is_no_leave_to_trust(self) -> None:
        """S01: a pinned certificate that nobody signed is not believed; its authority has to be named."""
        leaf = _signed_by_itself()
        der = ssl.PEM_cert_to_DER_cert(leaf.cert_chain_pems[0].bytes().decode())
        tls = Tls("required", pins=(hashlib.sha256(der).hexdigest(),))
        trouble, _ = trouble_of(hang, lambda port: Account(**{**_fields(account(port)), "tls": tls}), served(leaf))
        assert trouble.sentence.endswith("is signed by nobody but itself")

    def test_too_old(self, ca: Path) -> None:
        """F40."""
        server = served(AUTHORITY.issue_cert("localhost"))
        server.maximum_version = ssl.TLSVersion.TLSv1_2

        async def session(listener: socket.socket) -> Trouble:
            serving = asyncio.create_task(asyncio.to_thread(_shake_hands, listener, server))
            made = account(listener.getsockname()[1])
            modern = Account(**{**_fields(made), "tls": Tls("required", ca=str(ca), minimum="1.3")})
            with pytest.raises(Trouble) as caught:
                async with opened(modern, Secret("secret")):
                    pass
            await serving
            return caught.value

        with socket.create_server(("127.0.0.1", 0)) as listener:
            trouble = asyncio.run(session(listener))
        assert trouble.sentence.endswith("speaks no version of TLS that is allowed here")

    def test_nothing_below_1_2_is_offered(self) -> None:
        assert context(Tls()).minimum_version == ssl.TLSVersion.TLSv1_2
        assert context(Tls()).verify_mode == ssl.CERT_REQUIRED
        assert context(Tls()).check_hostname

    def test_cut_in_the_handshake(self, ca: Path) -> None:
        trouble, where = trouble_of(leave, lambda port: account(port, tls="required", ca=ca))
        assert trouble.sentence == f"{where} cut the connection in the TLS handshake"

    @pytest.mark.parametrize(
        "words", [b"+OK ready\r\n", b"220 mail.example.com ESMTP\r\n", b"HTTP/1.1 400 Bad\r\n\r\n"]
    )
    def test_it_speaks_something_else(self, ca: Path, words: bytes) -> None:
        """F44."""
        trouble, where = trouble_of(saying(words), lambda port: account(port, tls="required", ca=ca))
        assert trouble.sentence == f"{where} does not speak TLS"

    def test_cut_without_goodbye(self, ca: Path) -> None:
        """F41: in the middle of an answer."""
        server = served(AUTHORITY.issue_cert("localhost"))
        trouble, where = trouble_of(
            saying(b"+OK rea", then=leave), lambda port: account(port, tls="required", ca=ca), server
        )
        assert trouble.sentence == f"{where} cut the connection"

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (None, "the certificate file {} cannot be read: No such file or directory"),
            ("x", "the file {} holds no certificate in PEM form"),
        ],
    )
    def test_a_ca_file_that_is_none(self, tmp_path: Path, content: str | None, sentence: str) -> None:
        path = tmp_path / "ca.pem"
        if content is not None:
            path.write_text(content)
        trouble, _ = trouble_of(hang, lambda port: account(port, tls="required", ca=path))
        assert trouble.sentence == sentence.format(path)
        assert trouble.settings == ("tls", "server")

    def test_stls_and_then_no_tls(self, ca: Path) -> None:
        """F38: the handshake fails, and nothing is said in the clear."""
        script = [
            Line("server", b"+OK\r\n"),
            Line("client", b"CAPA\r\n"),
            Line("server", b"+OK\r\nSTLS\r\nSASL PLAIN\r\n.\r\n"),
            Line("client", b"STLS\r\n"),
            Line("server", b"+OK\r\n"),
        ]

        async def session() -> bytes:
            heard = bytearray()

            async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                for line in script:
                    if line.who == "server":
                        writer.write(line.text)
                    else:
                        assert await reader.readuntil(b"\r\n") == line.text
                heard.extend(await reader.read(1))  # the handshake begins
                writer.write(b"-ERR not so\r\n")
                heard.extend(await reader.read())

            async with listening(talk) as port:
                with pytest.raises(Trouble, match="does not speak TLS"):
                    async with opened(account(port, tls="starttls", ca=ca), Secret("secret")):
                        pass
            return bytes(heard)

        heard = asyncio.run(session())
        assert heard.startswith(b"\x16\x03")
        assert not any(word in heard for word in (b"USER", b"PASS", b"AUTH", b"secret", b"anna"))


class TestBytes:
    @pytest.mark.parametrize("secure", [False, True])
    def test_nothing_is_lost_when_nobody_reads_for_a_while(self, ca: Path, secure: bool) -> None:
        """More comes than the buffer holds, so that the network has to wait; every octet arrives in its place."""
        data = random.Random(1).randbytes(8 * 1024 * 1024)

        async def run() -> bytes:
            server = served(AUTHORITY.issue_cert("localhost")) if secure else None
            async with listening(saying(data, then=leave_gently), server) as port:
                stream = await connected("localhost", port, 20.0)
                if secure:
                    await stream.begin_tls(context(Tls(ca=str(ca))), "localhost", 20.0)
                await _until_full(stream)
                received = hashlib.sha256()
                while part := await stream.read(20.0):
                    received.update(part)
                await stream.abort()
                return received.digest()

        assert asyncio.run(run()) == hashlib.sha256(data).digest()

    def test_a_session_that_fails_says_no_quit(self) -> None:
        """The scripted server would complain of it."""
        script = [
            Line("server", b"+OK\r\n"),
            Line("client", b"CAPA\r\n"),
            Line("server", b"-ERR\r\n"),
            Line("client", b"USER anna\r\n"),
            Line("server", b"+OK\r\n"),
            Line("client", b"PASS secret\r\n"),
            Line("server", b"+OK\r\n"),
            Line("client", b"DELE 1\r\n"),
            Line("server", b"+OK\r\n"),
        ]

        async def session() -> None:
            async with scripted(script) as port:
                with pytest.raises(ZeroDivisionError):
                    async with opened(account(port), Secret("secret")) as drop:
                        await drop._dialog.ask(command.dele(1))
                        raise ZeroDivisionError

        asyncio.run(session())

    def test_after_trouble_there_is_no_quit(self) -> None:
        script = [
            Line("server", b"+OK\r\n"),
            Line("client", b"CAPA\r\n"),
            Line("server", b"-ERR\r\n"),
            Line("client", b"USER anna\r\n"),
            Line("server", b"+OK\r\n"),
            Line("client", b"PASS secret\r\n"),
            Line("server", b"+OK\r\n"),
            Line("client", b"STAT\r\n"),
        ]

        async def session() -> bool:
            async with scripted(script) as port, opened(account(port, timeout=SILENCE), Secret("secret")) as drop:
                with pytest.raises(Trouble, match="was silent"):
                    await drop.stat()
                return await drop.quit()

        assert not asyncio.run(session())


async def leave_gently(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ends what it has to say, and waits for the client to go."""
    writer.close()
    await writer.wait_closed()


async def _until_full(stream: Stream) -> None:
    while not stream._paused:
        await asyncio.sleep(0)


class _Deaf(dialog.Connection):
    """Never makes anything of what it hears, and is never midway."""

    def receive(self, data: bytes) -> list[dialog.Event]:
        return []


def _shake_hands(listener: socket.socket, server: ssl.SSLContext) -> None:
    """Once; the socket's own way, for asyncio's servers fail without an alert."""
    accepted, _ = listener.accept()
    with accepted, contextlib.suppress(ssl.SSLError):
        server.wrap_socket(accepted, server_side=True)


def _connecting(host: str, port: int) -> Trouble:
    async def connect() -> None:
        await connected(host, port, 20.0)

    with pytest.raises(Trouble) as caught:
        asyncio.run(connect())
    return caught.value


def _fields(made: Account) -> dict[str, object]:
    return {name: getattr(made, name) for name in made.__dataclass_fields__}


def _signed_by_itself() -> trustme.LeafCert:
    """An authority's own certificate, used as a server's."""
    authority = trustme.CA()
    return trustme.LeafCert(authority.private_key_pem.bytes(), authority.cert_pem.bytes(), [])
