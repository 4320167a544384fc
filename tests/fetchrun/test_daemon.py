"""The daemon with sessions that only pretend: who runs when, and what a failure touches."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event

import pytest

from accounts import account
from fetchrun import daemon as rooms
from fetchrun.conclude import concluded
from fetchrun.daemon import Daemon, result_of
from fetchrun.delivery.letter import account_id
from fetchrun.memory.conditions import account_condition, rules_condition
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.schema import trouble
from fetchrun.notify import READY, STOPPING
from fetchrun.office import Office
from fetchrun.progress import Silent
from fetchrun.rulebook import Rulebook
from fetchrun.summary import Summary
from fetchrun.trouble import Denied, Trouble
from sortlang.rules import Account

PATIENCE = 30.0
Session = Callable[[Account, Office], Awaitable[Summary]]


class Ear(Silent):
    """Hears everything."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.summaries: list[Summary] = []

    def tell(self, account: str, sentence: str) -> None:
        self.said.append(f"{account}: {sentence}")

    def went(self, summary: Summary) -> None:
        self.summaries.append(summary)


class Scene:
    """A daemon over a rules file, its clock, and all that it says."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.file, self.state = folder / "mail.sort", folder / "state"
        self.state.mkdir()
        self.now, self.ear, self.states = 1_800_000_000.0, Ear(), list[str]()
        self._patch = monkeypatch

    def accounts(self, *names: str, more: str = "") -> None:
        text = "".join(
            f'account "{name}" < server "{name}.ex.com"; user "{name}"; password env "P"; every 1h; >\n'
            for name in names
        )
        self.file.write_text(text + "sort * -> all@ex.com;\n" + more)

    def played(self, session: Session, act: Callable[[Daemon], Awaitable[None]]) -> None:
        """Runs the daemon with these sessions while `act` lasts, then stops it."""
        self._patch.setattr(rooms, "session", session)

        async def play() -> Daemon:
            book = Rulebook(self.file, self.state, lambda: self.now)
            daemon = Daemon(book, self.state, lambda: self.now, self.ear, self.states.append)
            running = asyncio.ensure_future(daemon.run())
            acting = asyncio.ensure_future(act(daemon))
            await asyncio.wait((running, acting), timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            assert acting.done(), self.ear.said
            daemon.stop()
            await asyncio.wait_for(running, PATIENCE)
            acting.result()
            return daemon

        asyncio.run(play()).close()


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(tmp_path, monkeypatch)


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def test_all_accounts_have_their_session_and_the_manager_is_told(scene: Scene) -> None:
    scene.accounts("a", "b", "c")

    async def session(account: Account, office: Office) -> Summary:
        return Summary(account)

    async def act(daemon: Daemon) -> None:
        await until(lambda: len(scene.ear.summaries) == 3)

    scene.played(session, act)
    assert {each.account.name for each in scene.ear.summaries} == {"a", "b", "c"}
    assert scene.states == [READY, STOPPING]


def test_no_more_than_so_many_sessions_at_a_time_and_one_for_each_account(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "AT_A_TIME", 3)
    scene.accounts(*(f"a{number}" for number in range(12)))
    open_, most = Counter[str](), 0

    async def session(account: Account, office: Office) -> Summary:
        nonlocal most
        open_[account.name] += 1
        most = max(most, open_.total())
        assert open_[account.name] == 1
        await asyncio.sleep(0)
        open_[account.name] -= 1
        return Summary(account)

    async def act(daemon: Daemon) -> None:
        await until(lambda: len(scene.ear.summaries) == 12)

    scene.played(session, act)
    assert most == 3


def test_a_fault_of_ours_in_one_session_is_told_and_leaves_the_others_alone(scene: Scene) -> None:
    scene.accounts("bad", "good")

    async def session(account: Account, office: Office) -> Summary:
        if account.name == "bad":
            raise ZeroDivisionError
        return Summary(account)

    async def act(daemon: Daemon) -> None:
        await until(lambda: scene.ear.summaries and scene.ear.said)

    scene.played(session, act)
    assert [each.account.name for each in scene.ear.summaries] == ["good"]
    assert "ZeroDivisionError" in scene.ear.said[0]


def test_a_ledger_that_failed_is_opened_again_and_what_was_promised_is_ended_when_nobody_works_on_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.accounts("breaks", "other")
    busy, mended = 0, 0
    honest = rooms.tidied

    def tidied(office: Office) -> None:
        nonlocal mended
        assert busy == 0
        mended += 1
        honest(office)

    async def session(account: Account, office: Office) -> Summary:
        nonlocal busy
        busy += 1
        try:
            if account.name == "other" and mended == 1:
                await until(office.ending)  # the others are asked to make room
                await asyncio.sleep(0.3)  # time enough for whoever would not wait for it
            if account.name == "breaks" and mended == 1:
                office.ledger.close()
                return Summary(account, trouble=Trouble("disk", "the ledger cannot be written"))
            if mended > 1:
                office.ledger.maildirs()  # raises if it is closed
            return Summary(account)
        finally:
            busy -= 1

    async def act(daemon: Daemon) -> None:
        await until(lambda: mended == 2)
        scene.now += 61
        daemon._woken.set()
        await until(lambda: any(each.account.name == "breaks" and not each.trouble for each in scene.ear.summaries))

    monkeypatch.setattr(rooms, "tidied", tidied)
    scene.played(session, act)


def test_a_state_folder_that_stays_full_is_tried_each_minute_and_nothing_is_fetched_meanwhile(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.accounts("a")
    opened, full = 0, True
    honest = rooms.Ledger

    def ledger(state: Path) -> Ledger:
        nonlocal opened
        opened += 1
        if opened > 1 and full:
            raise Trouble("disk", "no space left")
        return honest(state)

    async def session(account: Account, office: Office) -> Summary:
        return Summary(account, trouble=Trouble("disk", "no space left") if opened == 1 else None)

    async def act(daemon: Daemon) -> None:
        nonlocal full
        await until(lambda: opened == 2)
        assert len(scene.ear.summaries) == 1
        scene.now += 61
        daemon._woken.set()
        await until(lambda: opened == 3)
        assert len(scene.ear.summaries) == 1
        full = False
        scene.now += 61
        daemon._woken.set()
        await until(lambda: len(scene.ear.summaries) == 2)

    monkeypatch.setattr(rooms, "Ledger", ledger)
    scene.played(session, act)
    assert scene.ear.summaries[-1].clean
    assert any("no space left" in each for each in scene.ear.said)


def test_a_running_session_keeps_the_rules_it_began_with_and_the_next_has_the_new_ones(scene: Scene) -> None:
    scene.accounts("a")
    digests: list[str] = []

    async def session(account: Account, office: Office) -> Summary:
        before = office.program.digest
        if not digests:
            scene.accounts("a", "b", more="sort x@ex.com -> y@ex.com;\n")
            await until(lambda: any("the rules are new" in each for each in scene.ear.said))
        assert office.program.digest == before
        digests.append(before)
        return Summary(account)

    async def act(daemon: Daemon) -> None:
        await until(lambda: len(scene.ear.summaries) == 2)

    scene.played(session, act)
    assert len(set(digests)) == 2
    assert any('account "b" is new' in each for each in scene.ear.said)


def test_the_ledger_says_which_rules_are_in_force_that_they_are_broken_and_who_is_asked_when(scene: Scene) -> None:
    scene.accounts("a")

    async def session(account: Account, office: Office) -> Summary:
        concluded(summary := Summary(account), office)
        return summary

    async def act(daemon: Daemon) -> None:
        await until(lambda: scene.ear.summaries)
        scene.file.write_text("sort ;\n")
        await until(lambda: any("stay in force" in each for each in scene.ear.said))
        await until(lambda: scene.states[-1] == READY and len(scene.states) > 1)

    scene.played(session, act)
    ledger = Ledger(scene.state)
    rules, about = rules_condition(ledger), account_condition(ledger, account_id("a.ex.com", "a"))
    ledger.close()
    assert rules and rules.complaint and rules.complaint.place.endswith("mail.sort:1")
    assert about and about.next_run and abs(about.next_run - scene.now - 3600) <= 180


@pytest.mark.parametrize(
    ("trouble", "result"),
    [
        (Denied("login", "not with this password", temporary=False), "denied"),
        (Trouble("login", "the server has a fault that will not pass by itself", temporary=False), "failed"),
        (Trouble("connect", "nobody there"), "unreachable"),
        (Trouble("tls", "the certificate has expired", temporary=False), "failed"),
        (Trouble("disk", "no space"), "disk"),
        (None, "well"),
    ],
)
def test_only_a_denied_secret_counts_against_its_three_tries(trouble: Trouble | None, result: str) -> None:
    assert result_of(Summary(account(1), trouble=trouble)) == result


def test_stop_waits_for_sessions_that_end_soon_and_cuts_those_that_do_not(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "GRACE_SECONDS", 0.3)
    scene.accounts("soon", "never")
    ended: list[str] = []

    async def session(account: Account, office: Office) -> Summary:
        try:
            await until(lambda: office.ending() and account.name == "soon")
            ended.append("well")
        except asyncio.CancelledError:
            ended.append("cut")
            raise
        return Summary(account)

    async def act(daemon: Daemon) -> None:
        await until(lambda: len(daemon._sessions) == 2)

    scene.played(session, act)
    assert ended == ["well", "cut"]


def test_F99_a_server_that_is_silent_after_a_message_holds_up_nobody_else_s_end(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mail is handed on in a thread, which nobody can cut off; the attempt stands in the ledger."""
    monkeypatch.setattr(rooms, "GRACE_SECONDS", 0.3)
    scene.accounts("silent", "soon")
    ended, answer = list[str](), Event()

    async def session(account: Account, office: Office) -> Summary:
        try:
            if account.name == "silent":
                await asyncio.to_thread(answer.wait)
            await until(office.ending)
            ended.append(account.name)
        except asyncio.CancelledError:
            ended.append("cut off")
            asyncio.get_running_loop().call_later(0.1, answer.set)
            raise
        return Summary(account)

    async def act(daemon: Daemon) -> None:
        await until(lambda: len(daemon._sessions) == 2)

    scene.played(session, act)
    assert ended == ["soon", "cut off"]
    assert scene.states[-1] == STOPPING


