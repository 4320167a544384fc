"""What a provider's headers say, and the block that follows from it, which the compiler takes."""

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from fetchrun.commands import inspect
from fetchrun.demo.server import serving
from fetchrun.inspection import inspection, organisation
from fetchrun.proposal import proposal
from in_memory import program

OURS = b"Received: from mx1.provider.net by store.provider.net; Mon, 1 Jan 2024 10:00:00 +0000\r\n"
EDGE = b"Received: from out.example.org by mx1.provider.net; Mon, 1 Jan 2024 10:00:00 +0000\r\n"
THEIRS = b"Received: from laptop by out.example.org; Mon, 1 Jan 2024 09:59:00 +0000\r\n"
ACCOUNT = """
account "office" <
    server "pop.ex.com";   # the > of a comment ends nothing
    user "u";
    {password};
    envelope "X-Old" strip "p-"; trust hops 7;
    keep 3d;
>
sort * -> all@ex.com;
"""


def head(
    to: str, *, header: bytes = b"X-Original-To", trace: bytes = OURS + EDGE + THEIRS, above: bool = True
) -> bytes:
    named = header + b": " + to.encode() + b"\r\n"
    mailbox = b"Delivered-To: all@provider.net\r\n"
    rest = b"From: a@example.org\r\nTo: friends@example.org\r\nSubject: x\r\n\r\n"
    return (mailbox + named + trace if above else mailbox + trace + named) + rest


PEOPLE = [f"{name}@{domain}" for name in ("anna", "ben", "cleo") for domain in ("ex.com", "ex.com", "ex.org")]


def test_the_header_that_tells_recipients_apart_wins() -> None:
    found = inspection(map(head, PEOPLE))
    assert found.best is not None
    assert found.best.header == "X-Original-To"
    assert [each.header for each in found.witnesses] == ["X-Original-To", "Delivered-To"]
    assert not found.witnesses[1].telling
    assert (found.provider, found.trust_hops) == ("provider.net", 2)
    assert found.domains == {"ex.com": 6, "ex.org": 3}


def test_a_header_below_the_border_is_no_witness() -> None:
    found = inspection(head(each, above=False) for each in PEOPLE)
    assert found.best is None


def test_one_message_through_fewer_hosts_lowers_the_trust() -> None:
    found = inspection([*map(head, PEOPLE), head("dan@ex.com", trace=EDGE + THEIRS)])
    assert found.trust_hops == 1


def test_a_prefix_that_qmail_puts_there_is_found() -> None:
    heads = [b"Delivered-To: ex-com-%s\r\n" % each.encode() + EDGE + b"\r\n" for each in ("anna@ex.com", "ben@ex.com")]
    assert inspection(heads).strip == "ex-com-"


def test_without_a_witness_the_domains_are_those_that_senders_name_often() -> None:
    heads = [b"To: %s@ex.com, x@rare%d.org\r\n" % (b"anna" if i % 2 else b"ben", i) + EDGE + b"\r\n" for i in range(9)]
    found = inspection(heads)
    assert found.best is None
    assert set(found.domains) == {"ex.com"}


def test_received_for_is_a_witness() -> None:
    line = b"Received: from x by mx1.provider.net for <%s>; Mon, 1 Jan 2024 10:00:00 +0000\r\n\r\n"
    found = inspection(line % each for each in (b"anna@ex.com", b"ben@ex.com"))
    assert found.best is not None
    assert found.best.header == "Received"


@pytest.mark.parametrize("password", ['env "P"', 'command "pass show > me"', '"a secret # > "'])
def test_the_block_is_one_that_the_compiler_takes(password: str) -> None:
    before = program(ACCOUNT.format(password=f"password {password}"))
    text = proposal(before.accounts[0], inspection(map(head, PEOPLE)))
    assert "a secret" not in text
    after = program(text)
    (account,) = after.accounts
    assert account.envelope.headers == ("X-Original-To",)
    assert account.envelope.strip == ""
    assert (account.trust_hops, account.keep, account.server) == (2, 3 * 86_400, "pop.ex.com")
    assert text.count("trust hops") == text.count("envelope") == 1
    assert str(after.rules.sorts[0]) == "sort *@ex.com -> *@ex.com"


@given(st.lists(st.binary(max_size=300) | st.sampled_from(PEOPLE).map(head), max_size=8))
def test_whatever_senders_write_the_block_is_taken(heads: list[bytes]) -> None:
    text = proposal(program(ACCOUNT.format(password='password env "P"')).accounts[0], inspection(heads))
    program(text)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("mx1.a.provider.net", "provider.net"),
        ("mx.provider.co.uk", "provider.co.uk"),
        ("mx.provider.de", "provider.de"),
        ("localhost", ""),
        ("[192.0.2.1]", ""),
        ("", ""),
    ],
)
def test_whose_host_it_is(host: str, name: str) -> None:
    assert organisation(host) == name


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    folder = tmp_path / "maildrop"
    folder.mkdir()
    for i, each in enumerate(PEOPLE):
        (folder / f"{i}.eml").write_bytes(head(each) + b"body\r\n")
    loop, ready, ports = asyncio.new_event_loop(), threading.Event(), list[int]()
    stop = asyncio.Event()

    async def serve() -> None:
        async with serving(folder) as number:
            ports.append(number)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait(30)
    yield ports[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


def test_the_command_prints_a_file_that_passes_check(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sortlang.cli import main as sortlang

    monkeypatch.setenv("P", "demo")
    file = tmp_path / "mail.sort"
    file.write_text(
        f'account "office" <\n  server "localhost" port {port}; user "demo"; password env "P"; tls off;\n>\n'
        "sort * -> all@ex.com;\n"
    )
    ran = CliRunner().invoke(inspect.command, ["office", str(file)])
    assert ran.exit_code == 0, ran.output
    assert "the newest 9 of 9 messages" in ran.stderr
    assert re.search(r"Delivered-To in 9, naming always all@provider.net", ran.stderr)
    proposed = tmp_path / "proposed.sort"
    proposed.write_text(ran.stdout)
    checked = CliRunner().invoke(sortlang, ["check", str(proposed)])
    assert checked.exit_code == 0, checked.output
    assert sorted((tmp_path / "maildrop").iterdir()), "nothing was removed"


def test_an_account_that_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "mail.sort"
    file.write_text("sort * -> all@ex.com;\n")
    ran = CliRunner().invoke(inspect.command, ["nobody", str(file)])
    assert ran.exit_code == 2
