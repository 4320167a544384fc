"""Whose mail goes elsewhere: exact against brute force, the same from files, folders and git, and never a secret."""

import itertools
import json
import os
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from in_memory import program as program_of
from sortlang.address import Address
from sortlang.cli import main
from sortlang.diff import FORMATS, diff, show
from sortlang.diffs import markdown
from sortlang.diffs.difference import Comparison, Difference
from sortlang.diffs.moved import Post, moved
from sortlang.diffs.spelled import duration, size
from sortlang.diffs.spelled import settings as settings_of
from sortlang.program import Program
from sortlang.rules import Account

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "diff"
ACCOUNT = 'account "{}" < server "pop.ex.com"; user "{}"; password {}; {} >\n'


def account(name: str = "box", user: str = "u", password: str = 'env "P"', more: str = "") -> str:
    return ACCOUNT.format(name, user, password, more)


def difference(old: str, new: str) -> Difference:
    return diff(program_of(old), program_of(new))


def altered(old: str, new: str) -> list[str]:
    """`account box changed: keep 7d → 14d`."""
    return [
        f"{each.kind} {each.name} {each.what}: "
        + ", ".join(f"{one.name} {one.before} → {one.after}" for one in each.settings)
        for each in difference(old, new).altered
    ]


PATTERNS = [f"{local}@{domain}" for local in ("a", "b", "ab", "a*", "*b", "*a*", "*") for domain in ("x.y", "*.y")] + [
    "*"
]
WORDS = ["".join(each) for length in (1, 2, 3) for each in itertools.product("abc", repeat=length)]
ADDRESSES = [None, *(Address.parse(f"{local}@{domain}") for local in WORDS for domain in ("x.y", "z.y", "z.z"))]


@st.composite
def texts(draw: st.DrawFn) -> str:
    keys = st.tuples(st.booleans(), st.sampled_from(["sort", "copy"]), st.sampled_from(PATTERNS))
    said = draw(st.dictionaries(keys, st.sampled_from(["p@q.r", "s@q.r"]), max_size=6))
    lines = [(scoped, f'{kind} "{pattern}" -> {to};\n') for (scoped, kind, pattern), to in said.items()]
    inside = "".join(line for scoped, line in lines if scoped)
    return account(more=inside) + "".join(line for scoped, line in lines if not scoped)


def destinations(program: Program, address: Address | None, name: str | None) -> set[str]:
    return {f"{each.kind} {each.address}" for each in program.route(address, name).destinations}


@settings(max_examples=60, deadline=None)
@given(texts(), texts())
def test_the_regions_are_the_addresses_whose_mail_moves(old: str, new: str) -> None:
    before, after = program_of(old), program_of(new)
    changes = diff(before, after).changes
    for name, address in itertools.product((None, "box"), ADDRESSES):
        moves = destinations(before, address, name) != destinations(after, address, name)
        told = any(each.region.takes(address) for each in changes if name in each.scopes or None in each.scopes)
        assert not moves or told, (name, address)
        assert moves or not any(each.region.takes(address) for each in changes if name in each.scopes), (name, address)


@settings(max_examples=30, deadline=None)
@given(
    texts(), texts(), st.lists(st.tuples(st.sampled_from(["box", "gone"]), st.sets(st.sampled_from(ADDRESSES[:40]))))
)
def test_the_log_is_counted_as_it_would_be_routed(
    old: str, new: str, mail: list[tuple[str, set[Address | None]]]
) -> None:
    before, after = program_of(old), program_of(new)
    posts = [Post(name, tuple(str(each) for each in to if each)) for name, to in mail]
    found = moved(before, after, posts, 30)
    assert found.messages == len(posts)
    assert found.moving == sum(
        any(elsewhere(before, after, each, name) for each in of(post)) for post in posts for name in [post.account]
    )
    assert all(each.before != each.after and each.messages > 0 for each in found.top)


def of(post: Post) -> list[Address | None]:
    return [Address.parse(each) for each in post.recipients] or [None]


