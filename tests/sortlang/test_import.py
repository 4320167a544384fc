"""Import: other programs' configurations, each with the rules file it becomes."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from in_memory import compiled
from sortlang.cli import main
from sortlang.diagnostic import Diagnostics
from sortlang.format import format
from sortlang.import_ import BY_NAME, decoded, import_
from sortlang.importers.draft import CHANGED, DROPPED, UNREAD
from sortlang.report import report
from sortlang.source import Source

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "import"
FILES = sorted(each for each in CASES.glob("*/*") if each.suffix != ".sort")


def imported(kind: str, text: str) -> tuple[str, Diagnostics]:
    written, findings = import_(kind, Source("input", text))
    return format(Source("", written)), findings


def errors(text: str) -> list[str]:
    """The errors of a rules file."""
    return [f"{each.span}: {each.message}" for each in compiled(text)[1] if each.is_error]


@pytest.mark.parametrize("case", FILES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_case(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file beside is what comes out; to accept a new one, write it there and read it."""
    monkeypatch.chdir(case.parent)
    result = CliRunner().invoke(main, ["import", case.parent.name, case.name])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == int("error[" in result.stderr)
    assert result.stdout == case.with_name(f"{case.name}.sort").read_text(encoding="utf-8")
    assert errors(result.stdout) == []
    assert format(Source("", result.stdout)) == result.stdout


@pytest.mark.parametrize("case", FILES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_every_finding_is_a_remark_with_the_same_line(case: Path) -> None:
    text, findings = imported(case.parent.name, decoded(case.read_bytes()))
    remarks = " ".join(re.sub(r"\n *#  +", " ", text).split())
    for each in findings:
        assert f"# line {each.span.line}: {' '.join(each.message.split())}" in remarks


def test_there_are_enough_cases() -> None:
    for kind in BY_NAME:
        assert len([each for each in FILES if each.parent.name == kind]) >= 10
        assert any(each.stem == "mistakes" for each in FILES if each.parent.name == kind)


SECRETS = {
    "fetchmail": (
        'poll h.example proto pop3 user "u" pass "{}" is u here',
        "poll h.example proto pop3 user u password {} is u here ssl",
        'poll h.example user u there has password\n "{}" wants keep',
        "poll h.example user u passwrod {} is u here",
        'poll h.example user u password "{} is u here',
        "poll h.example proto etrn esmtppassword '{}' user u",
    ),
    "getmail": (
        "[retriever]\ntype = SimplePOP3Retriever\nusername = u\npassword = {}\n[destination]\ntype=Maildir\npath=/x/\n",
        "[retriever]\ntype = SimplePOP3Retriever\nPassword: {} {}\n",
        "[retriever]\npassword =\n  {}\n\t{}\nuser\n",
        '[retriever]\ntype = SimplePOP3Retriever\npassword_command = ("echo", "{}")\n',
    ),
    "mpop": (
        "account a\nhost h.example\npassword {}\n",
        'defaults\npassword "{} x"\naccount a\n',
        "account a\npasswordeval echo {}\n",
        "account a\npasswordeval \"printf '%s' {}\"\n",
        "account a\neval echo password {}\n",
        "password {}\n",
    ),
    "kerio": (
        '<list name="Pop3"><listitem><variable name="Server">h.example</variable><variable name="UserName">u</variable>'
        '<variable name="Password">{}</variable></listitem></list>',
        '<variable name="Password">{}',
        '[{{"server": "h.example", "userName": "u", "password": "{}"}}]',
        '{{"password" : "{}',
    ),
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SECRETS.items() for text in texts])
@pytest.mark.parametrize("secret", ["canary", "canary#canary", "canary;canary", 'canary\\"canary', "canary=canary"])
def test_no_password_gets_into_a_second_file(kind: str, text: str, secret: str) -> None:
    written, findings = imported(kind, text.format(secret, secret))
    assert "canary" not in written
    assert "canary" not in report(findings)
    assert "canary" not in report(findings, "json")


