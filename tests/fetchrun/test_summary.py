"""A summary: what a session did, in numbers."""

from dataclasses import replace
from pathlib import Path

from fetchrun.commands.results import destinations
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.outcome import Deferred, Delivered, Deposit, Discarded
from fetchrun.delivery.places import Place
from fetchrun.summary import Counts, Summary
from fetchrun.trouble import Trouble
from mailroom import ACCOUNT

ANNA = Copy(Place.at(Path("/mail/anna")), "delivered", ("anna@ex.com",), ("a@ex.com",), "To/Cc", "mail.sort:3")
LIST = replace(ANNA, source="List-Id", rule="mail.sort:7,mail.sort:3")
BROKEN = Trouble("protocol", "pop.ex.com closed the connection")
TRASH = Copy(Place.at(Path("/mail/trash")), "discarded", (), ("spam@ex.com",), "To/Cc", "mail.sort:9")


def letter(number: int) -> Letter:
    return Letter("box", b"%d" % number, 1, 100)


def test_messages_are_counted_by_what_became_of_them_and_copies_by_their_way() -> None:
    counts = Counts()
    counts.add(Delivered(letter(each), (Deposit(ANNA, f"{each}.F"),)) for each in range(3))
    counts.add([Delivered(letter(3), (Deposit(LIST, "3.F"), Deposit(replace(ANNA), "", "duplicate")))])
    counts.add([Discarded(letter(4), (Deposit(TRASH, "4.F"),)), Deferred(letter(5), (), "the disk is full")])
    assert str(Summary(ACCOUNT, 6, counts)) == "6 listed, 4 delivered, 1 discarded, 1 deferred"
    _, _, *rows = destinations([Summary(ACCOUNT, 6, counts)], Path("/mail")).splitlines()
    assert [" ".join(each.split()) for each in rows] == [
        "4 (+1 double) anna@ex.com To/Cc, List-Id mail.sort:3, 7 anna",
        "1 trash To/Cc mail.sort:9 trash",
        "office: deferred: the disk is full",
    ]


def test_what_is_counted_does_not_grow_with_the_messages() -> None:
    few, many = Counts(), Counts()
    for counts, messages in ((few, 10), (many, 10_000)):
        counts.add(Delivered(letter(each), (Deposit(replace(ANNA), f"{each}.F"),)) for each in range(messages))
    assert [len(each.ways) for each in (few, many)] == [1, 1]
    assert len(repr(many)) < len(repr(few)) + 20


def test_a_session_that_did_not_come_to_the_list_does_not_say_how_many_lie_there() -> None:
    assert str(Summary(ACCOUNT, trouble=BROKEN)) == "could not be asked"


def test_a_session_that_broke_off_says_so_behind_what_it_did() -> None:
    broken = Summary(ACCOUNT, listed=9, removed=2, trouble=BROKEN)
    assert str(broken) == "9 listed, 2 removed from the server, broken off"


def test_an_empty_maildrop_is_one_where_nothing_lies() -> None:
    assert str(Summary(ACCOUNT)) == "0 listed"
