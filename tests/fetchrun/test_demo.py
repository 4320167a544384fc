"""The demonstration: what lies in its maildrop, how it is laid out, and where its rules send it."""

import asyncio
import poplib
import re
import shutil
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import closing
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TypeVar

import pytest

from fetchrun.demo.maildrop import lay_out, listed, packaged
from fetchrun.demo.prepare import Demo, company_rules, prepare
from fetchrun.server.credentials import secret
from fetchrun.server.tls import context
from fetchrun.trouble import Trouble
from sortlang.address import Address
from sortlang.files import load
from sortlang.mail.envelope import recover
from sortlang.mail.message import fields
from sortlang.program import Program

T = TypeVar("T")

MESSAGES = dict(packaged())
SMALL = {name: text for name, text in MESSAGES.items() if len(text) < 1_000_000}
ROUTES = Path(__file__).parents[1] / "cases" / "demo" / "routes.txt"
RESERVED = re.compile(r"(^|\.)(example|example\.(com|net|org)|localhost)$")
DOCUMENTATION = [
    ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "127.0.0.0/8", "10.0.0.0/8")
]


def test_there_are_at_least_sixty_messages_and_one_is_large() -> None:
    assert len(MESSAGES) >= 60
    assert len(MESSAGES) - len(SMALL) == 1
    assert max(map(len, MESSAGES.values())) > 12_000_000


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_goes_over_the_wire_as_it_may(name: str) -> None:
    text = MESSAGES[name]
    assert text.endswith(b"\r\n")
    assert text.count(b"\n") == text.count(b"\r") == text.count(b"\r\n")
    assert b"\0" not in text


@pytest.mark.parametrize("name", SMALL)
def test_only_names_and_numbers_reserved_for_examples_occur(name: str) -> None:
    text = SMALL[name].replace(b"=\r\n", b"").decode("utf-8", "replace")
    hosts = re.findall(r"@([\w.-]*\w\.\w+)", text) + re.findall(r"https?://([\w.-]+)", text)
    assert [host for host in hosts if not RESERVED.search(host.lower())] == []
    numbers = [ip_address(each) for each in re.findall(r"\[(\d+\.\d+\.\d+\.\d+)\]", text)]
    assert [each for each in numbers if not any(each in network for network in DOCUMENTATION)] == []


def test_a_maildrop_is_laid_out_once(tmp_path: Path) -> None:
    maildrop = tmp_path / "maildrop"
    lay_out(maildrop)
    assert {each.path.name: each.path.read_bytes() for each in listed(maildrop)} == MESSAGES
    listed(maildrop)[0].path.unlink()
    lay_out(maildrop)
    assert len(listed(maildrop)) == len(MESSAGES) - 1


def test_a_layout_cut_short_begins_anew(tmp_path: Path) -> None:
    torn = tmp_path / "maildrop.new"
    torn.mkdir()
    (torn / "99-torn.eml").write_bytes(b"From: a")
    lay_out(tmp_path / "maildrop")
    assert [each.uid for each in listed(tmp_path / "maildrop")] == sorted(name[:-4] for name in MESSAGES)


def test_its_rules_compile_without_a_finding(tmp_path: Path) -> None:
    program, findings = load(prepared_rules(tmp_path))
    assert program is not None
    assert findings == ()


def test_its_rules_compile_in_folders_with_odd_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = tmp_path / 'a "b" [c]* {d}'
    odd.mkdir()
    rules = Path(shutil.copy(company_rules(), odd))
    monkeypatch.setattr("fetchrun.demo.prepare.company_rules", lambda: rules)
    for folder in (odd / "demo", tmp_path / "demo"):
        program, findings = load(prepared_rules(folder))
        assert program is not None
        assert findings == ()


def test_every_message_is_sorted_as_announced(tmp_path: Path) -> None:
    program, _ = load(prepared_rules(tmp_path))
    assert program is not None
    assert {name: sorted_to(text, program) for name, text in MESSAGES.items()} == announced()


