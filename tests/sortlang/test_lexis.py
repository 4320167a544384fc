"""The lexer: Lark's own terminals, read faster."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sortlang.settings import BY_NAME
from sortlang.source import Source
from sortlang.statement import KINDS
from sortlang.syntax import grammar as grammar_module
from sortlang.syntax import lexis
from sortlang.syntax.cut import cut
from sortlang.syntax.grammar import grammar, made, text, written
from sortlang.syntax.keywords import KEYWORDS, SETTINGS
from sortlang.syntax.lexis import lex
from sortlang.syntax.parse import parse

ROOT = Path(__file__).parents[2]

SCRAPS = [
    "a",
    "@",
    "*",
    "-",
    ">",
    "->",
    "=",
    "=>",
    "<",
    "1",
    "7d",
    "1h30m",
    "25MB",
    "06:00",
    '"',
    '"x"',
    "\\",
    ";",
    ",",
]
SCRAPS += ["#", "\n", "\r\n", " ", "\t", "{", "}", "(", "→", "ü", "\ufeff", "\0", "\u00a0", "\u202e"]


@given(st.lists(st.sampled_from(SCRAPS), max_size=30).map("".join).map(lambda text: text.rstrip(" \t\r\n")))
@settings(max_examples=500, deadline=None)
def test_it_reads_as_larks_own_lexer_does(text: str) -> None:
    ours = [(each.type, each.start, each.end) for each in _raw(text)]
    theirs = [(each.type, each.start_pos, each.end_pos) for each in grammar().lex(text)]
    assert ours == theirs


def _raw(text: str) -> list[object]:
    """Lexemes before lines with an odd quote are read again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexis, "paired_anew", lambda lexemes: lexemes)
        return list(lex(Source("", text)).lexemes)


@given(st.text(max_size=200))
@settings(deadline=None)
def test_no_character_is_skipped(text: str) -> None:
    read = lex(Source("", text))
    spans = sorted(
        [(each.start, each.end) for each in read.lexemes] + [(c.span.start, c.span.end) for c in read.comments]
    )
    at, rest = 0, ""
    for start, end in spans:
        assert at <= start < end
        rest, at = rest + text[at:start], end
    assert not (rest + text[at:]).strip(" \t\r\n\ufeff")


def test_the_grammar_has_no_conflicts_and_knows_no_words() -> None:
    assert grammar().options.parser == "lalr"
    assert not [each for each in [*KEYWORDS, *SETTINGS] if f'"{each}"' in text()]


def test_the_tables_in_the_file_are_those_that_lark_makes() -> None:
    """After a change of the grammar: `make tables`."""
    assert (ROOT / "grammar" / "sortlang.json").read_text(encoding="utf-8") == written(made(grammar()))


def test_a_grammar_that_was_changed_is_read_by_lark(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = text().replace('EQUALS: "="', 'EQUALS: ":="')
    monkeypatch.setattr(grammar_module, "text", lambda: changed)
    found = grammar_module.tables.__wrapped__()
    assert ("EQUALS", ":=") in [tuple(each) for each in found.terminals]


def test_a_wheel_finds_its_grammar(tmp_path: Path) -> None:
    """As the wheel lays it out: the grammar beside the module, and no repository around."""
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    shutil.copytree(ROOT / "src" / "sortlang", tmp_path / "sortlang")
    for source in ("grammar/sortlang.lark", "grammar/sortlang.json"):
        shutil.copy(ROOT / source, tmp_path / wheel["force-include"][source])
    script = (
        "from sortlang.syntax import grammar; from sortlang.syntax.parse import parse; "
        "from sortlang.source import Source; assert not parse(Source('', 'sort * -> a@b;'))[1]; "
        "import sys; assert 'lark' not in sys.modules; print(grammar.__file__)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.startswith(str(tmp_path))


def test_the_grammar_is_read_from_the_top_of_a_checkout() -> None:
    assert not Path(grammar_module.__file__).with_name("sortlang.lark").exists()
    assert text() == (ROOT / "grammar" / "sortlang.lark").read_text(encoding="utf-8")


def test_each_lexeme_is_in_one_piece() -> None:
    lexemes = lex(Source("", "sort a -> b;\n" * 2000 + "sort (")).lexemes
    pieces = list(cut(lexemes))
    assert sum(len(each.lexemes) for each in pieces) == len(lexemes)
    assert len(pieces) == 2001


def test_a_megabyte_of_rubbish_is_read_to_its_end() -> None:
    for scrap in ["a ", "a<", '"', ">", "a,", "->", "(", '"\\', "1h", "sort ", "*a", " ", "#\n", '";\n', "a<a>b "]:
        tree, _ = parse(Source("", scrap * (100_000 // len(scrap))))
        assert tree is not None


def test_recovery_knows_the_words_that_the_language_has() -> None:
    assert BY_NAME.keys() <= SETTINGS
    assert {each.name: each.shape for each in KINDS}.items() <= KEYWORDS.items()
