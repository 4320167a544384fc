"""Tokens: had from a provider over TLS, renewed, refused, never seen."""

import asyncio
import dataclasses
import socket
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner

from accounts import NOWHERE, account
from dovecot import Dovecot, running
from fetchrun.cli import main
from fetchrun.entrance import entered
from fetchrun.server import oauth
from fetchrun.server.device import Code, awaited, begun
from fetchrun.server.endpoint import asked
from fetchrun.server.oauth import Wallet, refreshed
from fetchrun.trouble import Denied, Trouble
from introspection import CONFIGURATION, INTROSPECTION, Provider, provider
from sortlang.rules import Account, OAuth, Password

AUTHORITY = trustme.CA()


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider whose certificate this process believes; a refresh token lies in the file `refresh`."""
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    (tmp_path / "refresh").write_text("old-refresh\n")
    (tmp_path / "refresh").chmod(0o600)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("localhost").configure_cert(context)
    with provider(context) as made:
        yield made


def rules(there: Provider, folder: Path, **more: object) -> OAuth:
    secret = Password("literal", "client-canary", span=NOWHERE)
    made = OAuth(
        "other",
        f"https://localhost:{there.port}/token",
        "client",
        str(folder / "refresh"),
        secret,
        "mail",
        span=NOWHERE,
    )
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]


def good(token: str, **more: object) -> tuple[int, object]:
    return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600} | more


class TestRefresh:
    def test_what_is_asked(self, there: Provider, tmp_path: Path) -> None:
        there.answers = [good("access")]
        grant = refreshed(rules(there, tmp_path))
        assert (grant.access.text, grant.seconds, grant.refresh) == ("access", 3600.0, None)
        assert there.asked == [
            {
                "path": "/token",
                "client_id": "client",
                "client_secret": "client-canary",
                "grant_type": "refresh_token",
                "refresh_token": "old-refresh",
                "scope": "mail",
            }
        ]

    def test_a_new_refresh_token_is_kept(self, there: Provider, tmp_path: Path) -> None:
        """S13."""
        there.answers = [good("access", refresh_token="new-refresh")]
        refreshed(rules(there, tmp_path))
        path = tmp_path / "refresh"
        assert path.read_text() == "new-refresh\n"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert sorted(each.name for each in tmp_path.iterdir()) == ["ca.pem", "refresh"]

    @pytest.mark.parametrize(
        ("status", "answer", "denied", "words"),
        [
            (400, {"error": "invalid_grant", "error_description": "expired\r\ntrace"}, True, "invalid_grant: expired"),
            (401, {"error": "invalid_client"}, True, "invalid_client"),
            (400, {}, True, "it does not say why"),
            (400, {"error": "x", "error_description": "no old-refresh here"}, True, "refresh token: x"),
            (500, {}, False, "gives no tokens now: HTTP status 500"),
            (429, {}, False, "gives no tokens now: HTTP status 429"),
            (307, "https://elsewhere.example/token", False, "send us to another address"),
            (200, [], False, "is no JSON object"),
            (200, b"[" * 60_000, False, "is no JSON object"),
            (200, b"x" * 70_000, False, "gives no tokens"),
            (200, {}, False, "holds no token that can be used"),
            (200, {"access_token": "a\r\nb"}, False, "holds no token that can be used"),
            (200, {"access_token": "a", "token_type": "mac"}, False, "holds no token that can be used"),
        ],
    )
    def test_what_may_come_instead(
        self, there: Provider, tmp_path: Path, status: int, answer: object, denied: bool, words: str
    ) -> None:
        """F43; S12: nothing that we said comes back."""
        there.answers = [(status, answer)]
        with pytest.raises(Trouble) as caught:
            refreshed(rules(there, tmp_path))
        assert isinstance(caught.value, Denied) is denied
        assert words in caught.value.sentence and caught.value.settings[0] == "oauth"
        shown = caught.value.sentence + caught.value.hint + repr(caught.value.__cause__)
        assert "old-refresh" not in shown and "canary" not in shown and "trace" not in shown
        assert len(there.asked) == 1

    def test_its_certificate_is_checked(self, there: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(Trouble, match="certificate is not to be trusted") as caught:
            refreshed(rules(there, tmp_path))
        assert caught.value.temporary and there.asked == []

    def test_nobody_is_there(self, there: Provider, tmp_path: Path) -> None:
        with pytest.raises(Trouble, match="connection refused"):
            refreshed(rules(there, tmp_path, token_endpoint="https://localhost:1/token"))

    def test_it_never_answers(self) -> None:
        """F43."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"https://localhost:{silent.getsockname()[1]}/token"
            with pytest.raises(Trouble, match=r"it did not answer within 0\.2 seconds") as caught:
                asked(url, {"refresh_token": "canary"}, patience=0.2)
        assert caught.value.temporary

    def test_its_header_drips(self, there: Provider) -> None:
        """F43: no octet comes late, and yet whoever reads them must come to an end."""
        there.answers = [(200, b"")]
        there.pause = 0.02
        with pytest.raises(Trouble, match=r"it did not answer within 0\.3 seconds") as caught:
            asked(f"https://localhost:{there.port}/token", {"refresh_token": "canary"}, patience=0.3)
        assert caught.value.temporary

    def test_no_tls(self, there: Provider, tmp_path: Path) -> None:
        with pytest.raises(Trouble, match="does not begin with https"):
            refreshed(rules(there, tmp_path, token_endpoint="http://localhost:1/token"))

    def test_no_refresh_token(self, there: Provider, tmp_path: Path) -> None:
        (tmp_path / "refresh").chmod(0o640)
        with pytest.raises(Trouble, match="is open to others"):
            refreshed(rules(there, tmp_path))
        (tmp_path / "refresh").unlink()
        with pytest.raises(Trouble, match="cannot be read: No such file") as caught:
            refreshed(rules(there, tmp_path))
        assert "fetchrun login" in caught.value.hint and there.asked == []


