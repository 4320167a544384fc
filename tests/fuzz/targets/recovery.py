"""Recovery from any rows of a ledger: ends, and touches nothing that is not ours."""

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from fetchrun.delivery.recover import recover
from fetchrun.memory.ledger import Ledger
from fetchrun.trouble import Trouble
from fuzz.feed import Feed

NOW = 1_700_000_000.0
OURS = f"1700000000.F{'a' * 26}.host"
NAMES = (
    OURS,
    OURS.replace("a", "b"),
    "",
    ".",
    "..",
    "../new/theirs",
    "../../outside",
    "/etc/hostname",
    "a\0b",
    "x" * 300,
    "x.y",
)
STATES = ("staged", "done", "attempt", "deferred", "kept", "")
TIMES = (NOW, NOW - 90_000, 0.0, 1e300, -1.0)


def check(data: bytes) -> None:
    """Rows made of the data; then once more, which finds nothing left to do that the first time did."""
    feed = Feed(data)
    with _laid_out() as root, contextlib.closing(Ledger(None)) as ledger:
        with ledger.database.writing() as write:
            _rows(write, feed, root)
        outside = _outside(root)
        with contextlib.suppress(Trouble):
            recover(ledger, NOW)
            left = ledger.staged()
            assert recover(ledger, NOW).finished == 0 and ledger.staged() == left
        assert _outside(root) == outside
        assert (root / "a" / "new" / "theirs").read_bytes() == b"theirs"
        assert all(each.read_bytes() in (b"whole", b"theirs") for each in (root / "a" / "new").iterdir())


def _rows(write: sqlite3.Connection, feed: Feed, root: Path) -> None:
    places = (
        str(root / "a"),
        str(root / "absent"),
        str(root / "file"),
        f"{root}/a/../a",
        "lmtp x:1 a@b",
        "",
        "/",
        "relative",
    )
    write.execute("INSERT INTO accounts (key, id, name) VALUES (1, 'box', 'a')")
    for key in range(1, 1 + feed.number(5)):
        state, owed = STATES[feed.number(len(STATES))], ("", "why")[feed.number(2)]
        uid, size = feed.rest()[:8], feed.number(256)
        values = (
            key,
            uid,
            key,
            size,
            (b"", b"sha", None)[feed.number(3)],
            (5, 0, None, -1)[feed.number(4)],
            state,
            owed,
        )
        write.execute(
            "INSERT INTO messages (key, account, uid, generation, size, sha256, octets, first_seen, state, owed) "
            "VALUES (?, 1, ?, ?, ?, ?, ?, 0, ?, ?)",
            values,
        )
        for _ in range(feed.number(3)):
            about = (
                key,
                places[feed.number(len(places))],
                _name(feed),
                STATES[feed.number(len(STATES))],
                TIMES[feed.number(5)],
            )
            write.execute(
                "INSERT OR REPLACE INTO copies "
                "(message, target, name, fate, addresses, recipients, source, rule, digest, state, since) "
                "VALUES (?, ?, ?, 'delivered', '[]', '[]', '', '', '', ?, ?)",
                about,
            )


def _name(feed: Feed) -> str:
    number = feed.number(len(NAMES) + 1)
    return NAMES[number] if number < len(NAMES) else feed.rest()[:40].decode("latin-1")


@contextlib.contextmanager
def _laid_out() -> Iterator[Path]:
    """A Maildir with a staged file, one half written by somebody else, one that is theirs; and things around it."""
    with tempfile.TemporaryDirectory(dir=_fast()) as folder:
        root = Path(folder)
        for part in ("tmp", "new", "cur"):
            (root / "a" / part).mkdir(parents=True)
        (root / "a" / "tmp" / OURS).write_bytes(b"whole")
        (root / "a" / "new" / "theirs").write_bytes(b"theirs")
        (root / "outside").write_bytes(b"outside")
        (root / "file").write_bytes(b"file")
        yield root


def _outside(root: Path) -> dict[str, bytes]:
    """All that lies around the Maildir; a new Maildir may be made where a row names one."""
    return {each.name: each.read_bytes() for each in root.iterdir() if each.is_file()}


@cache
def _fast() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
