"""Outcomes: what became of one message, in the words of Postfix."""

from fetchrun.delivery.copies import Copy
from fetchrun.delivery.letter import Letter
from sortlang.frozen import frozen

MAX_PATIENCE = 3600.0


@frozen
class Deposit:
    """One copy that is settled: the file it is; without one it was handed on, or `note` says `duplicate`."""

    copy: Copy
    name: str
    note: str = ""


@frozen
class Delivered:
    """Every copy is durable and recorded; the server may be asked to remove the message."""

    letter: Letter
    deposits: tuple[Deposit, ...]


@frozen
class Discarded:
    """As Delivered, but every copy went to the trash."""

    letter: Letter
    deposits: tuple[Deposit, ...]


@frozen
class Quarantined:
    """Nothing is owed, but somebody refused the message for good, or it goes round: it lies in quarantine."""

    letter: Letter
    deposits: tuple[Deposit, ...]


@frozen
class Deferred:
    """Some copy is still owed, for `reason`; the message stays on the server and what is settled is not done again."""

    letter: Letter
    deposits: tuple[Deposit, ...]
    reason: str


Outcome = Delivered | Discarded | Quarantined | Deferred


def patience(failures: int) -> float:
    """Seconds to wait after so many failures in a row: at first none, then 1, 2, 4 … 60 minutes."""
    return 0.0 if failures < 2 else min(MAX_PATIENCE, 60.0 * 2 ** min(failures - 2, 10))
