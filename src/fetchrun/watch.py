"""Watch: when files on disk are no longer what they were."""

import asyncio
import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from sortlang.frozen import frozen

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver, ObservedWatch

POLL_SECONDS, QUIET_SECONDS = 1.0, 0.15
"""The system's events are a hint that comes at once; what counts is a look each second. Files that are being written
are left alone until they have been as they are for so long."""

WRITING_SECONDS = 10.0
"""Longer than that nobody is waited for who keeps on writing."""

MAX_FOLDERS, MAX_LINKS = 64, 40

EVENTS: list[type[FileSystemEvent]] = [
    *(FileCreatedEvent, FileModifiedEvent, FileClosedEvent, FileMovedEvent, FileDeletedEvent, FileAttribEvent),
    *(DirCreatedEvent, DirMovedEvent, DirDeletedEvent),
]
"""Not among them: opening and reading, which we do ourselves."""

Seen = tuple[tuple[str, ...], ...]


@frozen
class Places:
    """What is watched: names of files, which need not be there, and patterns for more with `*`, `?` or `[`."""

    names: tuple[str, ...]
    patterns: tuple[str, ...] = ()


def look(places: Places) -> Seen:
    """What tells whether anything was changed: of each file where it really lies, its inode, size and times."""
    found = {name for each in places.patterns for name in glob(each)}  # noqa: PTH207
    return tuple(_one(name) for name in sorted({*places.names, *found}))


def folders(places: Places) -> set[str]:
    """The folders that are to be watched: of each file, and of each link on the way to it."""
    names = (*places.names, *(name for each in places.patterns for name in (each, *glob(each))))  # noqa: PTH207
    return {str(found) for name in names for found in _on_the_way(Path(name).absolute())}


class Watch:
    """An eye on files, for one event loop. Files are not opened, only looked at."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """Begins to listen to the system's events; `tell` hears, once, if there are none."""
        self._tell = tell
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._watches: dict[str, tuple[int, ObservedWatch]] = {}
        self._observer: BaseObserver | None = Observer()
        try:
            self._observer.start()
        except (OSError, RuntimeError) as why:
            self._without_events(why)

    async def change(self, places: Places, seen: Seen) -> None:
        """Returns when the files are not what was `seen`, and are not being written just now."""
        while True:
            self._woken.clear()
            now = await asyncio.to_thread(self._looked, places)
            if now != seen and await _settled(places, now) != seen:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)

    def close(self) -> None:
        """Ends the listening."""
        if self._observer and self._observer.is_alive():
            self._observer.stop()
            self._observer.join(timeout=5)
        self._observer = None

    def _looked(self, places: Places) -> Seen:
        if self._observer:
            self._listen(self._observer, sorted(folders(places))[:MAX_FOLDERS])
        return look(places)

    def _listen(self, observer: "BaseObserver", wanted: Iterable[str]) -> None:
        """Watches these folders; one that was deleted and made again is another one, of which nothing is heard yet."""
        there = {name: inode for name in wanted if (inode := _inode(name))}
        for name, (inode, watch) in list(self._watches.items()):
            if there.get(name) != inode:
                del self._watches[name]
                with suppress(KeyError, OSError):
                    observer.unschedule(watch)
        for name in there.keys() - self._watches.keys():
            try:
                watch = observer.schedule(_Hint(self._hint), name, event_filter=EVENTS)
            except OSError as why:
                if why.errno in (errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.ENOMEM):
                    self._without_events(why)
                    return
                continue  # it was there a moment ago; the next look knows more
            self._watches[name] = there[name], watch

    def _hint(self) -> None:
        with suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._woken.set)

    def _without_events(self, why: Exception) -> None:
        observer, self._observer = self._observer, None
        self._watches.clear()
        if observer and observer.is_alive():
            observer.stop()
        self._tell(f"the system gives no news of files, so they are looked at each second ({why})")


class _Hint(FileSystemEventHandler):
    """Whatever happens, it is worth a look."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._call()


async def _settled(places: Places, now: Seen) -> Seen:
    """How the files look when nobody has written to them for a moment."""
    for _ in range(int(WRITING_SECONDS / QUIET_SECONDS)):
        await asyncio.sleep(QUIET_SECONDS)
        before, now = now, await asyncio.to_thread(look, places)
        if before == now:
            break
    return now


def _one(name: str) -> tuple[str, ...]:
    """The time of the inode's change is among it: some tools set the other one back."""
    try:
        about = Path(name).stat()
    except (OSError, ValueError) as why:
        return name, type(why).__name__
    real = os.path.realpath(name)
    about_it = (about.st_dev, about.st_ino, about.st_mode, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
    return name, real, *map(str, about_it)


def _inode(folder: str) -> int:
    try:
        return Path(folder).stat().st_ino
    except OSError:
        return 0


def _on_the_way(file: Path) -> Iterator[Path]:
    """The folder of the file as it is reached in the end, and that of every link that leads there."""
    waiting, met = [file], 0
    while waiting and met < MAX_LINKS:
        path = waiting.pop()
        met += 1
        yield _nearest(path.parent)
        for link in (path, *path.parents):
            if link.is_symlink():
                yield _nearest(link.parent)
                waiting.append(link.parent / link.readlink() / path.relative_to(link))
                break


def _nearest(folder: Path) -> Path:
    """The folder, or the first above it that is there."""
    real = Path(os.path.realpath(folder))
    return next((each for each in (real, *real.parents) if each.is_dir()), real)
