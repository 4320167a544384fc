"""The program in force while its file is edited, broken and mended."""

from itertools import count
from pathlib import Path

import pytest

from fetchrun import rulebook
from fetchrun.rulebook import NoRules, Rulebook, moves
from in_memory import program
from sortlang.address import Address
from sortlang.doors.replace import replace
from sortlang.doors.traced import Loaded
from sortlang.files import Trust, load
from sortlang.program import Program
from sortlang.store import store

ACCOUNT = 'account "a" < server "pop.ex.com"; user "u"; password env "P"; >\n'
TEXT = ACCOUNT + 'sort "*@ex.com" -> "*@ex.com";\nsort * -> all@ex.com;\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mail.sort"
    path.write_text(TEXT)
    return path


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


@pytest.fixture
def book(file: Path, state: Path) -> Rulebook:
    ticks = count(100)
    return Rulebook(file, state, lambda: float(next(ticks)))


def goes(program: Program, address: str) -> list[str]:
    return [str(each.address) for each in program.route(Address.parse(address)).destinations]


def test_an_edit_is_in_force_at_once_and_says_whose_mail_moves(book: Rulebook, file: Path) -> None:
    before = book.program
    file.write_text(TEXT + "sort ben@ex.com -> anna@ex.com;\n")
    news = book.reread()
    assert news.kind == "new"
    assert goes(book.program, "ben@ex.com") == ["anna@ex.com"]
    assert any("ben@ex.com" in each and "anna@ex.com" in each for each in news.said)
    assert goes(before, "ben@ex.com") == ["ben@ex.com"], "who holds the old program goes on by it"


def test_a_text_that_means_the_same_changes_nothing_but_places(book: Rulebook, file: Path) -> None:
    since = book.since
    lines = TEXT.splitlines(keepends=True)
    file.write_text("# by hand\n" + "".join(reversed(lines)))
    news = book.reread()
    assert news.kind == "same"
    assert "means the same" in news.said[0]
    assert book.since == since
    assert book.program.accounts[0].span.place.endswith(":4")


def test_the_same_text_again_is_not_even_worth_a_word(book: Rulebook, file: Path) -> None:
    file.write_text(TEXT)
    assert book.reread() == rulebook.News("same")


def test_a_broken_file_leaves_the_rules_in_force_and_is_told_once(book: Rulebook, file: Path) -> None:
    before = book.program
    file.write_text(TEXT + "sort ;\n")
    news = book.reread()
    assert news.kind == "broken"
    assert "mail.sort:4" in news.said[0]
    assert book.program is before
    assert book.broken is not None
    since = book.broken.since
    file.write_text("# still\n" + TEXT + "sort ;\n")
    assert book.reread().kind == "broken"
    assert book.broken.since == since
    file.write_text(TEXT)
    assert book.reread().kind == "same"
    assert book.broken is None


def test_a_password_in_the_file_that_changes_is_a_change(book: Rulebook, file: Path) -> None:
    file.write_text(TEXT.replace('env "P"', '"one"'))
    book.reread()
    file.write_text(TEXT.replace('env "P"', '"two"'))
    news = book.reread()
    assert news.kind == "new"
    assert 'account "a" has other settings' in news.said
    assert not any("two" in each for each in news.said)


def test_a_password_of_a_transport_that_changes_is_a_change(book: Rulebook, file: Path) -> None:
    transport = 'transport * -> smtp "mail.ex.com:587" user "u" password "{}";\n'
    file.write_text(TEXT + transport.format("one"))
    book.reread()
    file.write_text(TEXT + transport.format("two"))
    news = book.reread()
    assert news.kind == "new" and not any("two" in each for each in news.said)


def test_included_and_listed_files_are_looked_for_and_those_to_come(file: Path, state: Path) -> None:
    (file.parent / "rules.d").mkdir()
    (file.parent / "rules.d" / "a.sort").write_text("sort a@ex.com -> one@ex.com;\n")
    (file.parent / "people").write_text("anna\none\nall\n")
    listed = 'include "rules.d/*.sort";\ndomain ex.com < mailboxes "people"; >\n'
    file.write_text(ACCOUNT + listed + "sort anna@ex.com -> anna@ex.com;\nsort * -> all@ex.com;\n")
    book = Rulebook(file, state, lambda: 0.0)
    assert book.broken is None
    names = {Path(each).name for each in book.places.names}
    assert names == {"mail.sort", "a.sort", "people"}
    assert [Path(each).name for each in book.places.patterns] == ["*.sort"]
    (file.parent / "rules.d" / "b.sort").write_text("sort b@ex.com -> one@ex.com;\n")
    assert book.reread().kind == "new"
    assert "b.sort" in {Path(each).name for each in book.places.names}


def test_a_start_with_a_broken_file_goes_on_by_the_last_rules(book: Rulebook, file: Path, state: Path) -> None:
    file.write_text("sort ;\n")
    later = Rulebook(file, state, lambda: 0.0)
    assert later.program.digest == book.program.digest
    assert goes(later.program, "ben@ex.com") == ["ben@ex.com"]
    assert later.broken is not None


