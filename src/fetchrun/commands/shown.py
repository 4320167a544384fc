"""Progress as a person sees it: bars on a terminal, plain lines elsewhere."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING

from fetchrun.commands.aside import Aside
from fetchrun.progress import Progress

if TYPE_CHECKING:
    from rich.progress import TaskID


class Lines:
    """Plain lines on standard error, for logs and pipes."""

    def __init__(self) -> None:
        self._aside = Aside()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self, account: str, messages: int, size: int) -> None:
        """How much is to come."""
        self._aside.say(f"{account}: {messages} messages to retrieve, {in_bytes(size)}")

    def advance(self, account: str, messages: int, size: int) -> None:
        """Nothing: a log wants no ticks."""

    def tell(self, account: str, sentence: str) -> None:
        """One line."""
        self._aside.say(f"{account}: {sentence}")

    end = tell


class Bars:
    """A bar for each account, with messages, bytes, rate and what remains, on standard error."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[done]}/{task.fields[messages]} messages"),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        self._bars = Progress(*columns, console=Console(stderr=True))
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Progress:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def begin(self, account: str, messages: int, size: int) -> None:
        """A new bar."""
        self._tasks[account] = self._bars.add_task(_plain(account), total=size, done=0, messages=messages)

    def advance(self, account: str, messages: int, size: int) -> None:
        """The bar grows."""
        task = self._bars.tasks[self._tasks[account]]
        self._bars.update(task.id, advance=size, done=task.fields["done"] + messages)

    def tell(self, account: str, sentence: str) -> None:
        """A line above the bars."""
        self._bars.console.print(_plain(f"{account}: {sentence}"), highlight=False)

    def end(self, account: str, sentence: str) -> None:
        """The bar is full, whatever LIST said of the sizes, and the line says how it went."""
        if account in self._tasks:
            self._bars.update(self._tasks[account], completed=self._bars.tasks[self._tasks[account]].total)
        self.tell(account, sentence)


def progress() -> Lines | Bars:
    """What fits standard error."""
    return Bars() if sys.stderr.isatty() else Lines()


def in_bytes(size: float) -> str:
    """`14.2 MB`, as people read sizes."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _plain(text: str) -> str:
    """Text in which rich sees no markup."""
    return text.replace("[", r"\[")
