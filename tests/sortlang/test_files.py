"""Files: names, encodings, includes on disk; whatever the bytes, a finding and never a traceback."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sortlang import files
from sortlang.files import load, load_open
from sortlang.report import FORMATS, report

HEAD = (Path(__file__).parents[1] / "cases" / "good" / "head.sort").read_bytes()
WORDS = b'account|"a"|<|>|{|}|;|->|,|*|sort|copy|defaults|password|env|tls|off|limit|100|7d|'
WORDS += b'a@ex.com|*@ex.com|\n|#|\\|"|\xc3\xa9|\xff|\0|include|"*"'
PIECES = st.lists(st.sampled_from(WORDS.split(b"|")), max_size=40).map(b" ".join)


def names(path: Path) -> list[str]:
    return [each.name for each in load(path)[1]]


def write(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("content", [HEAD, b"\xef\xbb\xbf" + HEAD, HEAD.replace(b"\n", b"\r\n"), b"", b"# only this"])
def test_what_is_text_is_read(tmp_path: Path, content: bytes) -> None:
    program, found = load(write(tmp_path / "a.sort", content))
    assert program
    assert not found


def test_layout_and_byte_order_mark_do_not_change_the_digest(tmp_path: Path) -> None:
    contents = (HEAD, b"\xef\xbb\xbf" + HEAD.replace(b"\n", b"\r\n"), HEAD.replace(b"; ", b"\n ;\n\n  "))
    programs = [load(write(tmp_path / f"{number}.sort", content))[0] for number, content in enumerate(contents)]
    assert len({each.digest for each in programs if each}) == 1


def test_what_is_not_utf_8_is_found_at_its_place(tmp_path: Path) -> None:
    program, (found,) = load(write(tmp_path / "a.sort", HEAD + b"# gr\xf6\xdfe\n" + b"what else;"))
    assert program is None
    assert (found.name, found.span.line, found.span.column) == ("not-utf-8", 3, 5)
    assert "0xF6" in found.message
    assert "\\u{dcf6}" in report((found,))


def test_utf_16_is_recognised(tmp_path: Path) -> None:
    (found,) = load(write(tmp_path / "a.sort", HEAD.decode().encode("utf-16")))[1]
    assert found.name == "not-utf-8"
    assert "UTF-16" in found.hint


def test_what_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.sort", tmp_path, tmp_path / ("x" * 5000), tmp_path / "nul\0"):
        assert names(path) == ["unreadable-file"]
        assert "cannot read the file" in report(load(path)[1])


def test_a_file_without_end_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_SIZE", 4 * 1024 * 1024)
    (found,) = load("/dev/zero")[1]
    assert found.name == "unreadable-file"
    assert "larger than 4 MiB" in found.message


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\x1b", "\0"])
def test_hidden_characters_are_found_in_comments_too(tmp_path: Path, character: str) -> None:
    assert "control-character" in names(write(tmp_path / "a.sort", f"# a{character}b\n"))


def test_a_file_of_another_kind_is_not_read_to_its_end(tmp_path: Path) -> None:
    assert "too-many-errors" in names(write(tmp_path / "a.sort", "<html lang='en'>\n  <p>(what?)\n" * 500))


def test_includes_are_relative_to_their_file(tmp_path: Path) -> None:
    main = write(tmp_path / "mail.sort", 'include "rules.d/*.sort";')
    write(tmp_path / "rules.d/a.sort", 'include "../more/b.sort"; sort a@ex.com -> a@ex.org;')
    write(tmp_path / "rules.d/c.sort", "sort c@ex.com -> c@ex.org;")
    write(tmp_path / "rules.d/ignored.txt", "what;")
    write(tmp_path / "more/b.sort", "sort b@ex.com -> b@ex.org;")
    program, found = load(main)
    assert not found
    assert program
    assert sorted(str(each.pattern) for each in program.rules.sorts) == ["a@ex.com", "b@ex.com", "c@ex.com"]
    assert {Path(each.span.source.name).name for each in program.rules.sorts} == {"a.sort", "b.sort", "c.sort"}


def test_a_file_is_read_once_by_whatever_name(tmp_path: Path) -> None:
    main = write(tmp_path / "mail.sort", 'include "a.sort"; include "./a.sort"; include "link.sort"; include "*.sort";')
    write(tmp_path / "a.sort", "sort a@ex.com -> a@ex.org;")
    os.symlink("a.sort", tmp_path / "link.sort")
    program, found = load(main)
    assert not found
    assert program
    assert len(program.rules.sorts) == 1


def test_a_circle_is_found_through_links_too(tmp_path: Path) -> None:
    main = write(tmp_path / "mail.sort", 'include "link.sort";')
    os.symlink("mail.sort", tmp_path / "link.sort")
    assert names(main) == ["include-cycle"]


def test_a_missing_include_is_found_where_it_is_named(tmp_path: Path) -> None:
    (found,) = load(write(tmp_path / "mail.sort", '\n  include "nowhere.sort";'))[1]
    assert (found.name, found.span.line, found.span.column) == ("unreadable-include", 2, 11)


def test_an_include_that_is_not_utf_8_is_found_in_it(tmp_path: Path) -> None:
    main = write(tmp_path / "mail.sort", 'include "b.sort";')
    other = write(tmp_path / "b.sort", b"\n\xff")
    (found,) = load(main)[1]
    assert (found.name, found.span.source.name, found.span.line) == ("not-utf-8", str(other), 2)


def test_file_names_in_settings_are_relative_to_their_file(tmp_path: Path) -> None:
    main = write(tmp_path / "mail.sort", 'include "accounts/a.sort"; sort * -> a@ex.com;')
    account = 'account a < server "pop.ex.com"; user a; password file "a.password"; tls ca "/etc/ca.pem"; >'
    write(tmp_path / "accounts/a.sort", account)
    program, _ = load(main)
    assert program
    assert program.accounts[0].password.value == str(tmp_path / "accounts/a.password")
    assert program.accounts[0].tls.ca == "/etc/ca.pem"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.one_of(st.binary(max_size=300), PIECES, PIECES.map(lambda piece: HEAD + piece)))
def test_no_bytes_make_a_traceback(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "any.sort", content)
    program, found = load(path)
    assert (program is None) == any(each.is_error for each in found)
    for form in FORMATS:
        report(found, form).encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.integers(0, len(HEAD)), cut=st.integers(0, 12), piece=st.one_of(st.binary(max_size=4), PIECES))
def test_no_damage_to_a_good_file_makes_a_traceback(tmp_path: Path, place: int, cut: int, piece: bytes) -> None:
    program, found = load(write(tmp_path / "any.sort", HEAD[:place] + piece + HEAD[place + cut :]))
    assert (program is None) == any(each.is_error for each in found)
    assert all(0 <= each.span.start <= each.span.end <= len(each.span.source.text) for each in found)


def test_an_open_file_is_read_the_same_way(tmp_path: Path) -> None:
    path = write(tmp_path / "a.sort", HEAD)
    with path.open("rb") as file:
        program, found = load_open(file, "<stdin>")
    assert not found
    assert program
    assert program.digest == load(path)[0].digest  # type: ignore[union-attr]
    assert program.accounts[0].span.source.name == "<stdin>"
