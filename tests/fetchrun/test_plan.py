"""The plan: one decision for each entry, and nothing removed that is not delivered."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetchrun.listing import Entry
from fetchrun.memory.records import Known
from fetchrun.plan import POISONED, Decision, Examine, Leave, Remove, Retrieve, in_turn, plan
from sortlang.rules import FOREVER, Account, Password
from sortlang.source import Source, Span

NOW, DAY = 1_700_000_000.0, 86_400.0
SOMEWHERE = Span(Source("mail.sort", ""), 0, 0)


def account(**settings: Any) -> Account:
    password = Password("env", "X", span=SOMEWHERE)
    return Account("office", "pop.example.com", 995, "u", password, span=SOMEWHERE, **settings)


def entry(uid: bytes, size: int = 100, number: int = 1, **more: Any) -> Entry:
    return Entry(number, uid, size, **more)


def known(uid: bytes, state: str = "done", size: int = 100, **more: Any) -> Known:
    return Known(uid, more.pop("generation", 1), size, more.pop("head", b"h"), state, NOW - DAY, **more)  # type: ignore[arg-type]


def planned(
    listing: list[Entry], *memory: Known, first_poll: bool = False, digest: str = "d", **settings: Any
) -> tuple[Decision, ...]:
    return plan(listing, {each.uid: each for each in memory}, account(**settings), digest, NOW, first_poll)


def only(one: Entry, *memory: Known, **settings: Any) -> Decision:
    (decision,) = planned([one], *memory, **settings)
    return decision


def test_what_is_new_is_retrieved() -> None:
    assert only(entry(b"a")) == Retrieve(entry(b"a"), 1, NOW)


def test_F12_what_is_delivered_is_removed_and_not_retrieved_again() -> None:
    assert only(entry(b"a"), known(b"a")) == Remove(entry(b"a"), "delivered", 1)


def test_F31_F36_a_uid_that_the_server_promised_to_remove_may_be_another_message() -> None:
    promised = known(b"a", asked=NOW)
    assert isinstance(only(entry(b"a"), promised), Examine)
    assert isinstance(only(entry(b"a", head=b"h"), promised), Remove)
    assert only(entry(b"a", head=b"other"), promised) == Retrieve(entry(b"a", head=b"other"), 2, NOW)


@pytest.mark.parametrize("keep, decision", [(0.0, Remove), (DAY, Remove), (DAY + 1, Leave), (FOREVER, Leave)])
def test_keep_counts_from_when_it_was_first_seen(keep: float, decision: type) -> None:
    assert isinstance(only(entry(b"a"), known(b"a"), keep=keep), decision)


def test_F11_what_failed_before_comes_behind_all_others() -> None:
    listing = [entry(b"a"), entry(b"b"), entry(b"c")]
    failed = known(b"a", "deferred", failures=1)
    assert [each.entry.uid for each in in_turn(planned(listing, failed))] == [b"b", b"c", b"a"]
    assert kinds(planned(listing, failed, limit_messages=2)) == "LRR"


@pytest.mark.parametrize("state", ["staged", "adopted"])
def test_what_is_on_its_way_or_was_there_before_us_is_left(state: str) -> None:
    assert isinstance(only(entry(b"a"), known(b"a", state)), Leave)


def test_what_a_rule_keeps_is_left_until_the_rules_are_others() -> None:
    kept = known(b"a", "kept", digest="d")
    assert isinstance(only(entry(b"a"), kept, digest="d"), Leave)
    assert only(entry(b"a"), kept, digest="e") == Retrieve(entry(b"a"), 1, kept.first_seen)


def test_what_is_delivered_and_kept_is_never_removed() -> None:
    assert isinstance(only(entry(b"a"), known(b"a", kept=1, digest="d"), digest="e"), Leave)


@pytest.mark.parametrize("state", ["refused", "deferred"])
def test_F16_a_failure_waits_and_then_tries_again(state: str) -> None:
    assert isinstance(only(entry(b"a"), known(b"a", state, failures=2, retry_at=NOW + 1)), Leave)
    assert isinstance(only(entry(b"a"), known(b"a", state, failures=2, retry_at=NOW)), Retrieve)


def test_F16_a_message_refused_five_times_is_left_alone() -> None:
    assert isinstance(only(entry(b"a"), known(b"a", "refused", failures=POISONED)), Leave)
    assert isinstance(only(entry(b"a"), known(b"a", "deferred", failures=50)), Retrieve)


def test_F85_a_clock_that_was_set_back_does_not_make_a_message_wait_for_years() -> None:
    assert isinstance(only(entry(b"a"), known(b"a", "refused", retry_at=NOW + 400 * DAY)), Retrieve)


def test_what_is_too_large_is_left_but_removed_once_delivered() -> None:
    assert isinstance(only(entry(b"a", 101), skip_over=100), Leave)
    assert isinstance(only(entry(b"a", 100), skip_over=100), Retrieve)
    assert isinstance(only(entry(b"a", 101), known(b"a", size=101), skip_over=100), Remove)


def test_limits_bound_what_is_retrieved_not_what_is_removed() -> None:
    listing = [entry(b"%d" % n, 40) for n in range(6)]
    done = [known(b"0", size=40), known(b"3", size=40)]
    assert kinds(planned(listing, *done, limit_messages=2)) == "DRRDLL"
    assert kinds(planned(listing, *done, limit_bytes=119)) == "DRRDLL"
    assert kinds(planned(listing, *done, limit_bytes=1)) == "DRLDLL"


def test_start_new_adopts_all_that_is_there_once() -> None:
    assert only(entry(b"a"), first_poll=True, start="new") == Leave(
        entry(b"a"), "there before the first poll", adopt=True
    )
    assert isinstance(only(entry(b"a"), first_poll=False, start="new"), Retrieve)


def test_start_with_a_duration_asks_for_the_age() -> None:
    young, old = (entry(b"a", head=b"h", received=NOW - age) for age in (DAY - 1, DAY + 1))
    assert isinstance(only(entry(b"a"), first_poll=True, start=DAY), Examine)
    assert isinstance(only(young, first_poll=True, start=DAY), Retrieve)
    assert only(old, first_poll=True, start=DAY) == Leave(old, "older than `start`", adopt=True)
    assert isinstance(only(entry(b"a", head=b"h"), first_poll=True, start=DAY), Retrieve), (
        "no date: better twice than never"
    )


@pytest.mark.parametrize(
    "memory", [known(b"a", size=99), known(b"a", gone=NOW - 1)], ids=["other size", "gone and back"]
)
def test_F31_a_reused_uid_is_verified_by_its_header(memory: Known) -> None:
    assert isinstance(only(entry(b"a"), memory), Examine)
    assert isinstance(only(entry(b"a", head=b"h"), memory), Remove)
    other = entry(b"a", head=b"other")
    assert only(other, memory) == Retrieve(other, 2, NOW)


def test_F31_an_earlier_generation_is_recognised() -> None:
    memory = known(b"a", size=1, head=b"new", generation=2, older=(known(b"a", head=b"old"),))
    back = entry(b"a", head=b"old")
    assert only(back, memory) == Remove(back, "delivered", 1)
    other = entry(b"a", head=b"third")
    assert only(other, memory) == Retrieve(other, 3, NOW)


def test_what_was_adopted_and_vanished_for_a_poll_is_not_downloaded() -> None:
    assert isinstance(only(entry(b"a"), known(b"a", "adopted", head=None, gone=NOW - 1)), Leave)


def test_F29_one_uid_for_two_messages_retrieves_both() -> None:
    one, two = entry(b"a", 10, 1), entry(b"a", 20, 2)
    assert kinds(planned([one, two])) == "EE"
    one, two = replace(one, head=b"1"), replace(two, head=b"2")
    assert planned([one, two]) == (Retrieve(one, 1, NOW), Retrieve(two, 2, NOW))
    done = known(b"a", size=20, head=b"2", generation=2, older=(known(b"a", size=10, head=b"1"),))
    assert planned([one, two], done) == (Remove(one, "delivered", 1), Remove(two, "delivered", 2))
    assert planned([one, two], done.older[0]) == (Remove(one, "delivered", 1), Retrieve(two, 2, NOW))


def test_F30_one_message_listed_twice_is_retrieved_once_and_removed_twice() -> None:
    one, two = entry(b"a", 10, 1, head=b"1"), entry(b"a", 10, 2, head=b"1")
    assert planned([one, two]) == (Retrieve(one, 1, NOW), Leave(two, "listed twice"))
    assert kinds(planned([one, two], known(b"a", "refused", size=10, head=b"1"))) == "RL"
    assert kinds(planned([one, two], known(b"a", size=10, head=b"1"))) == "DD"


def test_F29_what_is_remembered_without_a_header_is_one_message_of_its_uid() -> None:
    one, two = entry(b"a", 10, 1, head=b"1"), entry(b"a", 10, 2, head=b"2")
    refused = known(b"a", "refused", size=10, head=None)
    assert planned([one, two], refused) == (Retrieve(one, 1, refused.first_seen), Retrieve(two, 2, NOW))
    both = known(b"a", "refused", size=10, head=None, generation=2, older=(refused._replace(head=b"1"),))
    assert [each.generation for each in planned([one, two], both) if isinstance(each, Retrieve)] == [1, 2]


def test_F30_what_no_rule_keeps_any_longer_is_retrieved_once_though_listed_twice() -> None:
    one, two = entry(b"a", 10, 1, head=b"h"), entry(b"a", 10, 2, head=b"h")
    kept = known(b"a", "kept", size=10, digest="before")
    assert planned([one, two], kept) == (Retrieve(one, 1, kept.first_seen), Leave(two, "listed twice"))


def test_F32_a_server_that_gives_new_uids_to_old_mail() -> None:
    memory = [known(b"old%d" % n, head=b"h%d" % n) for n in range(20)]
    listing = [entry(b"new%d" % n) for n in range(20)]
    assert kinds(planned(listing, *memory)) == "E" * 20
    examined = [replace(each, head=b"h%d" % (n + 1)) for n, each in enumerate(listing)]
    decisions = planned(examined, *memory)
    assert kinds(decisions) == "L" * 19 + "R"
    assert all(isinstance(each, Leave) and each.adopt for each in decisions[:-1])


def test_F32_a_maildrop_that_was_emptied_is_no_moved_server() -> None:
    memory = [known(b"old%d" % n) for n in range(20)]
    assert kinds(planned([entry(b"new")], *memory)) == "R"


def kinds(decisions: tuple[Decision, ...]) -> str:
    return "".join({Retrieve: "R", Remove: "D", Leave: "L", Examine: "E"}[type(each)] for each in decisions)


UIDS, SIZES, HEADS = [b"1", b"2", b"3", b"4"], [10, 20, 200], [None, b"h", b"i"]
STATES = ["staged", "deferred", "done", "kept", "adopted", "refused"]
ENTRIES = [
    Entry(1, uid, size, head, received)
    for uid, size, head, received in product(UIDS, SIZES, HEADS, [None, NOW - 2 * DAY, NOW])
]
KNOWN = [
    Known(uid, 1 + failures % 3, size, head, state, NOW - DAY, failures, NOW + failures - 2, digest, failures % 2, gone)  # type: ignore[arg-type]
    for uid, size, head, state, failures, digest, gone in product(
        UIDS, SIZES, HEADS, STATES, [0, 1, 2, 5], "de", [None, NOW]
    )
]
ACCOUNTS = st.sampled_from(
    [
        account(limit_messages=messages, limit_bytes=octets, skip_over=skip, keep=keep, start=start)
        for messages, octets, skip, keep, start in product(
            [None, 1, 3], [None, 1, 50, 300], [None, 100], [0.0, 2 * DAY], ["all", "new", DAY]
        )
    ]
)
LISTINGS = st.lists(st.sampled_from(ENTRIES), max_size=9).map(
    lambda entries: [replace(each, number=number) for number, each in enumerate(entries, 1)]
)
MEMORY = st.lists(st.sampled_from(KNOWN), max_size=4).map(lambda rows: {each.uid: each for each in rows})


@given(LISTINGS, MEMORY, ACCOUNTS, st.booleans())
def test_every_entry_has_one_decision_in_the_order_of_the_listing(
    listing: list[Entry], memory: dict[bytes, Known], account: Account, first_poll: bool
) -> None:
    decisions = plan(listing, memory, account, "d", NOW, first_poll)
    assert [each.entry for each in decisions] == listing


@given(LISTINGS, MEMORY, ACCOUNTS, st.booleans())
def test_nothing_is_removed_that_is_not_delivered(
    listing: list[Entry], memory: dict[bytes, Known], account: Account, first_poll: bool
) -> None:
    for each in plan(listing, memory, account, "d", NOW, first_poll):
        if isinstance(each, Remove):
            last = memory[each.entry.uid]
            assert (last.state, last.kept, last.generation) == ("done", 0, each.generation)
            assert each.entry.head is None or last.head is None or each.entry.head == last.head
            assert last.gone is None or each.entry.head is not None or last.head is None
            assert account.keep <= NOW - last.first_seen


@given(LISTINGS, MEMORY, ACCOUNTS, st.booleans())
def test_the_limits_hold_but_one_message_always_passes(
    listing: list[Entry], memory: dict[bytes, Known], account: Account, first_poll: bool
) -> None:
    sizes = [
        each.entry.size for each in plan(listing, memory, account, "d", NOW, first_poll) if isinstance(each, Retrieve)
    ]
    assert len(sizes) <= (account.limit_messages or len(sizes))
    assert len(sizes) <= 1 or sum(sizes) <= (account.limit_bytes or sum(sizes))
    unlimited = replace(account, limit_messages=None, limit_bytes=None)
    wanted = [each for each in plan(listing, memory, unlimited, "d", NOW, first_poll) if isinstance(each, Retrieve)]
    assert bool(sizes) == bool(wanted)


@given(LISTINGS, MEMORY, ACCOUNTS, st.booleans())
def test_a_higher_limit_retrieves_no_less(
    listing: list[Entry], memory: dict[bytes, Known], account: Account, first_poll: bool
) -> None:
    more = replace(
        account, limit_messages=(account.limit_messages or 0) + 1, limit_bytes=(account.limit_bytes or 0) + 50
    )
    low = replace(account, limit_messages=account.limit_messages or 1, limit_bytes=account.limit_bytes or 1)
    few = {each for each in plan(listing, memory, low, "d", NOW, first_poll) if isinstance(each, Retrieve)}
    assert few <= set(plan(listing, memory, more, "d", NOW, first_poll))


@given(LISTINGS, MEMORY, ACCOUNTS, st.booleans())
def test_a_header_answers_every_question(
    listing: list[Entry], memory: dict[bytes, Known], account: Account, first_poll: bool
) -> None:
    examined = [replace(each, head=each.head or b"h") for each in listing]
    assert not any(isinstance(each, Examine) for each in plan(examined, memory, account, "d", NOW, first_poll))


@given(LISTINGS, MEMORY, ACCOUNTS)
def test_no_two_messages_of_a_listing_become_the_same_letter(
    listing: list[Entry], memory: dict[bytes, Known], account: Account
) -> None:
    taken = [
        (each.entry.uid, each.generation)
        for each in plan(listing, memory, account, "d", NOW, False)
        if isinstance(each, Retrieve)
    ]
    assert len(taken) == len(set(taken))
