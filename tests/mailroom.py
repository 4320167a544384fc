"""A small maildrop and its delivery, whole enough to be killed at any step."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from fetchrun.delivery import durable
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.deliver import begin, settle
from fetchrun.delivery.letter import Letter, account_id
from fetchrun.delivery.outcome import Deferred
from fetchrun.delivery.places import Place
from fetchrun.delivery.recover import recover
from fetchrun.delivery.staging import Parcel
from fetchrun.listing import Entry
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.state import locked
from fetchrun.plan import Remove, Retrieve, plan
from sortlang.rules import Account, Password
from sortlang.source import Source, Span

NOW = 1_700_000_000.0
PLACES = {b"1": ("a",), b"2": ("a", "b"), b"3": ("b", "trash"), b"4": ("a",)}
SOMEWHERE = Span(Source("mail.sort", ""), 0, 0)
ACCOUNT = Account("office", "pop.example.com", 995, "u", Password("env", "X", span=SOMEWHERE), span=SOMEWHERE)
BOX = account_id("pop.example.com", "u")
BATCH = 3


def message(uid: bytes) -> bytes:
    """What lies on the server under this uid, as it goes over the wire."""
    return b"Subject: number " + uid + b"\r\n\r\n" + uid * 40 + b"\r\n"


def laid_out(root: Path) -> Path:
    """A new folder with a server that has a message for each of PLACES."""
    (root / "server").mkdir(parents=True)
    for uid in PLACES:
        (root / "server" / uid.decode()).touch()
    return root


def run(root: Path) -> None:
    """What a session does, from the recovery to the deletion on the server, which is a folder here."""
    with locked(root / "state"):
        ledger = Ledger(root / "state")
        ledger.account("pop.example.com", "u", "office")
        recover(ledger, NOW)
        polled(root, ledger)
        ledger.close()


def polled(root: Path, ledger: Ledger) -> None:
    listing = [
        Entry(number, each.name.encode(), 100) for number, each in enumerate(sorted((root / "server").iterdir()), 1)
    ]
    known = ledger.known(BOX, [each.uid for each in listing])
    decisions = plan(listing, known, ACCOUNT, "d", NOW, ledger.first_poll(BOX))
    ledger.polled(BOX, listing, NOW)
    ledger.adopt(BOX, [], NOW)
    due = [each.entry.uid for each in decisions if isinstance(each, Remove)]
    wanted = [each for each in decisions if isinstance(each, Retrieve)]
    for start in range(0, len(wanted), BATCH):
        parcels = [retrieved(root, each) for each in wanted[start : start + BATCH]]
        due += [each.letter.uid for each in settle(parcels, ledger, NOW) if not isinstance(each, Deferred)]
    for uid in due:
        (root / "server" / uid.decode()).unlink()


def retrieved(root: Path, decision: Retrieve) -> Parcel:
    uid = decision.entry.uid
    letter = Letter(BOX, uid, decision.generation, 100, received=NOW - 50)
    copies = [
        Copy(Place.at(root / name), _fate(name), (), (), "To/Cc", "", f"X: {name}\n".encode()) for name in PLACES[uid]
    ]
    staging = begin(letter, copies, decision.first_seen, spool=root / "state" / "spool")
    staging.write(message(uid)[:20])
    staging.write(message(uid)[20:])
    return staging.finish()


def _fate(name: str) -> Literal["delivered", "discarded"]:
    return "discarded" if name == "trash" else "delivered"


def read(root: Path) -> None:
    """The reader takes all that is new away, as it may at any instant."""
    for name in ("a", "b", "trash"):
        (root / "read" / name).mkdir(parents=True, exist_ok=True)
        for each in (root / name / "new").glob("*"):
            each.rename(root / "read" / name / each.name)


def delivered(root: Path) -> dict[str, list[bytes]]:
    """What ever appeared in each Maildir, each file once for each time it was delivered."""
    found = {}
    for name in ("a", "b", "trash"):
        files = [*(root / name / "new").glob("*"), *(root / "read" / name).glob("*")]
        found[name] = sorted(each.read_bytes() for each in files)
    return found


def expected() -> dict[str, list[bytes]]:
    """What each Maildir is to get, exactly once."""
    return {
        name: sorted(
            f"X: {name}\n".encode() + message(uid).replace(b"\r\n", b"\n") for uid in PLACES if name in PLACES[uid]
        )
        for name in ("a", "b", "trash")
    }


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder where a flush costs nothing, if this machine has one: hundreds of crashes are played there."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


def forked(step: Callable[[], None]) -> int:
    """The exit code of a child that takes this step: 0, 1 if it raised, or what `os._exit` was given."""
    durable._flushers().shutdown()  # a child has none of our threads
    durable._flushers.cache_clear()
    child = os.fork()
    if child == 0:
        try:
            step()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    run(Path(sys.argv[1]))