WORDS = {
    "fetchmail": "poll skip defaults set user is to here there pass with options no ssl keep limit 0 5 -1 = * \\ \" '"
    " aka localdomains envelope qvirtual mda smtphost lmtp a@ex.com pop.ex.com proto pop3 daemon interval %T {x} # \n",
    "getmail": "[retriever]\n [destination]\n type=SimplePOP3Retriever\n type=MultidropPOP3SSLRetriever\n server=h.ex\n"
    " username=u@h.ex\n type=MultiSorter\n locals=(('a@b.ex','/x/'),('(','[y]'))\n default=[y]\n [y]\n path=/m/{}/..\n"
    " type=MDA_external\n type=MultiDestination\n destinations=('[y]','[destination]')\n type=Maildir\n \x0b = ( \\\n",
    "mpop": "account\n account\ta:b\n defaults\n host\t h.ex\n user\t a@b.ex\n keep\t1d\n tls\ton\n tls_starttls\toff\n"
    " delivery\tmaildir\t/x/..\n delivery\tmda\t\"|$x'\n skipsize\t0\n timeout\t99999999999\n tls_fingerprint\tab\n",
    "kerio": '<list\tname="Pop3"> <listitem> </listitem> <variable\tname="Server">h.ex</variable> </list> , ; { } [ ] "'
    ' <variable\tname="UserName">&#10;</variable> <variable\tname="SortAddress">*@*.ex</variable> : "server" "userName"'
    ' <variable\tname="DeliverTo">*@y.ex,discard</variable> "sortAddress" "deliverTo" "a@b.ex" "*" \n null \\u0000 1',
}


@pytest.mark.parametrize("kind", sorted(BY_NAME))
@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_whatever_comes_in_a_clean_file_comes_out(kind: str, data: st.DataObject) -> None:
    words = st.sampled_from(WORDS[kind].split(" ")) | st.text(max_size=8)
    text = data.draw(st.lists(words, max_size=40).map(" ".join) | st.lists(words, max_size=40).map("".join))
    written, _ = imported(kind, text)
    assert errors(written) == []


@pytest.mark.parametrize("kind", sorted(BY_NAME))
@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_a_damaged_file_comes_out_clean(kind: str, data: st.DataObject) -> None:
    case = data.draw(st.sampled_from([each for each in FILES if each.parent.name == kind]))
    content = bytearray(case.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(content)))
        content[start : start + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=4))
    written, _ = imported(kind, decoded(bytes(content)))
    assert errors(written) == []


def run(*arguments: str, text: bytes | None = None) -> Result:
    result = CliRunner().invoke(main, ["import", *arguments], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_output_goes_to_a_new_file_and_never_over_one(tmp_path: Path) -> None:
    out = tmp_path / "mail.sort"
    case = str(CASES / "mpop" / "one-account.mpoprc")
    assert (run("mpop", case, "-o", str(out)).exit_code, out.read_text()[:12]) == (0, "# Imported f")
    again = run("mpop", case, "-o", str(out))
    assert (again.exit_code, again.stdout) == (2, "")
    assert "cannot be written: file exists" in again.stderr


def test_it_ends_with_a_status() -> None:
    assert run("mpop", "nowhere").exit_code == 2
    assert run("procmail", "nowhere").exit_code == 2
    assert (
        run("mpop", "-", text=b"account a\nhost h.example\nuser u\nfrobnicate\ndelivery maildir ~/x\n").exit_code == 0
    )
    wrong = run("mpop", "-", text=b"account a\nhost no host\n")
    assert (wrong.exit_code, "<stdin>:2:6: error[import-unread]" in wrong.stderr) == (1, True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings(encoding: str) -> None:
    content = "sort address,deliver to\r\n*@bücher.example,*@example.com\r\n".encode(encoding)
    assert 'sort "*@xn--bcher-kva.example" -> "*@example.com";' in imported("kerio", decoded(content))[0]


def test_the_manual_names_every_kind_and_every_finding() -> None:
    manual = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    assert all(f"sortlang import {kind} " in manual for kind in BY_NAME)
    assert all(f"`{name}`" in manual for name in (CHANGED, DROPPED, UNREAD))


def test_the_example_in_the_manual_was_really_produced() -> None:
    manual = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```(\w*)\n(.*?)^```$", manual, re.MULTILINE | re.DOTALL)
    source = next(text for language, text in shown if language == "fetchmailrc")
    text, findings = import_("fetchmail", Source("office.fetchmailrc", source))
    assert [format(Source("", text))] == [each for language, each in shown if language == "sort"]
    assert f"{report(findings)}\n" in [each for language, each in shown if language == "text"]