def test_a_start_with_a_broken_file_and_nothing_from_before_is_none(file: Path, state: Path) -> None:
    file.write_text("sort ;\n")
    with pytest.raises(NoRules, match=r"mail\.sort:1"):
        Rulebook(file, state, lambda: 0.0)


def test_the_rules_kept_are_those_of_that_file_and_private(book: Rulebook, file: Path, state: Path) -> None:
    (kept,) = state.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    other = file.with_name("other.sort")
    other.write_text("sort ;\n")
    with pytest.raises(NoRules):
        Rulebook(other, state, lambda: 0.0)


def test_a_state_folder_that_is_full_stops_no_reload(
    book: Rulebook, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rulebook, "keep", full)
    file.write_text(TEXT + "sort ben@ex.com -> anna@ex.com;\n")
    assert book.reread().kind == "new"


def test_a_table_is_read_again_when_it_was_built_again(tmp_path: Path, state: Path) -> None:
    table = tmp_path / "mail.table"
    replace(table, store(program(TEXT)), 0o600)
    book = Rulebook(table, state, lambda: 0.0)
    old = book.program
    replace(table, store(program(TEXT + "sort ben@ex.com -> anna@ex.com;\n")), 0o600)
    assert book.reread().kind == "new"
    assert goes(book.program, "ben@ex.com") == ["anna@ex.com"]
    assert goes(old, "ben@ex.com") == ["ben@ex.com"]


def test_a_file_that_was_written_to_while_it_was_read_is_read_again(
    book: Rulebook, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that gets half of the rules must not take them for all."""
    honest, half = rulebook.trace, True

    def torn(path: Path, trust: Trust) -> rulebook.Loaded:
        nonlocal half
        loaded = honest(path, trust)
        if half:
            half = False
            file.write_text(TEXT + "sort ben@ex.com -> anna@ex.com;\n")
        return loaded

    monkeypatch.setattr(rulebook, "trace", torn)
    file.write_text(ACCOUNT + "sort * -> all@ex.com;\n")
    book.reread()
    assert goes(book.program, "ben@ex.com") == ["anna@ex.com"]
    assert goes(book.program, "eva@ex.com") == ["eva@ex.com"]


def test_a_small_edit_of_many_rules_is_in_force_before_they_are_compiled_again(
    file: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rulebook, "MANY", 2)
    lines = [f"sort u{each}@ex.com -> v{each}@ex.com;\n" for each in range(5)]
    file.write_text(TEXT + "".join(lines))
    book = Rulebook(file, state, lambda: 0.0)
    assert book.reread().kind == "same"
    assert book.seen, "the text is as it was"

    def compiled(*_: object) -> Loaded:
        raise AssertionError("the file was compiled")

    with monkeypatch.context() as patched:
        patched.setattr(rulebook, "trace", compiled)
        file.write_text(TEXT + "".join([*lines[:2], "sort u2@ex.com -> other@ex.com;\n", *lines[3:]]))
        news = book.reread()
    assert news.kind == "new"
    assert "the rules are new" in news.said[0]
    assert goes(book.program, "u2@ex.com") == ["other@ex.com"]
    assert book.seen == (), "the next look finds it changed"
    hasty = book.program
    kept = load(next(state.iterdir()))[0]
    assert kept and goes(kept, "u2@ex.com") == ["v2@ex.com"]
    assert (news := book.reread()).kind == "same"
    assert "means the same" not in "".join(news.said)
    assert book.seen
    assert book.program is not hasty
    assert book.program.digest == hasty.digest
    kept = load(next(state.iterdir()))[0]
    assert kept and goes(kept, "u2@ex.com") == ["other@ex.com"]
    assert book.reread() == rulebook.News("same")


def test_an_edit_that_breaks_many_rules_is_told_as_ever(
    file: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rulebook, "MANY", 2)
    text = TEXT + "".join(f"sort u{each}@ex.com -> v{each}@ex.com;\n" for each in range(5))
    file.write_text(text)
    book = Rulebook(file, state, lambda: 0.0)
    file.write_text(text.replace("u2", "u1"))
    assert book.reread().kind == "broken"
    assert goes(book.program, "u2@ex.com") == ["v2@ex.com"]
    file.write_text(text)
    assert book.reread().kind == "same"


def test_many_moves_are_told_up_to_a_bound() -> None:
    old, new = (program(TEXT + "".join(f"sort u{n}@ex.com -> {to}{n}@ex.com;\n" for n in range(90))) for to in "xy")
    said = moves(old, new)
    assert len(said) == rulebook.MOVES_SHOWN + 1
    assert said[-1] == "and mail for more addresses moves"


def test_accounts_that_come_and_go_are_told() -> None:
    old, new = program(TEXT), program(TEXT.replace('account "a"', 'account "b"'))
    assert moves(old, new)[:2] == ('account "a" is gone', 'account "b" is new')
