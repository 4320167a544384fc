"""What is told without a plan is what the plan would say, and the ledger is taught the same."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from math import inf
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from fetchrun import decide
from fetchrun.listing import Entry, Lists
from fetchrun.memory.ledger import DAY, Ledger
from fetchrun.office import Office
from fetchrun.plan import Decision, Leave, Retrieve
from fetchrun.progress import Silent
from fetchrun.quiet import Quiet
from fetchrun.server.maildrop import Maildrop
from in_memory import program
from sortlang.mail.message import head_hash
from sortlang.rules import FOREVER, Account, Password
from sortlang.source import Source, Span

NOW = 1_700_000_000.0
SOMEWHERE = Span(Source("mail.sort", ""), 0, 0)
PROGRAM = program("sort * -> all@ex.com;\n")
DIGEST = PROGRAM.digest
HEADS = (b"Subject: a\r\n\r\n", b"Subject: b\r\n\r\n")
COLUMNS = "generation, size, head, state, first_seen, failures, retry_at, digest, kept, gone, asked"

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Uid:
    """What is remembered of a uid, and the sizes with which it is listed: none, one, or more than one."""

    rows: tuple[Row, ...]
    sizes: tuple[int, ...]


class Drop:
    """A maildrop that lists these; of every fifth message it shows no header."""

    def __init__(self, uids: Iterable[Uid]) -> None:
        listed = dict(enumerate([(b"%d" % at, size) for at, uid in enumerate(uids) for size in uid.sizes], 1))
        self._lists = Lists(
            {each: uid for each, (uid, _) in listed.items()}, {each: s for each, (_, s) in listed.items()}
        )

    async def lists(self) -> Lists:
        return self._lists

    async def listing(self) -> tuple[Entry, ...]:
        return self._lists.entries()

    async def heads(self, entries: Iterable[Entry]) -> AsyncIterator[tuple[Entry, bytes]]:
        for each in entries:
            if each.number % 5:
                yield each, HEADS[each.number % 2]


def remembered(generation: int = 1, state: str = "done", **more: Any) -> Row:
    head, first_seen = more.get("head", head_hash(HEADS[0])), more.get("first_seen", NOW - DAY)
    late = (more.get("digest", DIGEST), more.get("kept", 0), more.get("gone"), more.get("asked"))
    return (generation, more.get("size", 100), head, state, first_seen, more.get("failures", 0), NOW + 9, *late)


AGES = (NOW - 3 * DAY, NOW - 2 * DAY, NOW - DAY, NOW + DAY)
QUIET = st.sampled_from(
    [Uid((remembered(state="adopted"),), (100,))]
    + [Uid((remembered(kept=kept, first_seen=age),), (100,)) for kept, age in product((0, 1), AGES)]
)
ROWS = [
    {"state": state, "gone": gone, "asked": asked, "head": head, "kept": kept, "digest": digest, "failures": failures}
    for state, (gone, asked), head, kept, digest, failures in product(
        ("staged", "deferred", "done", "kept", "adopted", "refused"),
        ((None, None), (NOW, None), (None, NOW), (NOW, NOW)),
        (None, *map(head_hash, HEADS)),
        (0, 1),
        (DIGEST, "other"),
        (0, 5),
    )
]
GENERATIONS = st.lists(st.sampled_from(ROWS), max_size=2).flatmap(
    lambda rows: st.sampled_from([1, 2]).map(
        lambda first: tuple(remembered(generation, **row) for generation, row in enumerate(rows, first))
    )
)
ODD = st.builds(Uid, GENERATIONS, st.sampled_from([(100,), (100,), (200,), (200,), ()]))
TWINS = st.builds(Uid, GENERATIONS, st.sampled_from([(100, 100), (100, 200)]))
VANISHED = QUIET.map(lambda uid: Uid(uid.rows, ()))
NEW = st.just(Uid((), (100,)))


def some(kind: st.SearchStrategy[Uid], *counts: int) -> st.SearchStrategy[list[Uid]]:
    return st.sampled_from(counts).flatmap(lambda count: st.lists(kind, min_size=count, max_size=count))


UIDS = st.tuples(
    some(QUIET, 30, 15, 5, 0), some(ODD, 4, 8, 0), some(VANISHED, 0, 2, 20), some(NEW, 0, 2, 20), some(TWINS, 0, 0, 1)
).map(lambda parts: [uid for part in parts for uid in part])
ACCOUNTS = st.sampled_from(
    [
        Account("a", "s", 995, "u", Password("env", "X", span=SOMEWHERE), span=SOMEWHERE, keep=keep, start=start)
        for keep, start in product((0.0, 2 * DAY, FOREVER), ("all", "new", DAY))
    ]
)


@given(UIDS, ACCOUNTS, st.booleans(), st.sampled_from([0, 3, 100]))
def test_quiet_is_what_the_plan_leaves(uids: list[Uid], account: Account, first_poll: bool, most: int) -> None:
    with patch("fetchrun.retention.MOST", most):
        plain, plain_rows = asyncio.run(plainly(uids, account, first_poll))
        (decisions, quiet), rows = asyncio.run(quietly(uids, account, first_poll))
    planned = {each.entry.number for each in decisions}
    others = [each for each in plain if each.entry.number not in planned]
    assert decisions == tuple(each for each in plain if each.entry.number in planned)
    assert all(isinstance(each, Leave) and not each.adopt and each.since is None for each in others)
    assert quiet.left == Counter(each.why for each in others if isinstance(each, Leave))
    assert quiet.until == min((each.until for each in others if isinstance(each, Leave)), default=inf)
    assert rows == plain_rows


def test_most_of_a_maildrop_that_is_kept_is_never_planned() -> None:
    uids = [Uid((remembered(),), (100,))] * 30 + [Uid((), (100,))] * 29
    (decisions, quiet), _ = asyncio.run(quietly(uids, an_account(keep=2 * DAY), first_poll=False))
    assert (len(decisions), quiet.count, quiet.until) == (29, 30, NOW + DAY)


def test_F32_where_most_has_vanished_all_is_planned() -> None:
    uids = [Uid((remembered(),), (100,))] * 20 + [Uid((remembered(),), ())] * 21 + [Uid((), (100,))] * 3
    (decisions, quiet), _ = asyncio.run(quietly(uids, an_account(keep=2 * DAY), first_poll=False))
    assert (len(decisions), quiet.count) == (23, 0)
    assert [each.why for each in decisions if isinstance(each, Leave) and each.adopt] != []


def test_F31_what_the_server_promised_to_remove_is_never_quiet() -> None:
    uids = [Uid((remembered(),), (100,))] * 30 + [Uid((remembered(asked=NOW),), (100,))]
    (decisions, quiet), _ = asyncio.run(quietly(uids, an_account(keep=2 * DAY), first_poll=False))
    assert (quiet.count, [type(each) for each in decisions]) == (30, [Retrieve])


def test_a_uid_that_is_listed_twice_has_all_planned() -> None:
    uids = [Uid((remembered(),), (100,))] * 20 + [Uid((remembered(),), (100, 100))]
    (decisions, quiet), _ = asyncio.run(quietly(uids, an_account(keep=2 * DAY), first_poll=False))
    assert (len(decisions), quiet.count) == (22, 0)


def an_account(**settings: Any) -> Account:
    return Account("a", "s", 995, "u", Password("env", "X", span=SOMEWHERE), span=SOMEWHERE, **settings)


async def plainly(uids: list[Uid], account: Account, first_poll: bool) -> tuple[tuple[Decision, ...], list[Row]]:
    """A plan of all, and what the ledger has of it then."""
    with closing(Ledger(None)) as ledger:
        box = filled(ledger, uids, first_poll)
        listing, decisions = await decide.foreseen(cast(Maildrop, Drop(uids)), box, account, office(ledger))
        ledger.polled(box, listing, NOW)
        ledger.adopt(box, [each.entry for each in decisions if isinstance(each, Leave) and each.adopt], NOW)
        return decisions, stored(ledger)


async def quietly(
    uids: list[Uid], account: Account, first_poll: bool
) -> tuple[tuple[tuple[Decision, ...], Quiet], list[Row]]:
    """The same as a session has it."""
    with closing(Ledger(None)) as ledger:
        box = filled(ledger, uids, first_poll)
        return await decide.decided(cast(Maildrop, Drop(uids)), box, account, office(ledger)), stored(ledger)


def filled(ledger: Ledger, uids: list[Uid], first_poll: bool) -> str:
    box = ledger.account("s", "u", "a")
    rows = [(b"%d" % at, *row) for at, uid in enumerate(uids) for row in uid.rows]
    with ledger.database.writing() as write:
        write.executemany(f"INSERT INTO messages (account, uid, {COLUMNS}) VALUES (1, {'?, ' * 11}?)", rows)
        write.execute("UPDATE accounts SET first_poll = ?", (None if first_poll else NOW,))
    return box


def stored(ledger: Ledger) -> list[Row]:
    return ledger.database.read(f"SELECT uid, {COLUMNS} FROM messages ORDER BY uid, generation")


def office(ledger: Ledger) -> Office:
    return Office(PROGRAM, ledger, Path("/nowhere"), lambda: NOW, Silent())