def test_a_ledger_that_cannot_be_opened_at_the_start_is_trouble(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.accounts("a")

    def never(state: Path) -> Ledger:
        raise trouble(state, OSError("no"))  # type: ignore[arg-type]

    async def act(daemon: Daemon) -> None:
        await asyncio.sleep(PATIENCE)

    async def session(account: Account, office: Office) -> Summary:
        return Summary(account)

    monkeypatch.setattr(rooms, "Ledger", never)
    book = Rulebook(scene.file, scene.state, lambda: 0.0)

    async def run() -> None:
        await Daemon(book, scene.state, lambda: 0.0, scene.ear, scene.states.append).run()

    with pytest.raises(Trouble):
        asyncio.run(run())
    assert scene.states == []


def test_what_is_too_old_is_thrown_away_once_a_day(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.accounts("a")
    days: list[float] = []
    monkeypatch.setattr(rooms, "cleaned", lambda office: days.append(office.clock()))

    async def session(account: Account, office: Office) -> Summary:
        return Summary(account)

    async def act(daemon: Daemon) -> None:
        await until(lambda: days and scene.ear.summaries)
        for hours in (2, 2, 21, 2, 23):
            scene.now += 3600.0 * hours
            before = len(scene.ear.summaries)
            daemon._woken.set()
            await until(lambda: daemon._clean_at > scene.now)
            await until(lambda count=before: len(scene.ear.summaries) > count)  # type: ignore[misc]

    scene.played(session, act)
    assert [round(day - days[0]) // 3600 for day in days] == [0, 25, 50]
