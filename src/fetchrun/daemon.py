"""The daemon: every account in its time, by the rules as they are now."""

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from fetchrun.agenda import Agenda
from fetchrun.condition import Complaint, rules_after
from fetchrun.delivery.dispatch import Dispatch
from fetchrun.delivery.letter import account_id
from fetchrun.memory.clock import moment
from fetchrun.memory.conditions import note_next, note_rules, rules_condition
from fetchrun.memory.ledger import Ledger
from fetchrun.notify import ALIVE, READY, STOPPING, reloading
from fetchrun.office import Office
from fetchrun.once import cleaned, tidied
from fetchrun.plan import FULL
from fetchrun.progress import Progress
from fetchrun.rulebook import Rulebook
from fetchrun.schedule import DISK_SECONDS, Event, Result
from fetchrun.session import session
from fetchrun.summary import Summary
from fetchrun.trouble import Denied, Trouble
from fetchrun.watch import Watch
from sortlang.rules import DAY, Account

AT_A_TIME = 16
THREADS = 4 * AT_A_TIME
"""So many that no account waits because the password commands of others hang."""

GRACE_SECONDS, CANCEL_SECONDS = 20.0, 5.0
"""So long sessions have at the end to come to theirs by themselves, and so long again after they are cut off."""

NAP_SECONDS = 30.0
"""Longer than that it never sleeps, whatever the clock does meanwhile."""


class Listener(Progress, Protocol):
    """Who hears what the daemon does."""

    def went(self, summary: Summary) -> None:
        """A session is over."""


