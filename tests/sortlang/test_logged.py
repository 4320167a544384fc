"""The log of the runner, as `diff --log` reads it: only read, and with a sentence where it cannot be."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fetchrun.memory.schema import VERSION, connect
from sortlang.cli import main
from sortlang.diffs.moved import Post
from sortlang.doors.logged import NAME, VERSIONS, NoLog, posts

OLD = "sort anna@ex.com -> anna@ex.com;\nsort * -> all@ex.com;\n"
NEW = "sort anna@ex.com -> eva@ex.com;\nsort * -> all@ex.com;\n"
COPY = """
INSERT INTO copies (message, target, name, fate, addresses, recipients, source, rule, digest, state, since)
VALUES (?, ?, 'n', 'delivered', '[]', ?, 'Received', '', '', ?, ?)
"""


@contextmanager
def ledger(folder: Path) -> Iterator[sqlite3.Connection]:
    """As fetchrun makes it."""
    connection = connect(folder / NAME)
    connection.execute("INSERT INTO accounts (key, id, name) VALUES (1, 'x', 'box')")
    yield connection
    connection.close()


def message(connection: sqlite3.Connection, *copies: tuple[str, ...], ago: float = 1.0, state: str = "done") -> None:
    """A message, and for each copy the addresses it was for."""
    (key,) = connection.execute("SELECT coalesce(max(key), 0) + 1 FROM messages").fetchone()
    connection.execute(
        "INSERT INTO messages (key, account, uid, generation, size, first_seen, state)"
        " VALUES (?, 1, ?, 1, 1, 0, 'done')",
        (key, b"%d" % key),
    )
    for number, recipients in enumerate(copies):
        connection.execute(COPY, (key, str(number), json.dumps(recipients), state, time.time() - ago * 86_400))


def test_the_versions_are_those_of_the_ledger() -> None:
    assert VERSION in VERSIONS


def test_one_post_for_each_message(tmp_path: Path) -> None:
    with ledger(tmp_path) as connection:
        message(connection, ("anna@ex.com",), ("ben@ex.com", "anna@ex.com"))
        message(connection, ())
        message(connection, ("old@ex.com",), ago=31)
        message(connection, ("staged@ex.com",), state="staged")
        wanted = [Post("box", ("anna@ex.com", "ben@ex.com")), Post("box", ())]
        assert posts(str(tmp_path), time.time() - 30 * 86_400) == wanted  # while it is open
    files = {each.name for each in tmp_path.iterdir()}
    assert posts(str(tmp_path), time.time() - 30 * 86_400) == wanted
    assert {each.name for each in tmp_path.iterdir()} == files


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoLog, match="there is no"):
        posts(str(tmp_path), 0)
    (tmp_path / NAME).write_bytes(b"no database" * 500)
    with pytest.raises(NoLog, match="cannot read"):
        posts(str(tmp_path), 0)
    (tmp_path / NAME).unlink()
    with ledger(tmp_path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(NoLog, match="newer fetchrun"):
        posts(str(tmp_path), 0)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["diff", *map(str, arguments)])


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_the_command_counts_the_messages(tmp_path: Path, form: str) -> None:
    old, new = tmp_path / "old.sort", tmp_path / "new.sort"
    old.write_text(OLD, encoding="utf-8")
    new.write_text(NEW, encoding="utf-8")
    with ledger(tmp_path) as connection:
        for _ in range(3):
            message(connection, ("anna@ex.com",))
        message(connection, ("ben@ex.com",))
    found = run(old, new, "--log", tmp_path, "--format", form)
    assert found.exit_code == 3
    if form == "json":
        (file,) = json.loads(found.stdout)["files"]
        assert (file["log"]["messages"], file["log"]["moving"], len(file["log"]["top"])) == (4, 3, 1)
    else:
        assert "3 of the 4 messages of the last 30 days would go elsewhere" in found.stdout
    missing = run(old, new, "--log", tmp_path / "nowhere")
    assert (missing.exit_code, missing.stdout, "there is no" in missing.stderr) == (2, "", True)
