"""The entries of a fetchmailrc: servers, their users, the options of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sortlang.diagnostic import Diagnostic
from sortlang.frozen import frozen
from sortlang.importers.draft import unread
from sortlang.importers.fetchmail_lexis import SERVER, USER, Token
from sortlang.importers.spelling import cited


@frozen
class Option:
    """`ssl`, `no keep`, `aka "a" "b"`; `inherited` from the `defaults` entry."""

    name: str
    word: Token
    values: tuple[Token, ...] = ()
    off: bool = False
    inherited: bool = False


@dataclass(slots=True)
class User:
    """One mailbox: its options, and the `user` it began with."""

    options: list[Option] = field(default_factory=list)
    name: Token | None = None


@dataclass(slots=True)
class Entry:
    """`poll`, `skip` or `defaults`, with everything up to the next."""

    kind: Literal["poll", "skip", "defaults"]
    word: Token
    name: Token | None = None
    options: list[Option] = field(default_factory=list)
    users: list[User] = field(default_factory=list)


@dataclass(slots=True)
class File:
    """The `set` lines, the entries, and what could not be read."""

    sets: list[Option] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)


def entries(tokens: Sequence[Token]) -> File:
    """The file that the tokens make; total: what fits nowhere is a finding and left out."""
    file = File()
    place = 0
    while place < len(tokens):
        place = _step(tokens, place, file)
    return file


def _step(tokens: Sequence[Token], place: int, file: File) -> int:
    word = tokens[place]
    if word.kind == "keyword" and word.text == "set":
        return _set(tokens, place + 1, file)
    if word.kind == "keyword" and word.text in ("poll", "skip", "defaults"):
        return _entry(tokens, place, file)
    off = word.kind == "keyword" and word.text == "no" and place + 1 < len(tokens)
    keyword = tokens[place + off]
    if keyword.kind == "keyword" and file.entries:
        if keyword.text == "user" and not off:
            return _user(tokens, place + 1, file.entries[-1])
        if keyword.text in SERVER or keyword.text in USER:
            return _option(tokens, place + off, off, file)
    file.found.append(unread(word.span, f"{cited(word.text)} makes no sense here"))
    return place + 1


def _set(tokens: Sequence[Token], place: int, file: File) -> int:
    off = place < len(tokens) and tokens[place].text == "no"
    place += off
    if place >= len(tokens):
        return place
    word, place = tokens[place], place + 1
    flag = word.text in ("bouncemail", "spambounce", "softbounce", "syslog", "invisible", "showdots")
    values = [] if flag else _texts(tokens, place, 2 if place < len(tokens) and tokens[place].kind == "map" else 1)
    kept = tuple(each for each in values if each.kind == "text")
    file.sets.append(Option(word.text, word, kept, off))
    return place + len(values)


def _entry(tokens: Sequence[Token], place: int, file: File) -> int:
    word = tokens[place]
    if word.text == "defaults":
        file.entries.append(Entry("defaults", word))
        return place + 1
    name = tokens[place + 1] if place + 1 < len(tokens) else None
    if name is None or name.kind != "text":
        file.found.append(unread(word.span, f"`{word.text}` names no server"))
        return place + 1
    file.entries.append(Entry("skip" if word.text == "skip" else "poll", word, name))
    return place + 2


def _user(tokens: Sequence[Token], place: int, entry: Entry) -> int:
    """`user R`, `user R there`, `user L … here`."""
    names = _texts(tokens, place, 10**9)
    after = tokens[place + len(names)] if place + len(names) < len(tokens) else None
    word = tokens[place - 1]
    if after and after.kind == "keyword" and after.text == "here":
        entry.users.append(User([Option("is", word, tuple(names))]))
        return place + len(names) + 1
    entry.users.append(User([], names[0] if names else None))
    return place + min(len(names), 1) + bool(after and after.kind == "keyword" and after.text == "there")


def _option(tokens: Sequence[Token], place: int, off: bool, file: File) -> int:
    word, entry = tokens[place], file.entries[-1]
    count = 0 if off else SERVER.get(word.text, USER.get(word.text, 0))
    if count == 2:  # `envelope 2 "Received"`
        numbered = place + 1 < len(tokens) and tokens[place + 1].text.isdigit()
        count = 1 + numbered
    values = _texts(tokens, place + 1, count if count < 9 else 10**9)
    next_ = place + 1 + len(values)
    if count and not values:
        file.found.append(unread(word.span, f"`{word.text}` says nothing"))
    option = Option(word.text, word, tuple(values), off)
    if word.text in SERVER:
        entry.options.append(option)
        return next_
    if not entry.users:
        entry.users.append(User())
    side = tokens[next_].text if next_ < len(tokens) and tokens[next_].kind == "keyword" else ""
    if word.text in ("is", "to") and side == "there":
        entry.users[-1].name = values[0] if values else None
    else:
        entry.users[-1].options.append(option)
    return next_ + (word.text in ("is", "to") and side in ("here", "there"))


def _texts(tokens: Sequence[Token], place: int, most: int) -> list[Token]:
    end = place
    while end < len(tokens) and end - place < most and tokens[end].kind != "keyword":
        end += 1
    return list(tokens[place:end])
