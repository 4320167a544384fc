"""Records: rows of the ledger as the rest of the house sees them."""

from pathlib import Path
from typing import Literal, NamedTuple

from fetchrun.delivery.copies import Copy
from fetchrun.delivery.identity import REMEMBERED
from fetchrun.delivery.letter import Letter
from sortlang.frozen import frozen

State = Literal["staged", "deferred", "done", "kept", "adopted", "refused"]


class Known(NamedTuple):
    """What is remembered of one uid; a tuple, for a maildrop may have 100,000 of them. Times in Unix seconds.

    `state`: `staged` a copy is on its way into `new/`; `deferred` a copy is still owed; `done` everything is delivered;
    `kept` the rules of `digest` leave it on the server and deliver nothing; `adopted` it was there before us; `refused`
    the server did not give it, `failures` times. `kept`: delivered, and a rule says keep as well. `gone`: when a
    listing first lacked it. `asked`: when the server promised to remove it. `older`: the earlier generations, the
    latest first.
    """

    uid: bytes
    generation: int
    size: int
    head: bytes | None
    state: State
    first_seen: float
    failures: int = 0
    retry_at: float = 0.0
    digest: str = ""
    kept: int = 0
    gone: float | None = None
    asked: float | None = None
    older: tuple["Known", ...] = ()


class Settled(NamedTuple):
    """A copy that needs nothing more: its file name, empty if it has none, and its fate."""

    name: str
    fate: str


class Reopened(NamedTuple):
    """What is known of a message that is to be delivered once more: its size as listed, as stored, and since when."""

    size: int
    octets: int
    first_seen: float


@frozen
class Posting:
    """One message about to be promised: its flushed copies with their file names, and those that need no file.

    `sha256` and `octets` are of the message as it is stored, without our own lines; mail of the same `identity` that
    went to the same place in the last `remembered` seconds is a duplicate. `owed` says why a copy is still
    missing, `kept` that it is never to be removed from the server. `pending`: copies are about to be handed on, so that
    being owed them is no failure; `owe` says how it went. `failed`: copies that were refused for good, by
    their keys, and why.
    """

    letter: Letter
    first_seen: float
    sha256: bytes
    octets: int
    staged: tuple[tuple[Copy, str], ...] = ()
    duplicates: tuple[Copy, ...] = ()
    identity: bytes | None = None
    remembered: float = REMEMBERED
    owed: str = ""
    kept: bool = False
    failed: tuple[tuple[int, str], ...] = ()
    pending: bool = False


@frozen
class Staged:
    """A copy that is promised: its file lies flushed in `tmp/`, or was renamed into `new/` already."""

    key: int
    maildir: Path
    name: str
    sha256: bytes
    octets: int
    since: float


@frozen
class Fact:
    """One line of the log: what became of one copy. `when` in Unix seconds.

    `target` as a Place is called; `name` of the file, empty if there is none; `note`: `duplicate`, why it failed, or
    empty.
    """

    key: int
    when: float
    account: str
    account_id: str
    uid: bytes
    generation: int
    recipients: tuple[str, ...]
    addresses: tuple[str, ...]
    source: str
    rule: str
    target: str
    name: str
    fate: str
    note: str
    digest: str

    @property
    def file(self) -> Path | None:
        """The file as it was delivered; None: there is none, or no more."""
        return Path(self.target) / "new" / self.name if self.name else None