def elsewhere(before: Program, after: Program, address: Address | None, name: str) -> bool:
    scope = name if name == "box" else None
    return destinations(before, address, scope) != destinations(after, address, scope)


def test_nothing_changes_by_order_layout_comments_and_expectations() -> None:
    old = account() + "# one\nsort a@b.c, d@e.f -> g@h.i, j@k.l;\nsort * -> m@n.o;\n"
    new = (
        "sort * -> m@n.o;\nsort d@e.f -> j@k.l, g@h.i;\nexpect a@b.c -> g@h.i, j@k.l;\nsort a@b.c -> g@h.i, j@k.l;"
        + account()
    )
    assert not difference(old, new)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("keep 7d;", "keep 14d;", "keep 7d → 14d"),
        ("", "keep forever;", "keep deleted once delivered → forever"),
        ("limit 100;", "limit 200MB;", "limit messages 100 → not said, limit bytes not said → 200MB"),
        ("tls required;", "tls off;", "port 995 → 110, tls mode required → off"),
        ("", "disabled;", "disabled off → on"),
        ("every 1m;", "every 1h30m;", "every 1m → 1h30m"),
        ("start new;", "start 30d;", "start new → 30d"),
        (
            "",
            'envelope "X-Original-To" strip "a-";',
            "envelope headers not said → X-Original-To, envelope strip not said → a-",
        ),
    ],
)
def test_settings_are_said_as_people_read_them(old: str, new: str, said: str) -> None:
    rules = "sort * -> all@ex.com;\n"
    assert altered(account(more=old) + rules, account(more=new) + rules) == [f"account box changed: {said}"]


def test_accounts_come_go_and_change_their_names() -> None:
    rules = "sort * -> all@ex.com;\n"
    assert altered(rules, account() + rules) == ["account box added: mailbox not said → u at pop.ex.com:995"]
    assert altered(account() + rules, rules) == ["account box removed: mailbox u at pop.ex.com:995 → not said"]
    own = "sort a@b.c -> d@e.f;"
    renamed = difference(account(more=own) + rules, account("office", more=own) + rules)
    assert [(each.what, each.name, each.old, each.settings) for each in renamed.altered] == [
        ("renamed", "office", "box", ())
    ]
    assert renamed.changes == ()
    other = difference(account(more=own) + rules, account("office", more="sort a@b.c -> g@h.i;") + rules)
    assert [each.scopes for each in other.changes] == [("office",)]


def test_trash_and_domains_are_compared() -> None:
    rules = "sort * -> all@ex.com;\n"
    assert altered(rules, "defaults < trash 60d; >\n" + rules) == ["file  changed: trash 30d → 60d"]
    domain = 'domain "ex.com" < detail "{}"; >\n' + rules
    assert altered(domain.format("+"), domain.format("-")) == ["domain ex.com changed: detail + → -"]
    assert altered(rules, domain.format("+")) == ["domain ex.com added: "]


@pytest.mark.parametrize("form", FORMATS)
def test_no_secret_is_shown(form: str) -> None:
    rules = "sort * -> all@ex.com;\n"
    found = difference(account(password='"hunter2"') + rules, account(password='"correct horse"') + rules)
    text = show([Comparison("old", "new", found)], form)
    assert "another one" in text
    assert "hunter2" not in text + repr(found) and "correct horse" not in text + repr(found)


def test_every_setting_of_an_account_is_compared() -> None:
    (box,) = program_of(account() + "sort * -> all@ex.com;").accounts
    compared = {each.split()[0] for each in settings_of(box)}
    absent = {"name"} | {each.name for each in fields(Account) if each.compare and getattr(box, each.name) is None}
    assert {each.name.split("_")[0] for each in fields(Account) if each.compare and each.name not in absent} <= compared


@given(st.integers(1, 10**7))
def test_sizes_and_durations_are_read_as_they_are_written(number: int) -> None:
    found = program_of(account(more=f"limit {size(number)}; keep {duration(number)};") + "sort * -> a@b.c;").accounts[0]
    assert (found.limit_bytes, found.keep) == (number, float(number))