def test_the_next_run_finds_what_the_last_one_left(tmp_path: Path) -> None:
    first = prepare(tmp_path / "demo")
    before = during(first, lambda rules: uids(rules, delete=2))
    second = prepare(tmp_path / "demo")
    assert during(second, uids) == before[2:]
    assert second.waiting() == len(MESSAGES) - 2


def test_the_next_run_takes_the_same_port_and_means_the_same(tmp_path: Path) -> None:
    programs = [load(prepared_rules(tmp_path / "demo"))[0] for _ in range(2)]
    assert len({program and program.digest for program in programs}) == 1


@pytest.mark.parametrize("text", ["taken", "nonsense", "99999"])
def test_without_that_port_it_takes_another(tmp_path: Path, text: str) -> None:
    demo = prepare(tmp_path / "demo")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        (demo.folder / "port").write_text(port if text == "taken" else text)
        rules = during(demo, lambda rules: rules.read_text())
    assert f"port {port};" not in rules
    assert int((demo.folder / "port").read_text()) > 0


def test_reports_name_it_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert prepared_rules(Path("state/demo")) == Path("state/demo/account.sort")


def test_secrets_are_private_and_not_shown(tmp_path: Path) -> None:
    demo = prepare(tmp_path / "demo")
    password = demo.folder / "password"
    assert password.stat().st_mode & 0o077 == 0
    assert password.read_text() not in repr(demo)


def test_the_files_its_account_names_are_found_by_a_relative_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = prepared_rules(tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    program, _ = load(rules.relative_to(tmp_path))
    assert program is not None
    assert secret(program.accounts[0].password).text == (tmp_path / "demo" / "password").read_text()
    assert context(program.accounts[0].tls).get_ca_certs()


def test_without_trustme_one_sentence_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(Trouble) as trouble:
        prepare(tmp_path)
    assert "trustme" in trouble.value.sentence
    assert trouble.value.hint == "pip install 'sortlang[demo]'"


def during(demo: Demo, ask: Callable[[Path], T]) -> T:
    """What `ask` answers, given the rules file, while the server is up."""

    async def run() -> T:
        async with demo.serving() as rules:
            return await asyncio.to_thread(ask, rules)

    return asyncio.run(run())


def prepared_rules(folder: Path) -> Path:
    return during(prepare(folder), lambda rules: rules)


def uids(rules: Path, delete: int = 0) -> list[bytes]:
    """What UIDL lists, asked as the account in `rules` says; so many of the first are deleted."""
    program, _ = load(rules)
    assert program is not None
    account = program.accounts[0]
    trusting = ssl.create_default_context(cafile=account.tls.ca)
    with closing(poplib.POP3_SSL(account.server, account.port, context=trusting, timeout=20)) as pop:
        pop.user(account.user)
        pop.pass_(Path(account.password.value).read_text())
        lines: list[bytes] = pop.uidl()[1]
        for number in range(1, delete + 1):
            pop.dele(number)
        pop.quit()
    return [line.split()[1] for line in lines]


def sorted_to(text: bytes, program: Program) -> tuple[str, str]:
    """The source that names the recipients of a message, and where they lead."""
    account = program.accounts[0]
    envelope = recover(fields(text.partition(b"\r\n\r\n")[0] + b"\r\n"), account, program)
    recipients: tuple[Address | None, ...] = envelope.recipients or (None,)
    routes = [program.route(each, account.name) for each in recipients]
    ends = {str(each.address or each.kind) for route in routes for each in route.destinations}
    return envelope.source, ", ".join(sorted(ends))


def announced() -> dict[str, tuple[str, str]]:
    lines = [line.split(None, 2) for line in ROUTES.read_text().splitlines() if not line.startswith("#")]
    return {f"{name}.eml": (source, ends) for name, source, ends in lines}