class TestWallet:
    def test_a_token_is_used_until_shortly_before_its_end(self, there: Provider, tmp_path: Path) -> None:
        now = [0.0]
        wallet, made = Wallet(lambda: now[0]), rules(there, tmp_path)
        there.answers = [good("one", expires_in=100), good("two"), good("three")]
        assert [wallet.token(made).text, wallet.token(made).text] == ["one", "one"]
        now[0] = 40.0
        assert wallet.token(made).text == "two"
        assert wallet.token(made, fresh=True).text == "three"
        assert repr(wallet.token(made)) == "***"


class TestDevice:
    def test_it_waits_as_long_as_it_is_told(self, there: Provider, tmp_path: Path) -> None:
        """RFC 8628 §3.5."""
        made = rules(there, tmp_path)
        there.answers = [
            (
                200,
                {"device_code": "dev", "user_code": "AB-CD", "verification_uri": "https://x.example/go", "interval": 3},
            ),
            (400, {"error": "authorization_pending"}),
            (400, {"error": "slow_down"}),
            good("access", refresh_token="new"),
        ]
        code = begun(made, f"https://localhost:{there.port}/device")
        assert (code.where, code.typed) == ("https://x.example/go", "AB-CD") and "dev'" not in repr(code)
        slept: list[float] = []
        grant = awaited(made, code, lambda: sum(slept), slept.append)
        assert slept == [3.0, 3.0, 8.0] and grant.refresh is not None and grant.refresh.text == "new"

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            ((400, {"error": "access_denied"}), "access_denied"),
            ((400, {"error": "expired_token"}), "expired_token"),
            (good("access"), "gives no refresh token"),
        ],
    )
    def test_it_ends_without(self, there: Provider, tmp_path: Path, answer: tuple[int, object], words: str) -> None:
        there.answers = [answer]
        with pytest.raises(Trouble, match=words):
            awaited(rules(there, tmp_path), Code("", "", 10.0, 1.0, "dev"), lambda: 0.0, lambda _: None)

    def test_nobody_types_it(self, there: Provider, tmp_path: Path) -> None:
        there.answers = [(400, {"error": "authorization_pending"})] * 3
        slept: list[float] = []
        with pytest.raises(Trouble, match="nobody typed the code in time"):
            awaited(rules(there, tmp_path), Code("", "", 3.0, 1.0, "dev"), lambda: sum(slept), slept.append)

    def test_the_page_has_tls(self, there: Provider, tmp_path: Path) -> None:
        there.answers = [(200, {"device_code": "d", "user_code": "u", "verification_uri": "http://x.example"})]
        with pytest.raises(Trouble, match="without TLS"):
            begun(rules(there, tmp_path), f"https://localhost:{there.port}/device")

    def test_the_command(self, there: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is shown holds no token; what is kept nobody else can read."""
        monkeypatch.setattr("time.sleep", lambda _: None)
        monkeypatch.setenv("CLIENT", "client-canary")
        there.answers = [
            (200, {"device_code": "dev-canary", "user_code": "AB-CD", "verification_uri": "https://x.example/go"}),
            good("access-canary", refresh_token="refresh-canary"),
        ]
        file = tmp_path / "mail.sort"
        file.write_text(
            f"""account "box" < server "pop.ex.com"; user "anna@ex.com";
            oauth "https://localhost:{there.port}/token" client-id "c" client-secret env "CLIENT" refresh-token "new";
            deliver anna@ex.com; >"""
        )
        words = ["login", "box", str(file), "--device-endpoint", f"https://localhost:{there.port}/device"]
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0, result.output
        assert (
            "open https://x.example/go in a browser, log in as anna@ex.com, and type the code: AB-CD" in result.output
        )
        assert "canary" not in result.output
        assert (tmp_path / "new").read_text() == "refresh-canary\n"
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


@pytest.mark.peer
class TestWithDovecot:
    @pytest.fixture
    def office(self, there: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
        """Dovecot asks another provider on loopback, without TLS, about the same tokens."""
        folder = tmp_path_factory.mktemp("oauth")
        folder.chmod(0o755)
        with provider() as asked:
            asked.tokens = there.tokens
            (folder / "oauth2.conf").write_text(INTROSPECTION.format(port=asked.port))
            with running(CONFIGURATION.format(file=folder / "oauth2.conf")) as server:
                yield server

    def test_a_token_that_is_over_is_replaced_once(
        self, there: Provider, office: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """F22, F43: one forced refresh; if that does not help either, the login is refused."""
        monkeypatch.setattr(oauth.WALLET, "_held", {})
        made = account(
            office.tls_port,
            tls="required",
            ca=office.ca,
            user=office.user,
            oauth=rules(there, tmp_path),
            password=Password("oauth", "", span=NOWHERE),
        )
        there.tokens |= {"one": office.user, "two": office.user}
        there.answers = [good("one"), good("two"), good("three", refresh_token="newer")]
        assert _entered(made)
        del there.tokens["one"]
        assert _entered(made) and len(there.asked) == 2
        del there.tokens["two"]
        with pytest.raises(Denied, match="with this token"):
            _entered(made)
        assert len(there.asked) == 3
        assert (tmp_path / "refresh").read_text() == "newer\n"


def _entered(made: Account) -> bool:
    async def session() -> bool:
        async with entered(made) as drop:
            return await drop.quit()

    return asyncio.run(session())
