"""No secret in anything that is shown or kept (S12), and nothing that a terminal obeys (S14)."""

import base64
import os
import re
import ssl
import sys
import types
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner

from fetchrun.cli import main
from fetchrun.commands.journal import Journal
from fetchrun.inspection import inspection
from fetchrun.memory.ledger import Ledger
from fetchrun.office import Office
from fetchrun.once import once
from fetchrun.proposal import proposal
from fetchrun.survey import looked
from fetchrun.web.metrics import metrics
from fetchrun.web.page import page
from fetchrun.web.view import view
from introspection import provider
from security.talker import UID, talking
from sortlang.cli import main as sortlang
from sortlang.files import load

CANARY = "kanari-9dK2_vogel"
NOW = 1_700_000_000.0
SPY = """
import os
open({!r}, "ab").write(open("/proc/self/cmdline", "rb").read() + repr(dict(os.environ)).encode())
"""
MECHANISMS = {"user": (), "plain": (b"SASL PLAIN",), "login": (b"SASL LOGIN",), "cram-md5": (b"SASL CRAM-MD5",)}


def _env(folder: Path, patch: pytest.MonkeyPatch) -> str:
    patch.setenv("CANARY", CANARY)
    return 'env "CANARY"'


def _file(folder: Path, patch: pytest.MonkeyPatch) -> str:
    (folder / "secret").write_text(CANARY)
    (folder / "secret").chmod(0o600)
    return f'file "{folder}/secret"'


def _command(folder: Path, patch: pytest.MonkeyPatch) -> str:
    _file(folder, patch)
    return f'command "cat {folder}/secret"'


def _credential(folder: Path, patch: pytest.MonkeyPatch) -> str:
    (folder / "credentials").mkdir()
    (folder / "credentials" / "box").write_text(CANARY)
    (folder / "credentials" / "box").chmod(0o400)
    patch.setenv("CREDENTIALS_DIRECTORY", str(folder / "credentials"))
    return 'credential "box"'


def _keyring(folder: Path, patch: pytest.MonkeyPatch) -> str:
    patch.setitem(sys.modules, "keyring", types.SimpleNamespace(get_password=lambda service, user: CANARY))
    return 'keyring "box"'


def _literal(folder: Path, patch: pytest.MonkeyPatch) -> str:
    return f'"{CANARY}"'


SOURCES = (_env, _file, _command, _credential, _keyring, _literal)


class Desk:
    """Rules for one account at that server, a state folder, and everything that people and machines read of them."""

    def __init__(self, folder: Path, port: int, password: str) -> None:
        self.rules, self.state = folder / "mail.sort", folder / "state"
        self.rules.write_text(
            f'account "box" <\n  server "127.0.0.1" port {port};\n  user "anna";\n'
            f"  password {password};\n  tls off;\n>\n"
            'sort list "*" -> list@ex.com;\nsort "*@ex.com" -> "*@ex.com";\nsort * -> all@ex.com;\n'
        )

    def said(self) -> Iterator[tuple[str, str]]:
        """What each command prints, by its words; the page, the metrics, and a log with the traceback of a fault."""
        rules, state = str(self.rules), ["--state", str(self.state)]
        for words in (
            *(["once", rules, *state], ["plan", rules, *state], ["probe", rules], ["inspect", "box", rules]),
            *(["status", rules, *state], ["status", rules, "--json", *state], ["log", rules, *state]),
            *(
                ["log", rules, "--json", *state],
                ["trash", "list", rules, *state],
                ["quarantine", "list", rules, *state],
            ),
            *(["retry", rules, *state], ["state", "check", rules, *state]),
        ):
            result = CliRunner().invoke(main, words)
            yield " ".join(words[:2]), result.output + str(result.exception or "")
        for words in (["check", rules], ["explain", "anna@ex.com", rules], ["diff", rules, rules]):
            yield f"sortlang {words[0]}", CliRunner().invoke(sortlang, words).output
        shown = view(looked(self.rules, self.state, NOW), self.state, NOW)
        yield "page", page(shown)
        yield "metrics", metrics(shown)

    def kept(self) -> Iterator[tuple[str, bytes]]:
        for each in self.state.rglob("*"):
            if each.is_file():
                yield str(each), str(each.relative_to(self.state)).encode() + each.read_bytes()