def test_markdown_is_as_it_was_agreed() -> None:
    old, new = ((CASES / f"{side}.sort").read_text(encoding="utf-8") for side in ("old", "new"))
    text = show([Comparison("old.sort", "new.sort", difference(old, new))], "markdown")
    assert text + "\n" == (CASES / "difference.md").read_text(encoding="utf-8")


def test_long_markdown_is_folded_and_cut() -> None:
    rules = "".join(f"sort p{number}@ex.com -> {{}}@ex.com;\n" for number in range(300))
    found = difference(rules.replace("{}", "a"), rules.replace("{}", "b"))
    text = show([Comparison("old", "new", found)], "markdown")
    assert text.count("\n| `p") == markdown.MOST
    assert "<summary>290 more</summary>" in text and "100 more are left out" in text
    assert len(text) < 65_536


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_code_stays_in_its_cell(text: str) -> None:
    cell = markdown.code(text)
    ticks = len(cell) - len(cell.lstrip("`"))
    assert cell.endswith("`" * ticks) and "`" * ticks not in cell.strip("`")
    assert "\n" not in cell and "|" not in cell.replace("\\|", "")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["diff", *map(str, arguments)])


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_two_files_and_a_status(tmp_path: Path) -> None:
    write(tmp_path, {"a.sort": "sort * -> a@b.c;", "b.sort": "sort * -> d@e.f;", "bad.sort": "sort -> ;"})
    one, two, bad = (tmp_path / name for name in ("a.sort", "b.sort", "bad.sort"))
    assert run(one, one).exit_code == 0
    found = run(one, two)
    assert (found.exit_code, "a@b.c" in found.stdout, "d@e.f" in found.stdout) == (3, True, True)
    assert [
        run(one, bad).exit_code,
        run(one, tmp_path / "no.sort").exit_code,
        run(one).exit_code,
        run(one, tmp_path).exit_code,
    ] == [1, 2, 2, 2]
    assert json.loads(run(one, two, "--format", "json").stdout)["different"] is True


def test_two_folders_are_compared_by_what_is_a_program(tmp_path: Path) -> None:
    """Files that others include are a part of those; paths in them are no difference."""
    rules = 'include "parts/*.sort";\n' + account(password='file "secret"') + "sort * -> a@b.c;\n"
    for side, to in (("old", "d@e.f"), ("new", "g@h.i")):
        write(tmp_path / side, {"mail.sort": rules, "parts/people.sort": f"sort a@b.c -> {to};\n"})
    write(tmp_path / "new", {"alone.sort": "sort * -> x@y.z;\n"})
    found = json.loads(run(tmp_path / "old", tmp_path / "new", "--format", "json").stdout)["files"]
    assert [(each["old"] is None, len(each["changes"]), each["altered"]) for each in found] == [
        (False, 1, []),
        (True, 0, []),
    ]
    assert run(tmp_path / "old", tmp_path / "old").exit_code == 0


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@ex.com", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rules with an include, a mailbox list and a link, committed; then changed in the working tree."""
    for name in [each for each in os.environ if each.startswith("GIT_")]:
        monkeypatch.delenv(name)
    write(
        tmp_path,
        {
            "rules/mail.sort": 'include "parts/*.sort", "linked.sort";\nsort * -> all@ex.com;\n',
            "rules/parts/people.sort": "sort anna@ex.com -> anna@ex.com;\n",
            "rules/parts/.hidden.sort": "sort anna@ex.com -> hidden@ex.com;\n",
            "shared/more.sort": "sort ben@ex.com -> ben@ex.com;\n",
            "README.md": "Rules.\n",
        },
    )
    (tmp_path / "rules" / "linked.sort").symlink_to("../shared/more.sort")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def regions(*arguments: str) -> list[str]:
    found = json.loads(run(*arguments, "--format", "json").stdout)["files"]
    return [change["pattern"] for each in found for change in each["changes"]]


