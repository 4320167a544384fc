"""Every mechanism against a real Dovecot, in the clear, after STLS and over TLS."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from accounts import NOWHERE, Mode, account
from dovecot import Dovecot, running
from fetchrun.server.credentials import Secret
from fetchrun.server.maildrop import opened
from fetchrun.trouble import Denied, Trouble
from introspection import CONFIGURATION, INTROSPECTION, Provider, provider
from sortlang.rules import Account, OAuth, Password
from wire import proxy

pytestmark = pytest.mark.peer

PASSWORDS = ["auto", "plain", "login", "cram-md5", "scram-sha-256", "apop"]
TOKENS = ["auto", "xoauth2", "oauthbearer"]
MODES: list[Mode] = ["off", "starttls", "required"]
OAUTH = OAuth("other", "https://login.example/token", "client", "/nowhere", span=NOWHERE)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dovecot, Provider]]:
    file = tmp_path_factory.mktemp("oauth") / "oauth2.conf"
    with provider() as asked:
        file.write_text(INTROSPECTION.format(port=asked.port))
        file.parent.chmod(0o755)
        with running(CONFIGURATION.format(file=file)) as server:
            yield server, asked


def there(server: Dovecot, tls: Mode, auth: str, **more: Any) -> Account:
    port = server.tls_port if tls == "required" else server.plain_port
    return account(port, tls=tls, ca=server.ca, user=server.user, auth=auth, **more)


def logged_in(made: Account, secret: str) -> tuple[int, int]:
    async def session() -> tuple[int, int]:
        async with opened(made, Secret(secret)) as drop:
            return await drop.stat()

    return asyncio.run(session())


@pytest.mark.parametrize("tls", MODES)
@pytest.mark.parametrize("auth", PASSWORDS)
def test_a_password(office: tuple[Dovecot, Provider], auth: str, tls: Mode) -> None:
    server, _ = office
    assert logged_in(there(server, tls, auth), server.password) == (0, 0)


@pytest.mark.parametrize("auth", PASSWORDS)
def test_a_wrong_password(office: tuple[Dovecot, Provider], auth: str) -> None:
    """F22."""
    server, _ = office
    with pytest.raises(Denied) as caught:
        logged_in(there(server, "required", auth), "hunter2")
    assert caught.value.sentence.startswith(f"the server does not accept the user {server.user} with this password")
    assert "hunter2" not in caught.value.sentence and not caught.value.temporary


@pytest.mark.parametrize(("auth", "said"), [("auto", b"SCRAM-SHA-256"), ("cram-md5", b"CRAM-MD5"), ("apop", b"APOP")])
def test_what_is_said_in_the_clear_is_not_the_password(
    office: tuple[Dovecot, Provider], auth: str, said: bytes
) -> None:
    server, _ = office

    async def session() -> bytes:
        async with proxy("127.0.0.1", server.plain_port) as wire:
            made = account(wire.port, tls="off", user=server.user, auth=auth)
            async with opened(made, Secret(server.password)) as drop:
                await drop.quit()
        return bytes(wire.to_server)

    heard = asyncio.run(session())
    assert said in heard and server.password.encode() not in heard and b"PLAIN" not in heard


@pytest.mark.parametrize("tls", MODES)
@pytest.mark.parametrize("auth", TOKENS)
@pytest.mark.parametrize("length", [10, 3000])
def test_a_token(office: tuple[Dovecot, Provider], auth: str, tls: Mode, length: int) -> None:
    server, asked = office
    token = "t" * length
    asked.tokens[token] = server.user
    assert logged_in(there(server, tls, auth, oauth=OAUTH, password=NONE), token) == (0, 0)
    assert asked.asked[-1]["token"] == token


@pytest.mark.parametrize("auth", TOKENS)
def test_a_token_that_is_over(office: tuple[Dovecot, Provider], auth: str) -> None:
    """F43."""
    server, _ = office
    with pytest.raises(Denied) as caught:
        logged_in(there(server, "required", auth, oauth=OAUTH, password=NONE), f"over-{auth}")
    assert caught.value.sentence.startswith(f"the server does not accept the user {server.user} with this token")


def test_a_mechanism_that_it_does_not_offer() -> None:
    """S03."""
    with running() as server, pytest.raises(Trouble) as caught:
        logged_in(there(server, "required", "scram-sha-256"), server.password)
    assert caught.value.sentence == "the server does not offer to log in with SCRAM-SHA-256; it offers PLAIN"
    assert caught.value.settings[0] == "auth"


NONE = Password("oauth", "", span=NOWHERE)
