"""Holdings: which files of a Maildir are ours, and which message lies in them."""

from pathlib import Path

from fetchrun.delivery.holdings import ours, verified
from fetchrun.delivery.targets import maildir

NAME = f"1700000000.F{'a' * 26}.host"
HEAD = b"Subject: plans\r\nMessage-ID: <1@ex.com>\r\n\r\n"
BODY = b"the body\r\n"


def _stored(folder: Path, above: int) -> Path:
    """The message below so many lines that are not its own."""
    file = folder / "mail"
    file.write_bytes(b"X-Above: one\r\n" * above + HEAD + BODY)
    return file


def test_mail_that_others_delivered_is_not_ours(tmp_path: Path) -> None:
    maildir.prepare(tmp_path)
    for name in (NAME, "1700000000.M1P2.elsewhere", "1700000000.Fshort.host"):
        (tmp_path / "new" / name).write_bytes(HEAD)
    assert list(ours(tmp_path).values()) == [(tmp_path / "new" / NAME,)]


def test_the_message_is_found_below_our_lines(tmp_path: Path) -> None:
    file = _stored(tmp_path, above=3)
    found = verified([file], HEAD)
    assert found and (found.path, found.octets) == (file, len(HEAD + BODY))


def test_below_more_lines_than_we_write_it_is_not_looked_for(tmp_path: Path) -> None:
    assert verified([_stored(tmp_path, above=499)], HEAD)
    assert verified([_stored(tmp_path, above=500)], HEAD) is None


def test_a_file_that_a_reader_has_just_removed_says_nothing(tmp_path: Path) -> None:
    there = _stored(tmp_path, above=0)
    assert verified([tmp_path / "gone"], HEAD) is None
    found = verified([tmp_path / "gone", there], HEAD)
    assert found and found.path == there
