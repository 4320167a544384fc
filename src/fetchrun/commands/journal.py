"""The journal: what a daemon says, one line for what is news."""

from fetchrun.commands.aside import Aside
from fetchrun.commands.common import told
from fetchrun.summary import Summary


class Journal:
    """Lines on standard error. A session that found nothing says nothing, trouble that goes on is told once."""

    def __init__(self) -> None:
        self._aside = Aside()
        self._trouble: dict[str, str] = {}

    def begin(self, account: str, messages: int, size: int) -> None:
        """Nothing: how it went comes later."""

    def advance(self, account: str, messages: int, size: int) -> None:
        """Nothing: a log wants no ticks."""

    def tell(self, account: str, sentence: str) -> None:
        """Something a person should know."""
        self._aside.say(f"{account}: {sentence}")

    def end(self, account: str, sentence: str) -> None:
        """Nothing: `went` has more."""

    def went(self, summary: Summary) -> None:
        """A line if mail came or went; one when trouble begins, changes or ends."""
        name, before = summary.account.name, self._trouble.get(summary.account.name, "")
        now = told(summary.trouble, summary.account) if summary.trouble else ""
        if summary.settled or summary.removed:
            self.tell(name, str(summary))
        if now != before:
            self._aside.say(now or f"{name}: all is well again")
        self._trouble[name] = now