def test_a_revision_is_read_with_all_it_includes(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("--git", "HEAD").exit_code == 0
    write(repository, {"rules/parts/people.sort": "sort anna@ex.com -> eva@ex.com;\n"})
    write(repository, {"shared/more.sort": "sort ben@ex.com -> eva@ex.com;\n"})
    assert regions("--git", "HEAD") == ["anna@ex.com", "ben@ex.com"]
    assert regions("--git", "HEAD", "rules/mail.sort") == ["anna@ex.com", "ben@ex.com"]
    monkeypatch.chdir(repository / "rules")
    assert regions("--git", "HEAD", "mail.sort") == ["anna@ex.com", "ben@ex.com"]
    assert run("--git", "HEAD..HEAD").exit_code == 0


def test_two_revisions_and_where_they_parted(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "topic")
    write(repository, {"rules/parts/people.sort": "sort anna@ex.com -> eva@ex.com;\n"})
    git(repository, "commit", "-q", "-a", "-m", "topic")
    git(repository, "checkout", "-q", "main")
    write(repository, {"rules/mail.sort": 'include "parts/*.sort", "linked.sort";\nsort * -> root@ex.com;\n'})
    git(repository, "commit", "-q", "-a", "-m", "main goes on")
    assert regions("--git", "main...topic", "rules") == ["anna@ex.com"]
    assert sorted(map(str, regions("--git", "main..topic", "rules"))) == ["*@*", "None", "anna@ex.com"]


def test_what_git_cannot_do_is_said(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = run("--git", "nowhere")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "there is no revision `nowhere`" in found.stderr
    assert run("--git", "--output=x").exit_code == 2
    assert run("--git", "HEAD", "README.md").exit_code in (1, 2)
    outside = run("--git", "HEAD", tmp_path_factory.mktemp("outside"))
    assert (outside.exit_code, "not a git repository" in outside.stderr) == (2, True)


def test_a_file_that_comes_or_goes_is_a_difference(repository: Path) -> None:
    write(repository, {"rules/second.sort": "sort * -> x@y.z;\n"})
    found = run("--git", "HEAD", "rules")
    assert (found.exit_code, "rules/second.sort (new)" in found.stdout) == (3, True)


def test_a_pull_request_is_told_in_markdown(repository: Path) -> None:
    """As a workflow calls it: a clone whose branch is compared with where it left the main branch."""
    clone = repository / "clone"
    git(repository, "clone", "-q", str(repository), str(clone))
    git(clone, "checkout", "-q", "-b", "topic")
    write(clone, {"rules/mail.sort": 'include "parts/*.sort", "linked.sort";\nsort * -> root@ex.com;\n'})
    git(clone, "commit", "-q", "-a", "-m", "topic")
    found = run("--git", "origin/main", "--format", "markdown", str(clone / "rules"))
    assert found.exit_code == 3
    assert found.stdout.splitlines()[0] == "### Mail routes: mail of 2 regions goes elsewhere"
    assert (
        "| `*@*` except `anna@ex.com`, `ben@ex.com` | `anna@example.com` | `all@ex.com` | `root@ex.com` |"
        in found.stdout
    )


def test_lists_of_mailboxes_are_read_from_the_revision(repository: Path) -> None:
    rules = 'domain "ex.org" < mailboxes "boxes.txt"; >\nsort "*@ex.org" -> "*@ex.org";\nsort * -> all@ex.com;\n'
    write(repository, {"lists/mail.sort": rules, "lists/boxes.txt": "anna\nben\n"})
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "lists")
    write(repository, {"lists/boxes.txt": "anna\neva\n"})
    (file,) = json.loads(run("--git", "HEAD", "lists", "--format", "json").stdout)["files"]
    assert [each["pattern"] for each in file["changes"]] == ["ben@ex.org", "eva@ex.org"]
    assert [each["name"] for each in file["altered"][0]["settings"]] == ["mailbox ben", "mailbox eva"]
