"""A table in place of its rules file, fetched by from Dovecot."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dovecot import Dovecot, running
from e2e.office import SORTING, Office
from letters import letters, recipient
from sortlang.build import build
from sortlang.files import load
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.store import SMALL, store

pytestmark = pytest.mark.peer
LETTERS = tuple(letters(60))


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with running() as dovecot:
        yield dovecot


@pytest.fixture
def office(tmp_path: Path, server: Dovecot) -> Office:
    """Rules for a maildrop with some letters in it."""
    server.empty()
    server.put(LETTERS)
    office = Office(tmp_path)
    office.write(server, f'server "localhost" port {server.plain_port}; tls off; keep forever;')
    return office


def compiled(office: Office) -> Program:
    program, _ = load(office.rules)
    assert program
    return program


def test_a_table_fetches_as_its_rules_file_does(office: Office) -> None:
    place = f"{office.rules}:{office.rules.read_text().count(chr(10)) - SORTING.count(chr(10)) + 1}"
    office.rules.write_bytes(b"".join(store(compiled(office))))
    ran = office.run("once")
    assert ran.status == 0, ran
    expected: dict[str, Counter[bytes]] = {}
    for each in LETTERS:
        expected.setdefault(recipient(each).partition("@")[0], Counter())[each.replace(b"\r\n", b"\n")] += 1
    assert office.delivered() == expected
    stored = next(office.state.glob("mail/ex.com/*/new/*")).read_bytes()
    assert place.encode() in stored


def test_a_table_that_is_cut_off_fetches_nothing(office: Office) -> None:
    office.rules.write_bytes(b"".join(store(compiled(office)))[:-1])
    ran = office.run("once")
    assert ran.status == 78
    assert "cannot read the file: the table is cut off" in ran.err
    assert "Traceback" not in ran.err


def test_a_table_found_damaged_on_the_way_leaves_the_mail_where_it_is(office: Office, server: Dovecot) -> None:
    program = compiled(office)
    rule = program.rules.sorts[0]
    more = tuple(replace(rule, pattern=Pattern.parse(f"person{each}@ex.com")) for each in range(110_000))
    table = bytearray(b"".join(store(build(replace(program.rules, sorts=program.rules.sorts + more)))))
    assert len(table) > SMALL
    for block in range(10_000, len(table) - 400_000, 1024):
        table[block] ^= 1
    office.rules.write_bytes(table)
    ran = office.run("once")
    assert ran.status == 1
    assert "the rules cannot be read: the table is damaged" in ran.out + ran.err
    assert "Traceback" not in ran.err
    assert not list(office.state.glob("mail/*/*/new/*"))
    assert len(server.stored()) == len(LETTERS)
