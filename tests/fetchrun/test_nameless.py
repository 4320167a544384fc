"""F26: a server without UIDL is fetched from by what its headers say, and loses nothing."""

from pathlib import Path

import pytest

from fetchrun.listing import Entry, named
from postbox import Desk, Postbox, letter

OLD = ("USER", "TOP")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


@pytest.mark.parametrize("lacks", [{"UIDL"}, {"UIDL", "CAPA"}], ids=["CAPA", "no CAPA"])
def test_mail_is_fetched_once_and_removed(desk: Desk, lacks: set[str]) -> None:
    postbox = Postbox([letter(1), letter(2)], OLD, lacks)
    summary = desk.polled(postbox)
    assert (summary.trouble, summary.removed) == (None, 2)
    assert postbox.messages == []
    assert desk.bodies() == [b"hello\n"] * 2


def test_what_was_delivered_before_the_line_broke_is_removed_and_not_fetched_again(desk: Desk) -> None:
    postbox = Postbox([letter(1), letter(2)], OLD, {"UIDL"}, {"QUIT"})
    desk.polled(postbox)
    assert len(postbox.messages) == 2
    postbox.cuts.clear()
    assert desk.polled(postbox).removed == 2
    assert "RETR" not in postbox.verbs()
    assert len(desk.bodies()) == 2


def test_kept_mail_is_known_again_and_what_is_new_comes(desk: Desk) -> None:
    postbox = Postbox([letter(1), letter(2)], OLD, {"UIDL"})
    desk.polled(postbox, "keep forever;")
    postbox.messages.insert(0, letter(3))
    desk.polled(postbox, "keep forever;")
    assert [each for each in postbox.verbs() if each == "RETR"] == ["RETR"]
    assert len(desk.bodies()) == 3
    assert len(postbox.messages) == 3


def test_equal_headers_are_two_messages_one_by_one_or_together(desk: Desk) -> None:
    postbox = Postbox([letter(1, b"one\r\n"), letter(1, b"two\r\n")], OLD, {"UIDL"})
    desk.polled(postbox)
    assert desk.bodies() == [b"one\n", b"two\n"]
    postbox.messages.append(letter(1, b"six\r\n"))
    desk.polled(postbox)
    assert desk.bodies() == [b"one\n", b"six\n", b"two\n"], "the uid that was removed is another message's now"
    postbox.messages.append(letter(1, b"ten\r\n"))
    postbox.cuts.add("RETR")
    desk.polled(postbox)
    postbox.cuts.clear()
    desk.polled(postbox)
    assert desk.bodies() == [b"one\n", b"six\n", b"ten\n", b"two\n"], "also when its first session broke"


def test_start_new_adopts_what_lies_there(desk: Desk) -> None:
    postbox = Postbox([letter(1)], OLD, {"UIDL"})
    desk.polled(postbox, "start new;")
    postbox.messages.append(letter(2))
    desk.polled(postbox, "start new;")
    assert postbox.messages == [letter(1)]
    assert len(desk.bodies()) == 1


def test_a_server_that_loses_uidl_is_not_downloaded_again(desk: Desk) -> None:
    postbox = Postbox([letter(number) for number in range(25)])
    desk.polled(postbox, "keep forever;")
    postbox.offers, postbox.lacks = OLD, {"UIDL"}
    desk.polled(postbox, "keep forever;")
    assert "RETR" not in postbox.verbs()


def test_without_top_as_well_nothing_is_touched(desk: Desk) -> None:
    postbox = Postbox([letter(1)], ("USER",), {"UIDL", "TOP"})
    summary = desk.polled(postbox)
    assert summary.trouble is not None
    assert summary.trouble.sentence == "the server offers neither UIDL nor TOP"
    assert not summary.trouble.temporary
    assert postbox.messages == [letter(1)]


def test_when_one_of_several_equal_ones_has_gone_the_others_are_unknown() -> None:
    three = [Entry(number, b"", 5, b"h", nameless=True) for number in (1, 2, 3)]
    before, after = ({each.uid for each in named(some)} for some in (three, three[1:]))
    assert len(before) == 3
    assert not before & after