class Daemon:
    """Runs until `stop`. To be made, and called, in the event loop that runs it."""

    def __init__(
        self, book: Rulebook, state: Path, clock: Callable[[], float], listener: Listener, notify: Callable[[str], None]
    ) -> None:
        """`clock` in Unix seconds; `notify` is told the states of sd_notify(3). The caller holds the state folder."""
        self._book, self._state, self._clock = book, state, clock
        self._listener, self._notify = listener, notify
        self._agenda = Agenda(str(state))
        self._dispatch = Dispatch()
        self._ledger: Ledger | None = None
        self._sessions: set[asyncio.Task[None]] = set()
        self._woken, self._asked_to_reload = asyncio.Event(), asyncio.Event()
        self._stopping = False
        self._mend_at: float | None = None
        self._clean_at = 0.0

    def stop(self) -> None:
        """Ends it soon: running sessions deliver what is under way and say goodbye to their servers."""
        self._stopping = True
        self._woken.set()

    def reload(self) -> None:
        """Reads the rules now, and tries again whatever has failed."""
        self._asked_to_reload.set()

    async def run(self, heartbeat: float | None = None) -> None:
        """Everything, until `stop`; `heartbeat` seconds between two signs of life. Raises Trouble at the start."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        await asyncio.to_thread(self._open)
        self._agenda.follow(self._book.program, self._clock())
        beside = [asyncio.ensure_future(each) for each in (self._follow(), self._beat(heartbeat))]
        self._notify(READY)
        try:
            while not self._stopping:
                self._woken.clear()
                await self._tend()
                self._begin_due()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), self._nap())
        finally:
            self._notify(STOPPING)
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await self._ended()

    # Sessions

    def _begin_due(self) -> None:
        while len(self._sessions) < AT_A_TIME and self._mend_at is None:
            account = self._agenda.take(self._clock())
            if account is None:
                return
            task = asyncio.ensure_future(self._session(account, self._office()))
            self._sessions.add(task)
            task.add_done_callback(self._over)

    def _over(self, task: "asyncio.Task[None]") -> None:
        self._sessions.discard(task)
        self._woken.set()

    async def _session(self, account: Account, office: Office) -> None:
        """One session, whatever becomes of it; also a fault of ours is this account's alone."""
        began, delay = self._clock(), 0
        result: Result = "failed"
        try:
            summary = await session(account, office)
            result, delay = result_of(summary), summary.login_delay
            self._listener.went(summary)
        except Exception:
            self._listener.tell(account.name, f"this is a fault of fetchrun itself:\n{traceback.format_exc()}")
        if result == "disk" and self._mend_at is None:
            self._mend_at = self._clock()
        moment = self._agenda.record(account, Event(began, self._clock(), result, delay))
        with suppress(Trouble):
            await asyncio.to_thread(note_next, office.ledger, account_id(account.server, account.user), moment)

    def _office(self) -> Office:
        """What a session that begins now works with, to its end."""
        assert self._ledger
        return Office(
            self._book.program,
            self._ledger,
            self._state,
            self._clock,
            self._listener,
            self._dispatch,
            lambda: self._stopping or self._mend_at is not None,
            moment,
        )

    # The memory

    async def _tend(self) -> None:
        """Mends what a failure of the disk has left, when nobody works on it; throws away what is too old, daily."""
        now = self._clock()
        if self._mend_at is not None and self._mend_at <= now and not self._sessions:
            await self._mend(now)
        if self._mend_at is None and not self._clean_at - DAY <= now < self._clean_at:
            self._clean_at = now + DAY
            await self._watched(asyncio.to_thread(cleaned, self._office()))

    async def _mend(self, now: float) -> None:
        try:
            await asyncio.to_thread(self._open)
            self._mend_at = None
        except Trouble as trouble:
            self._listener.tell("state folder", f"{trouble.sentence}; tried again each minute")
            self._mend_at = now + DISK_SECONDS

    def _open(self) -> None:
        """Opens the ledger anew and ends what was promised. Raises Trouble."""
        if self._ledger:
            self._ledger.close()
        self._ledger = Ledger(self._state)
        tidied(self._office())
        self._note_rules()

    async def _watched(self, work: Coroutine[Any, Any, object]) -> None:
        """Trouble of the disk is mended later."""
        try:
            await work
        except Trouble as trouble:
            self._listener.tell("state folder", trouble.sentence)
            self._mend_at = self._clock()

    # The rules

    async def _follow(self) -> None:
        """Takes up what the file says each time that it says something else."""
        if self._book.told:
            self._listener.tell("rules", self._book.told)
        watch = Watch(lambda sentence: self._listener.tell("rules", sentence))
        try:
            while True:
                forced = await self._something_new(watch)
                self._notify(reloading())
                await self._reread(forced)
                self._notify(READY)
        finally:
            watch.close()

    async def _something_new(self, watch: Watch) -> bool:
        """Returns when the rules are to be read; whether that was asked for."""
        edit = asyncio.ensure_future(watch.change(self._book.places, self._book.seen))
        order = asyncio.ensure_future(self._asked_to_reload.wait())
        try:
            await asyncio.wait((edit, order), return_when=asyncio.FIRST_COMPLETED)
            return order.done()
        finally:
            for each in (edit, order):
                each.cancel()
            await asyncio.gather(edit, order, return_exceptions=True)
            self._asked_to_reload.clear()

    async def _reread(self, forced: bool) -> None:
        try:
            said = (await asyncio.to_thread(self._book.reread)).said
        except Exception:
            said = (f"this is a fault of fetchrun itself, the rules stay as they are:\n{traceback.format_exc()}",)
        for sentence in said:
            self._listener.tell("rules", sentence)
        self._agenda.follow(self._book.program, self._clock())
        if forced:
            self._agenda.forgive(self._clock())
            self._dispatch.forgive()
        if self._mend_at is None:
            await self._watched(asyncio.to_thread(self._note_rules))
        self._woken.set()

    def _note_rules(self) -> None:
        assert self._ledger
        broken, file = self._book.broken, str(self._book.file)
        complaint = Complaint("rules", broken.first, _KEPT, broken.place, broken.since) if broken else None
        before = rules_condition(self._ledger)
        note_rules(self._ledger, rules_after(before, self._book.since, file, self._book.program.digest, complaint))

    # The rest

    async def _beat(self, seconds: float | None) -> None:
        """Signs of life from the loop itself: one that hangs gives none."""
        while seconds:
            self._notify(ALIVE)
            await asyncio.sleep(seconds)

    def _nap(self) -> float:
        """Seconds until there is something to do; whatever happens before wakes us."""
        full = len(self._sessions) >= AT_A_TIME
        moments = (self._mend_at if not self._sessions else None, None if full else self._agenda.next(), self._clean_at)
        first = min(each for each in moments if each is not None)
        return min(max(first - self._clock(), 0.05), NAP_SECONDS)

    async def _ended(self) -> None:
        """All sessions have come to their end, or were cut off; then the server deletes nothing."""
        if self._sessions:
            await asyncio.wait(self._sessions, timeout=GRACE_SECONDS)
        for task in self._sessions:
            task.cancel()
        if self._sessions:
            await asyncio.wait(self._sessions, timeout=CANCEL_SECONDS)

    def close(self) -> None:
        """Closes the ledger, when no thread can be at it any more."""
        if self._ledger:
            self._ledger.close()


_KEPT = "mend it; `sortlang check` shows all of it; the rules from before stay in force"


def result_of(summary: Summary) -> Result:
    """How it went, for the schedule."""
    trouble = summary.trouble
    if trouble is None:
        return "full" if summary.left[FULL] and summary.settled and summary.clean else "well"
    if trouble.step == "disk":
        return "disk"
    if isinstance(trouble, Denied):
        return "denied"
    return "unreachable" if trouble.step in ("connect", "tls") and trouble.temporary else "failed"
