"""Statements: the words a statement may begin with, and its shape."""

from sortlang.frozen import frozen
from sortlang.mistake import mistake
from sortlang.settings import BY_NAME as SETTINGS
from sortlang.suggest import did_you_mean, respelled
from sortlang.syntax.tree import Shape, Statement


@frozen
class Kind:
    """One word: its shape, how it is written, what it says."""

    name: str
    shape: Shape
    usage: str
    doc: str


KINDS = (
    Kind("account", "block", 'account "name" < … >', "one remote mailbox and how it is fetched"),
    Kind("defaults", "block", "defaults < … >", "settings for every account that does not say them itself"),
    Kind("sort", "arrow", "sort PATTERN, … -> TARGET, …;", "mail for an address that the pattern matches goes there"),
    Kind("copy", "arrow", "copy PATTERN, … -> ADDRESS, …;", "and goes there, too"),
    Kind("transport", "arrow", 'transport PATTERN, … -> maildir "path";', "how an address is delivered to"),
    Kind("domain", "block", 'domain "example.com" < … >', "which mailboxes and aliases a domain of ours has"),
    Kind("group", "group", "group NAME = ADDRESS, …;", "a name for several targets"),
    Kind("expect", "arrow", "expect ADDRESS, … -> TARGET, …;", "what the rules are to do, for `sortlang test`"),
    Kind("include", "setting", 'include "rules.d/*.sort";', "what other files say"),
)

BY_NAME = {each.name: each for each in KINDS}

SCOPED = ("sort", "copy")
"""Those that may also stand in an account, and then hold for it alone."""


def known(statement: Statement) -> Kind:
    """The kind of a statement; raises Mistake when its word is unknown, or its shape another."""
    word = statement.keyword
    kind = BY_NAME.get(word.text)
    if kind is None and word.text in SETTINGS:
        raise mistake(
            "misplaced-word",
            f"`{word.text}` is a setting and stands in a block",
            word.span,
            'move it into `account "…" < … >`',
        )
    if kind is None:
        hint, fix = did_you_mean(word.text, BY_NAME), respelled(word.span, BY_NAME)
        raise mistake("unknown-statement", f"`{word.text}` is no statement", word.span, hint, fix)
    if statement.shape != kind.shape:
        raise mistake("wrong-shape", f"this is not how `{word.text}` is written", word.span, f"write `{kind.usage}`")
    return kind