def forms(secret: str) -> list[bytes]:
    """How it may stand somewhere: plainly, and in base64 wherever in a run of it it begins."""
    raw = secret.encode()
    shifted = [base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4] for shift in range(3)]
    return [raw, *shifted, raw.hex().encode()]


@pytest.mark.parametrize(
    "mechanism, source", [*(("user", each) for each in SOURCES), *((each, _file) for each in MECHANISMS)]
)
def test_s12_a_server_that_says_it_back_is_not_repeated(
    mechanism: str, source: Callable[[Path, pytest.MonkeyPatch], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with talking(*MECHANISMS[mechanism], polite=True) as server:
        desk = Desk(tmp_path, server.server_address[1], source(tmp_path, monkeypatch))
        unseen = [(name, text) for name, text in desk.said() if any(each in text.encode() for each in forms(CANARY))]
    if mechanism in ("user", "plain", "login"):
        assert any(each in line for line in server.heard for each in forms(CANARY)), "it was told the password"
    assert unseen == []
    assert [name for name, data in desk.kept() if any(each in data for each in forms(CANARY))] == []


@pytest.mark.parametrize("source", SOURCES)
def test_s12_nothing_that_is_kept_of_a_session_holds_it(
    source: Callable[[Path, pytest.MonkeyPatch], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with talking(polite=True, lets_in=True) as server:
        desk = Desk(tmp_path, server.server_address[1], source(tmp_path, monkeypatch))
        shown = dict(desk.said())
    assert "1 delivered" in shown[f"once {desk.rules}"], shown
    assert [name for name, text in shown.items() if CANARY in text] == []
    assert [name for name, data in desk.kept() if any(each in data for each in forms(CANARY))] == []


def test_s12_tokens_are_as_unseen_as_passwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The access token is said back by the server, the refresh token by the provider, whom we told the client's."""
    secrets = access, refresh, client = [f"{CANARY}-{each}" for each in ("access", "refresh", "client")]
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("CLIENT", client)
    (tmp_path / "token").write_text(refresh)
    (tmp_path / "token").chmod(0o600)
    good = {"access_token": access, "token_type": "Bearer", "expires_in": 3600, "refresh_token": refresh + "-2"}
    bad = {"error": "invalid_grant", "error_description": f"{refresh}-2 of {client} is over"}
    with provider(context) as there, talking(b"SASL XOAUTH2", polite=True) as server:
        there.answers = [(200, good)] * 2 + [(400, bad)] * 20
        desk = Desk(tmp_path, server.server_address[1], 'env "P"')
        oauth = f'oauth "https://localhost:{there.port}/t" client-id "c" '
        oauth += 'client-secret env "CLIENT" refresh-token "token"'
        desk.rules.write_text(desk.rules.read_text().replace('password env "P"', oauth))
        shown = dict(desk.said())
    assert any(each in line for line in server.heard for each in forms(access)), "it was told the token"
    assert any("refresh_token" in form for form in there.asked)
    parts = [each for secret in secrets for each in forms(secret)]
    assert [name for name, text in shown.items() if any(each in text.encode() for each in parts)] == []
    assert [name for name, data in desk.kept() if any(each in data for each in parts)] == []
    assert (tmp_path / "token").read_text().strip() == refresh + "-2"


def test_s12_nor_does_the_block_that_inspect_writes_show_the_client_s_secret(tmp_path: Path) -> None:
    rules = tmp_path / "mail.sort"
    rules.write_text(
        'account "box" <\n    server "pop.isp.net"; user "u";\n'
        f'    oauth "https://isp.net/token" client-id "c" client-secret "{CANARY}" refresh-token "f";\n>\n'
        "sort * -> a@ex.com;\n"
    )
    program, _ = load(rules)
    assert program
    shown = proposal(program.accounts[0], inspection([]))
    assert CANARY not in shown and 'client-secret file "client-secret" refresh-token' in shown


def test_s12_nor_does_a_fault_of_ours_show_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The traceback that the daemon's log gets, with all that stands in the frames."""
    import asyncio
    import traceback

    monkeypatch.setattr("fetchrun.session.decided", _broken)
    with talking(polite=True, lets_in=True) as server, closing(Ledger(None)) as ledger:
        desk = Desk(tmp_path, server.server_address[1], _file(tmp_path, monkeypatch))
        program, _ = load(desk.rules)
        assert program
        try:
            asyncio.run(once(Office(program, ledger, tmp_path, lambda: NOW, Journal())))
        except ZeroDivisionError as fault:
            told = "".join(traceback.TracebackException.from_exception(fault, capture_locals=True).format())
    assert "ZeroDivisionError" in told and CANARY not in told


async def _broken(*_: object) -> None:
    raise ZeroDivisionError


def test_s12_no_process_that_we_start_is_told_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that takes mail: neither by its words nor by its environment."""
    seen, script = tmp_path / "seen", tmp_path / "spy.py"
    script.write_text(SPY.format(str(seen)))
    with talking(polite=True, lets_in=True) as server:
        monkeypatch.setenv("CANARY", CANARY)
        desk = Desk(tmp_path, server.server_address[1], 'env "CANARY"')
        desk.rules.write_text(desk.rules.read_text() + f'transport "*" -> pipe "{sys.executable}" "{script}";\n')
        assert "1 delivered" in dict(desk.said())[f"once {desk.rules}"]
    assert str(script).encode() in seen.read_bytes()
    assert not any(each in seen.read_bytes() for each in forms(CANARY))


# What a stranger says


BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def obeyed(text: str) -> str:
    """The letters in it that a terminal obeys, or that turn the others round."""
    return "".join(each for each in text if (unicodedata.category(each) == "Cc" and each != "\n") or each in BIDI)


@pytest.mark.parametrize("lets_in", [False, True], ids=["refuses", "lets us in"])
def test_s14_no_command_shows_what_a_terminal_obeys(
    lets_in: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with talking(lets_in=lets_in) as server:
        desk = Desk(tmp_path, server.server_address[1], _file(tmp_path, monkeypatch))
        shown = dict(desk.said())
    assert [line for line in server.heard if line.startswith(b"PASS" if not lets_in else b"RETR 2")]
    assert {name: obeyed(text) for name, text in shown.items() if obeyed(text)} == {}
    assert {name for name, text in shown.items() if "A" * 513 in text} == set()
    assert {name for name, text in shown.items() if re.search("^fake: line", text, re.M)} == set()


def test_s14_the_log_of_a_daemon_is_one_line_for_each_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncio

    with talking(lets_in=True) as server, closing(Ledger(None)) as ledger:
        desk = Desk(tmp_path, server.server_address[1], _file(tmp_path, monkeypatch))
        program, _ = load(desk.rules)
        assert program
        journal = Journal()
        (summary,) = asyncio.run(once(Office(program, ledger, tmp_path, lambda: NOW, journal)))
        journal.went(summary)
    told = capsys.readouterr().err
    assert told and obeyed(told) == ""
    assert all(line.startswith(("box: ", str(desk.rules), "  hint: ")) for line in told.splitlines()), told


def test_s14_the_attack_is_one() -> None:
    """Printed as it comes, it would be obeyed."""
    assert len(set(obeyed(UID.decode("latin-1")))) > 1
    assert os.linesep == "\n"
