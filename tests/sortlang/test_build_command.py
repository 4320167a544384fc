"""`sortlang build` and `sortlang route`: what they write, print and refuse."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sortlang import store as room
from sortlang.cli import main
from sortlang.doors.replace import replace
from sortlang.files import load
from sortlang.stored.marks import MAGIC

ACCOUNT = """account "x" <
    server "pop.ex.com"; user "x"; password env "P";
    sort "*@x.ex.com" -> "*@ex.com";
>
account "fixed" < server "pop.ex.com"; user "y"; password env "P"; deliver all@ex.com; >
"""
RULES = """sort anna@ex.com -> anna@home.net, ben@home.net;
sort bounce@ex.com -> discard;
copy "*@ex.com" -> log@ex.com;
"""


def run(*arguments: object, text: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(main, [*map(str, arguments)], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "mail.sort"
    path.write_text(ACCOUNT + RULES)
    return path


def test_a_table_stands_for_its_rules_file(rules: Path) -> None:
    result = run("build", rules)
    table = rules.with_suffix(".table")
    assert result.exit_code == 0
    assert result.output.startswith(f"wrote {table}: 4 rules, 2 accounts, digest ")
    memory, disk = load(rules)[0], load(table)[0]
    assert memory and disk == memory
    assert result.output.endswith(f", digest {memory.digest}\n")
    for address in ("anna@ex.com", "nobody@x.ex.com", "*"):
        for more in ((), ("--account", "x"), ("--account", "fixed")):
            assert run("explain", address, table, *more).output == run("explain", address, rules, *more).output
    rules.unlink()
    assert run("explain", "anna@ex.com", table).output.startswith("anna@ex.com -> anna@home.net, ben@home.net")


def test_a_table_needs_no_parser(rules: Path) -> None:
    run("build", rules)
    code = (
        "import sys; from fetchrun.cli import main; from fetchrun.commands import once; from sortlang.commands import"
        " explain, route; from sortlang.files import load; assert load(sys.argv[1])[0];"
        " print('sortlang.syntax.parse' in sys.modules)"
    )
    for path, parsed in ((rules.with_suffix(".table"), "False\n"), (rules, "True\n")):
        shown = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
        assert shown.stdout == parsed


def test_a_table_goes_through_standard_input_too(rules: Path) -> None:
    run("build", rules)
    table = rules.with_suffix(".table").read_bytes()
    assert run("explain", "anna@ex.com", "-", text=table).output == run("explain", "anna@ex.com", rules).output
    assert run("explain", "anna@ex.com", "-", text=table[:-9]).exit_code == 2


@pytest.mark.parametrize(("password", "mode"), [('env "P"', 0o640), ('"secret-word"', 0o600)])
def test_a_table_is_no_more_open_than_its_rules_file(password: str, mode: int, rules: Path) -> None:
    rules.write_text(ACCOUNT.replace('env "P"', password, 1) + RULES)
    rules.chmod(0o640)
    assert run("build", rules).exit_code == 0
    assert stat.S_IMODE(rules.with_suffix(".table").stat().st_mode) == mode


def test_a_table_is_replaced_and_nothing_else(rules: Path) -> None:
    table = rules.parent / "t"
    assert run("build", rules, "-o", table).exit_code == 0
    rules.write_text(RULES)
    assert run("build", rules, "-o", table).output.startswith(f"wrote {table}: 3 rules, 0 accounts")
    for there in (rules, rules.parent, "/dev/null"):
        result = run("build", rules, "-o", there)
        assert result.exit_code == 2
        assert "cannot write the file: it is there already, and no table" in result.output
    assert rules.read_text() == RULES
    assert sorted(each.name for each in rules.parent.iterdir()) == ["mail.sort", "t"]


def test_build_ends_with_a_status(rules: Path) -> None:
    assert run("build", rules.parent / "nowhere.sort").exit_code == 2
    assert run("build", rules, "-o", rules.parent / "no" / "folder").exit_code == 2
    assert run("build", "-", text=RULES).exit_code == 2
    assert run("build", "-", "-o", rules.parent / "s.table", text=RULES).exit_code == 0
    rules.write_text("sort * -> a;")
    result = run("build", rules)
    assert (result.exit_code, "error[unknown-target]" in result.output) == (1, True)
    assert not rules.with_suffix(".table").exists()


def test_a_table_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    place = tmp_path / "x.table"
    replace(place, [b"old"], 0o644)

    def pieces() -> object:
        yield b"new"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        replace(place, pieces(), 0o644)  # type: ignore[arg-type]
    assert place.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [place]


def test_replace_goes_through_a_link(tmp_path: Path) -> None:
    place, link = tmp_path / "x.table", tmp_path / "current"
    link.symlink_to(place.name)
    replace(link, [b"a", b"b"], 0o604)
    assert (link.is_symlink(), place.read_bytes(), stat.S_IMODE(place.stat().st_mode)) == (True, b"ab", 0o604)


ASKED = "anna@ex.com\nnobody@nowhere.org\r\nx@x.ex.com\nno address\n\n*\nanna@ex.com"
FIRST = "anna@ex.com\tanna@home.net,ben@home.net,log@ex.com\t{}:6\n"


@pytest.mark.parametrize("built", [False, True])
def test_route_answers_line_by_line(built: bool, rules: Path) -> None:
    run("build", rules)
    result = run("route", rules.with_suffix(".table") if built else rules, text=ASKED)
    first = FIRST.format(rules)
    assert result.exit_code == 1
    assert result.output == (
        first + "nobody@nowhere.org\tdiscard\t-\n"
        "x@x.ex.com\tdiscard\t-\n"
        "no address\t?\tan address needs a local part, an `@` and a domain\n"
        "\t?\tan address needs a local part, an `@` and a domain\n"
        "*\tdiscard\t-\n" + first
    )


def test_route_asks_for_an_account(rules: Path) -> None:
    result = run("route", rules, "--account", "x", text="x@x.ex.com\nbounce@ex.com\n")
    expected = f"x@x.ex.com\tx@ex.com\t{rules}:3\nbounce@ex.com\tdiscard,log@ex.com\t{rules}:7\n"
    assert (result.exit_code, result.output) == (0, expected)
    assert run("route", rules, "--account", "fixed", text="a@b.c").output == f"a@b.c\tall@ex.com\t{rules}:5\n"
    assert run("route", rules, "--account", "nobody", text="").exit_code == 2


def test_route_does_the_screen_no_harm(rules: Path) -> None:
    result = run("route", rules, text=b"\x1b[2J\tx@ex.com\n\xff\n" + b"a" * 300_000 + b"\nanna@ex.com\n")
    lines = result.output.splitlines()
    assert lines[0].startswith("\\u{1b}[2J\\u{9}x@ex.com\t?\t")
    assert lines[1].startswith("\\u{dcff}\t?\t")
    assert [each.split("\t")[1] for each in lines[2:]] == ["?", "anna@home.net,ben@home.net,log@ex.com"]


def test_route_answers_at_once(rules: Path) -> None:
    """Whoever asks one address and waits for its answer before the next one is not left waiting."""
    command = [sys.executable, "-c", "from sortlang.cli import main; main()", "route", rules]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdin and process.stdout
        for _ in range(3):
            process.stdin.write("anna@ex.com\n")
            process.stdin.flush()
            assert process.stdout.readline() == FIRST.format(rules)
        process.stdin.close()
    assert process.returncode == 0


def test_a_table_found_damaged_while_it_is_asked_is_said_once(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules.write_text("".join(f"sort user{number}@ex.com -> box@ex.com;\n" for number in range(400)))
    run("build", rules)
    table = rules.with_suffix(".table")
    content = bytearray(table.read_bytes())
    assert content.startswith(MAGIC)
    for place in range(5000, len(content) - 5000, 4096):
        content[place] ^= 1
    table.write_bytes(content)
    small = run("explain", "user7@ex.com", table)
    monkeypatch.setattr(room, "SMALL", 0)
    large = run("route", table, text="".join(f"user{number}@ex.com\n" for number in range(400)))
    for result in (small, large):
        assert result.exit_code == 2
        assert "cannot read the file: the table is damaged\n  hint: build it again from its rules file" in result.output
