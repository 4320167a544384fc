"""Two changes of one file: every address is answered as one of the sides wants it, or there is a conflict."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from sortlang.address import Address
from sortlang.cli import main
from sortlang.compile import compile_quietly
from sortlang.merge import Merged, Unmergeable, merge
from sortlang.program import Program
from sortlang.source import Source
from sortlang.syntax.parse import parse

HEAD = 'account "box" < server "pop.isp.example"; user "u"; password env "P"; {}>\n'
BASE = """\
# Our mail.

account "office" <
    server "pop.example.com";
    user "office";
    password env "P";
>

# People.
sort anna@example.com -> anna@example.com;  # boss
sort ben@example.com, carl@example.com -> ben@example.com;

copy anna@example.com -> log@example.com;
sort * -> admin@example.com;
"""


def compiled(source: Source) -> Program | None:
    return compile_quietly(source, lambda pattern, source: ())[0]


def merged(base: str, ours: str, theirs: str) -> Merged:
    return merge(*(Source(name, text) for name, text in zip("BOT", (base, ours, theirs), strict=True)), parse, compiled)


def edited(text: str, *edits: tuple[str, str]) -> str:
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return text


def test_what_one_side_changed_is_changed() -> None:
    changed = edited(
        BASE, ("carl@example.com ->", "dora@example.com ->"), ("# boss", "# the boss"), ("# People", "# All")
    )
    for found in (merged(BASE, BASE, changed), merged(BASE, changed, BASE)):
        assert (found.conflicts, found.proved) == (0, True)
        assert set(found.text.splitlines()) >= {"# All."}
        assert parse(Source("", found.text))[0].statements  # it is a file
    assert merged(BASE, changed, BASE).text == changed
    assert merged(BASE, changed, changed).text == changed


def test_both_change_one_statement_in_different_things() -> None:
    ours = edited(BASE, (", carl@example.com", ""), ("log@example.com;", "log@example.com, x@example.com;"))
    theirs = edited(
        BASE,
        ("sort ben@example.com,", "sort ben@example.com, eva@example.com,"),
        ("log@example.com;", "y@example.com;"),
        ('"office";\n    p', '"office";\n    limit 100;  # for now\n    p'),
    )
    found = merged(BASE, ours, theirs)
    assert (found.conflicts, found.proved) == (0, True)
    assert found.text == edited(
        ours,
        (
            "sort ben@example.com -> ben@example.com;\n",
            "sort ben@example.com -> ben@example.com;\nsort eva@example.com -> ben@example.com;\n",
        ),
        ("-> log@example.com, x@example.com", "-> y@example.com, x@example.com"),
        ('"office";\n    p', '"office";\n    limit 100;  # for now\n    p'),
    )


def test_two_answers_for_one_address_are_a_conflict_around_just_that() -> None:
    ours = edited(
        BASE, ("sort ben@example.com, carl@example.com -> ben", "sort ben@example.com, carl@example.com -> eva")
    )
    theirs = edited(
        BASE, ("sort ben@example.com, carl@example.com -> ben", "sort ben@example.com -> dora"), ("-> admin", "-> root")
    )
    found = merged(BASE, ours, theirs)
    assert found.conflicts == 2
    assert found.text == edited(
        ours,
        ("-> admin", "-> root"),
        (
            "sort ben@example.com, carl@example.com -> eva@example.com;\n",
            "<<<<<<< ours\nsort ben@example.com -> eva@example.com;\n=======\n"
            "sort ben@example.com -> dora@example.com;\n"
            ">>>>>>> theirs\n"
            "<<<<<<< ours\nsort carl@example.com -> eva@example.com;\n=======\n>>>>>>> theirs\n",
        ),
    )


def test_an_account_that_one_removes_and_the_other_changes_is_a_conflict() -> None:
    gone = BASE[: BASE.index("account")] + BASE[BASE.index("# People") :]
    changed = edited(BASE, ("    password", "    limit 5;\n    password"))
    assert merged(BASE, gone, BASE).text == gone
    assert merged(BASE, BASE, gone).text == gone
    for one, other in ((gone, changed), (changed, gone)):
        found = merged(BASE, one, other)
        assert found.conflicts == 1
        assert found.text.count("limit 5;") == 1


def test_settings_of_one_account_are_merged_one_by_one() -> None:
    ours = edited(BASE, ("    password", "    limit 100;\n    password"))
    theirs = edited(BASE, ("    password", "    limit 10MB;\n    password"))
    found = merged(BASE, ours, theirs)
    assert (found.conflicts, "limit 100;" in found.text, "limit 10MB;" in found.text) == (0, True, True)
    assert merged(BASE, ours, edited(ours, ("100", "200"))).conflicts == 1  # not in base: both added it
    tls = [
        edited(BASE, ("    password", f"    tls {each};\n    password")) for each in ("required", 'required ca "x.pem"')
    ]
    assert merged(BASE, *tls).conflicts > 0  # together they would say `required` twice


def test_changes_that_only_together_are_wrong_are_a_conflict() -> None:
    base = 'sort "a*@ex.com" -> one@ex.com;\nsort "*@ex.com" -> one@ex.com;\nsort * -> all@ex.com;\n'
    ours = edited(base, ('sort "a*@ex.com" -> one@ex.com;\n', ""))
    theirs = edited(base, ('sort "*@ex.com" -> one', 'sort "*@ex.com" -> two'))
    found = merged(base, ours, theirs)  # a@ex.com would go to two@, which nobody said
    assert found.conflicts == 2
    assert 'sort "a*@ex.com" -> one@ex.com;\n' in found.text


def test_an_exception_is_no_contradiction_and_a_tie_is() -> None:
    base = 'sort "*@ex.com" -> one@ex.com;\nsort * -> all@ex.com;\n'
    ours = base + "sort anna@ex.com -> anna@ex.com;\n"
    wider = edited(base, ("-> one", "-> two"))
    assert merged(base, ours, wider).conflicts == 0
    tied = [base + f'sort "{each}@ex.com" -> {name}@ex.com;\n' for each, name in (("*a*", "x"), ("*b*", "y"))]
    assert merged(base, *tied).conflicts == 2


def test_line_ends_are_ours() -> None:
    theirs = edited(BASE, ("-> admin", "-> root"))
    assert merged(BASE, BASE.replace("\n", "\r\n"), theirs).text == theirs.replace("\n", "\r\n")


def test_new_statements_come_with_their_comments_where_they_stood() -> None:
    new = "\n# Two of them.\nsort dora@example.com -> dora@example.com;  # new\n"
    theirs = edited(BASE, ("\ncopy anna", f"{new}\ncopy anna"))
    ours = edited(BASE, ("-> admin", "-> root"))
    assert merged(BASE, ours, theirs).text == edited(theirs, ("-> admin", "-> root"))


PATTERNS = [
    f"{local}@{domain}" for local in ("a", "b", "ab", "a*", "*b", "*a*", "*") for domain in ("x.y", "*.y", "*")
] + ["*"]
TARGETS = ["p@q.r", "s@q.r", "x*@q.r"]
STARRED = [each for each in PATTERNS if each.partition("@")[0].count("*") == 1 and each != "*"]
WORDS = ["".join(each) for size in (1, 2, 3) for each in itertools.product("abc", repeat=size)]
ADDRESSES = [None, *(Address.parse(f"{local}@{domain}") for local in WORDS for domain in ("x.y", "z.y", "z.z"))]


def says(draw: st.DrawFn) -> dict[tuple[bool, str, str], str]:
    """Rules by scope, kind and pattern."""
    keys = st.tuples(st.booleans(), st.sampled_from(["sort", "sort", "copy"]), st.sampled_from(PATTERNS))
    found = draw(st.dictionaries(keys, st.sampled_from(TARGETS), max_size=7))
    return {key: to if to == "s@q.r" or key[2] in STARRED else "p@q.r" for key, to in found.items()}


@st.composite
def versions(draw: st.DrawFn) -> list[str]:
    base = says(draw)
    return [text_of(draw, base), *(text_of(draw, changed(draw, base)) for _ in range(2))]


def changed(draw: st.DrawFn, base: dict[tuple[bool, str, str], str]) -> dict[tuple[bool, str, str], str]:
    gone = draw(st.sets(st.sampled_from(sorted(base)), max_size=2)) if base else set()
    return {**{key: to for key, to in base.items() if key not in gone}, **dict(list(says(draw).items())[:3])}


def text_of(draw: st.DrawFn, said: dict[tuple[bool, str, str], str]) -> str:
    """In any order, patterns of one target together or not, with comments here and there."""
    groups: dict[tuple[bool, str, str, int], list[str]] = {}
    for (scoped, kind, pattern), target in said.items():
        groups.setdefault((scoped, kind, target, draw(st.integers(0, 1))), []).append(pattern)
    lines: dict[bool, list[str]] = {False: [], True: []}
    for (scoped, kind, target, mark), patterns in draw(st.permutations(sorted(groups.items()))):
        comment = f"# about {target}\n" if mark else ""
        named = ", ".join(f'"{each}"' for each in patterns)
        lines[scoped].append(f'{comment}{kind} {named} -> "{target}";\n')
    return HEAD.format("\n" + "".join(lines[True])) + "".join(lines[False])


def destinations(program: Program | None, address: Address | None, account: str | None) -> set[str]:
    assert program is not None
    return {f"{each.kind} {each.address}" for each in program.route(address, account).destinations}


@settings(max_examples=100, deadline=None)
@given(versions())
def test_every_address_is_answered_as_one_side_wants_it(texts: list[str]) -> None:
    found = merged(*texts)
    if found.conflicts:
        assert found.text.count("<<<<<<< ours\n") == found.text.count(">>>>>>> theirs\n") == found.conflicts
        for side in (0, 1):
            assert compiled(Source("", resolved(found.text, side))) is not None
        return
    assert found.proved
    base, ours, theirs, both = (compiled(Source("", text)) for text in (*texts, found.text))
    for address, account in itertools.product(ADDRESSES, (None, "box")):
        b, o, t, m = (destinations(each, address, account) for each in (base, ours, theirs, both))
        if o == b or t == b:
            assert m == (t if o == b else o), (address, account, found.text)
        else:
            assert m <= o | t and (o != t or m == o), (address, account, found.text)


@settings(max_examples=40, deadline=None)
@given(versions())
def test_one_side_alone_is_taken_whole(texts: list[str]) -> None:
    base, changed, _ = texts
    for found in (merged(base, base, changed), merged(base, changed, base)):
        assert found.conflicts == 0
        for address, account in itertools.product(ADDRESSES, (None, "box")):
            programs = (compiled(Source("", text)) for text in (changed, found.text))
            one, other = (destinations(each, address, account) for each in programs)
            assert one == other


def resolved(text: str, side: int) -> str:
    """The text with one side of every conflict."""
    kept, here = [], None
    for line in text.splitlines(keepends=True):
        if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
            here = {"<": 0, "=": 1, ">": None}[line[0]]
        elif here in (None, side):
            kept.append(line)
    return "".join(kept)


@st.composite
def commented(draw: st.DrawFn) -> list[str]:
    """Three files about the same patterns, together in other ways, with comments of their own."""
    patterns = draw(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=6, unique=True))
    return [with_comments(draw, side, draw(st.permutations(patterns))) for side in "bot"]


def with_comments(draw: st.DrawFn, side: str, patterns: list[str]) -> str:
    lines = []
    for number, cut in enumerate(draw(st.lists(st.integers(1, 3), min_size=6, max_size=6))):
        some, patterns = patterns[:cut], patterns[cut:]
        named = ", ".join(f'"{each}"' for each in some)
        above, behind, alone = (draw(st.booleans()) for _ in range(3))
        lines += [f"# {side}{number} above\n"] * above
        lines += [
            f"sort {named} -> {draw(st.sampled_from(['p@q.r', 's@q.r']))};"
            + f"  # {side}{number} behind" * behind
            + "\n"
        ] * bool(some)
        lines += [f"\n# {side}{number} alone\n\n"] * alone
    return "".join(lines)


@settings(max_examples=150, deadline=None)
@given(commented())
def test_no_comment_of_a_side_is_lost(texts: list[str]) -> None:
    found = merged(*texts)
    for text in texts[1:]:
        for line in text.splitlines():
            if "#" in line:
                assert found.text.count(line[line.index("#") :]) == 1, found.text


def test_a_file_with_two_answers_is_not_taken_apart() -> None:
    with pytest.raises(Unmergeable):
        merged("", "sort a@b.c -> d@b.c;\nsort a@b.c -> e@b.c;\n", "")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["merge", *map(str, arguments)])


def files(tmp_path: Path, *texts: str) -> list[Path]:
    paths = [tmp_path / name for name in ("base.sort", "ours.sort", "theirs.sort")]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def test_the_command_writes_and_ends_with_a_status(tmp_path: Path) -> None:
    paths = files(tmp_path, BASE, edited(BASE, ("-> admin", "-> root")), edited(BASE, ("# boss", "# chief")))
    shown = run(*paths)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert run(*paths, "-o", paths[1]).output == ""
    assert (
        paths[1].read_text(encoding="utf-8")
        == shown.stdout
        == edited(BASE, ("-> admin", "-> root"), ("# boss", "# chief"))
    )
    paths = files(tmp_path, BASE, edited(BASE, ("-> admin", "-> root")), edited(BASE, ("-> admin", "-> hostmaster")))
    found = run(*paths, "--marker-size", 9)
    assert (found.exit_code, "<<<<<<<<< ours\n" in found.stdout, "1 conflict" in found.stderr) == (1, True, True)
    assert run(tmp_path / "nowhere.sort", *paths[1:]).exit_code == 2


def test_broken_files_are_merged_as_text(tmp_path: Path) -> None:
    paths = files(tmp_path, BASE, edited(BASE, ("-> admin", "-> root")), BASE + "sort -> ;\n")
    found = run(*paths)
    assert found.exit_code == 1 or found.stdout.endswith("sort -> ;\n")
    assert "is merged as text" in found.stderr


def git(folder: Path, *arguments: str, status: int = 0) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@ex.com", "-c", "commit.gpgsign=false")
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("theirs", "status"), [("ben", 0), ("dora", 1)])
def test_git_merges_with_it(tmp_path: Path, theirs: str, status: int) -> None:
    """Two branches insert at the same line, which git alone cannot merge."""
    path = tmp_path / "mail.sort"
    driver = (
        f'"{sys.executable}" -c "from sortlang.cli import main; main()" merge %O %A %B -o %A --path %P --marker-size %L'
    )
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "config", "merge.sortlang.driver", driver)
    (tmp_path / ".gitattributes").write_text("*.sort merge=sortlang\n")
    path.write_text("sort * -> all@ex.com;\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "base")
    git(tmp_path, "checkout", "-q", "-b", "other")
    path.write_text(f"sort * -> all@ex.com;\nsort {theirs if status == 0 else 'anna'}@ex.com -> {theirs}@ex.com;\n")
    git(tmp_path, "commit", "-q", "-a", "-m", "theirs")
    git(tmp_path, "checkout", "-q", "main")
    path.write_text("sort * -> all@ex.com;\nsort anna@ex.com -> anna@ex.com;\n")
    git(tmp_path, "commit", "-q", "-a", "-m", "ours")
    git(tmp_path, "merge", "other", "-m", "both", status=status)
    lines = path.read_text().splitlines()
    if status == 0:
        assert set(lines) == {
            "sort * -> all@ex.com;",
            "sort anna@ex.com -> anna@ex.com;",
            "sort ben@ex.com -> ben@ex.com;",
        }
    else:
        assert lines[1:] == [
            "<<<<<<< ours",
            "sort anna@ex.com -> anna@ex.com;",
            "=======",
            "sort anna@ex.com -> dora@ex.com;",
            ">>>>>>> theirs",
        ]
