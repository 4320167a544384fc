"""What is wrong with a piece, in the author's words, at the right place."""

from collections.abc import Sequence

from sortlang.diagnostic import Diagnostic, Fix, error
from sortlang.diagnostic import Edit as Change
from sortlang.source import Span
from sortlang.suggest import did_you_mean
from sortlang.syntax.control import named
from sortlang.syntax.keywords import KEYWORDS, SECRET
from sortlang.syntax.lalr import expected, run
from sortlang.syntax.lexeme import Lexeme
from sortlang.syntax.repair import VALUE, Edit

_MARKS = {"ARROW": "->", "EQUALS": "=", "LESS": "<", "MORE": ">", "LEFT": "{", "RIGHT": "}", "COMMA": ",", "END": ";"}
_LONGEST = 40


def blame(lexemes: Sequence[Lexeme], edits: Sequence[Edit] | None, suggest: bool) -> Diagnostic:
    """`syntax-error` for a piece that cannot be read; `edits` would mend it; `suggest`: a keyword like its first."""
    message, span = _by_edit(lexemes, edits[0]) if edits else _by_machine(lexemes)
    hint = ""
    if suggest and lexemes[0].type == "WORD" and lexemes[0].text not in KEYWORDS:
        hint = did_you_mean(lexemes[0].text, KEYWORDS)
    if edits and not any(each.kind == VALUE for each in edits):
        hint = ", then ".join(_hint(lexemes, each) for each in edits)
    return error("syntax-error", message, span, hint, fix=_fix(lexemes, edits or ()))


def _by_edit(lexemes: Sequence[Lexeme], edit: Edit) -> tuple[str, Span]:
    if edit.verb == "insert" and edit.index == 0:
        return f"expected a keyword, found {_shown(lexemes, 0)}", lexemes[0].span
    if edit.verb == "insert":
        return f"expected {_wanted(lexemes, edit)} {_after(lexemes, edit.index)}", _behind(lexemes, edit.index)
    wrong = lexemes[edit.index]
    if edit.verb == "remove":
        return f"unexpected {_shown(lexemes, edit.index)}", wrong.span
    return f"expected `{_MARKS[edit.kind]}`, found {_shown(lexemes, edit.index)}", wrong.span


def _by_machine(lexemes: Sequence[Lexeme]) -> tuple[str, Span]:
    stack, taken = run(each.type for each in lexemes)
    if taken == len(lexemes):
        return f"expected {_likely(lexemes, taken, expected(stack))} {_after(lexemes, taken)}", _behind(lexemes, taken)
    if taken == 0:
        return f"expected a keyword, found {_shown(lexemes, 0)}", lexemes[0].span
    wanted = _likely(lexemes, taken, expected(stack))
    return f"expected {wanted} {_after(lexemes, taken)}, found {_shown(lexemes, taken)}", lexemes[taken].span


def _likely(lexemes: Sequence[Lexeme], taken: int, kinds: frozenset[str]) -> str:
    """The marks that may follow, less those that the keyword never takes; a value if there are none."""
    if taken == 1 and lexemes[0].text in KEYWORDS and lexemes[0].text != "defaults":
        return _value(lexemes, taken)
    shape = KEYWORDS.get(lexemes[0].text)
    unlikely = {"COMMA", "LEFT"} | ({"LESS"} if shape not in ("block", None) else set())
    unlikely |= set() if shape == "group" else {"EQUALS"}
    unlikely |= {"END"} if shape in ("arrow", "group", "block") and kinds & {"ARROW", "LESS"} else set()
    marks = [f"`{mark}`" for kind, mark in _MARKS.items() if kind in kinds - unlikely]
    if not marks:
        return _value(lexemes, taken)
    return " or ".join(filter(None, (", ".join(marks[:-1]), marks[-1])))


def _wanted(lexemes: Sequence[Lexeme], edit: Edit) -> str:
    return _value(lexemes, edit.index) if edit.kind == VALUE else f"`{_MARKS[edit.kind]}`"


def _value(lexemes: Sequence[Lexeme], index: int) -> str:
    """What kind of value belongs at `index`."""
    if lexemes[0].text not in ("sort", "copy"):
        return "a value"
    return "a target" if any(each.type == "ARROW" for each in lexemes[:index]) else "a pattern"


def _after(lexemes: Sequence[Lexeme], index: int) -> str:
    if index == 2 and not _secret(lexemes, 1):
        return f"after `{_short(lexemes[0].text)} {_short(lexemes[1].text)}`"
    return f"after {_shown(lexemes, index - 1)}"


def _behind(lexemes: Sequence[Lexeme], index: int) -> Span:
    """The place for something missing: right behind what stands before, not on the next line."""
    place = lexemes[index - 1].end if index else lexemes[0].start
    return Span(lexemes[0].page.source, place, place)


def _hint(lexemes: Sequence[Lexeme], edit: Edit) -> str:
    if edit.verb == "insert":
        return f"insert `{_MARKS[edit.kind]}`"
    if lexemes[edit.index].text.isspace():
        return "write a plain space"
    shown = _shown(lexemes, edit.index)
    return f"remove {shown}" if edit.verb == "remove" else f"replace {shown} by `{_MARKS[edit.kind]}`"


def _fix(lexemes: Sequence[Lexeme], edits: Sequence[Edit]) -> Fix | None:
    """For edits that leave no doubt: a `;`, an arrow that is written in another way."""
    if not edits or any(_doubtful(lexemes, each) for each in edits):
        return None
    places = [(_behind(lexemes, each.index) if each.verb == "insert" else lexemes[each.index].span) for each in edits]
    changes = tuple(Change(place, _MARKS[each.kind]) for place, each in zip(places, edits, strict=True))
    return Fix(", then ".join(_hint(lexemes, each) for each in edits), changes)


def _doubtful(lexemes: Sequence[Lexeme], edit: Edit) -> bool:
    if edit.verb == "replace":
        return lexemes[edit.index].type != "NOTARROW" or edit.kind != "ARROW"
    return edit.verb != "insert" or edit.kind != "END" or not edit.index


def _shown(lexemes: Sequence[Lexeme], index: int) -> str:
    lexeme = lexemes[index]
    if lexeme.type == "JUNK" and not lexeme.text.isascii():
        return named(lexeme.text)
    return "the value" if _secret(lexemes, index) else f"`{_short(lexeme.text)}`"


def _secret(lexemes: Sequence[Lexeme], index: int) -> bool:
    """Whether it may be a password: it stands somewhere behind such a word."""
    words = (each.text.rstrip(":").lower() for each in lexemes[:index])
    return lexemes[index].type not in _MARKS and any(each in SECRET for each in words)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
