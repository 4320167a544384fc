"""The words of a fetchmailrc, cut as by fetchmail's lexer `rcfile_l.l`."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from sortlang.frozen import frozen
from sortlang.source import Source, Span
from sortlang.suggest import closest

_SCAN = re.compile(
    r"""
      (?P<blank> [ \t\r\n;:,]+ | \\\n | \#[^\n]* )
    | (?P<map> = )
    | (?P<string> "[^"]*" | '[^']*' )
    | (?P<word> [^=;:,\ \t\r\n]+ )
    """,
    re.VERBOSE,
)
_LINE, _RUN = re.compile(r"[^\n]*"), re.compile(r"\S*")
_WORD = re.compile(r"[^=;:, \t\r\n]+")
_NOISE = {"with", "and", "has", "wants", "options"}
_LONG = {
    "server": "poll",
    "protocol": "proto",
    "username": "user",
    "password": "pass",
    "local": "localdomains",
    "smtp": "smtphost",
    "authenticate": "auth",
    "preauthenticate": "auth",
    "preauth": "auth",
    "folders": "folder",
    "pre": "preconnect",
    "post": "postconnect",
    "pass8": "pass8bits",
    "mimedec": "mimedecode",
    "port": "service",
}
"""Other spellings of keywords."""

SERVER = {
    "via": 1,
    "aka": 9,
    "localdomains": 9,
    "proto": 1,
    "service": 1,
    "interval": 1,
    "auth": 1,
    "timeout": 1,
    "envelope": 2,
    "qvirtual": 1,
    "principal": 1,
    "esmtpname": 1,
    "esmtppassword": 1,
    "interface": 1,
    "monitor": 1,
    "plugin": 1,
    "plugout": 1,
    "dns": 0,
    "uidl": 0,
    "checkalias": 0,
    "tracepolls": 0,
    "bad-header": 1,
}
USER = {
    "is": 9,
    "to": 9,
    "pass": 1,
    "folder": 9,
    "smtphost": 9,
    "fetchdomains": 9,
    "smtpaddress": 1,
    "smtpname": 1,
    "antispam": 9,
    "mda": 1,
    "bsmtp": 1,
    "lmtp": 0,
    "preconnect": 1,
    "postconnect": 1,
    "keep": 0,
    "flush": 0,
    "limitflush": 0,
    "fetchall": 0,
    "rewrite": 0,
    "forcecr": 0,
    "stripcr": 0,
    "pass8bits": 0,
    "dropstatus": 0,
    "dropdelivered": 0,
    "mimedecode": 0,
    "idle": 0,
    "forceidle": 0,
    "ssl": 0,
    "sslkey": 1,
    "sslcert": 1,
    "sslproto": 1,
    "sslcertck": 0,
    "sslcertfile": 1,
    "sslcertpath": 1,
    "sslcommonname": 1,
    "sslfingerprint": 1,
    "limit": 1,
    "warnings": 1,
    "fetchlimit": 1,
    "fetchsizelimit": 1,
    "fastuidl": 1,
    "batchlimit": 1,
    "expunge": 1,
    "properties": 1,
    "passwordfile": 1,
    "passwordfd": 1,
}
"""The options of a server and of a user, and how many values each takes; 9: as many as there are."""

_FRAME = {"set", "defaults", "poll", "skip", "user", "here", "there", "no"}
_SETS = {"logfile", "idfile", "pidfile", "daemon", "syslog", "invisible", "showdots", "postmaster", "bouncemail"}
_KEYWORDS = _FRAME | _SETS | {"spambounce", "softbounce"} | set(SERVER) | set(USER)
_NAMING = {"user", "pass", "is", "to", "auth"}
"""After these and after `=` the next word is a name, whatever it looks like."""


@frozen
class Token:
    """A keyword by its usual spelling, a text without quotes and escapes, or `=`."""

    kind: Literal["keyword", "text", "map"]
    text: str
    span: Span


def tokens(source: Source) -> Iterator[Token]:
    """All of the file but comments and words that say nothing; total."""
    naming = False
    for kind, span in _pieces(source):
        found = list(_tokens(span.text, kind, span, naming))
        yield from found
        naming = kind == "map" or bool(found and found[-1].kind == "keyword" and found[-1].text in _NAMING)


def _pieces(source: Source) -> Iterator[tuple[str, Span]]:
    """`map`, `string` and `word`; of a string and a word at one place the longer counts, as in every lexer of flex."""
    place = 0
    while match := _SCAN.match(source.text, place):
        kind, end = match.lastgroup or "", match.end()
        if kind == "string" and (word := _WORD.match(source.text, place)) and word.end() > end:
            kind, end = "word", word.end()
        if kind != "blank":
            yield kind, Span(source, place, end)
        place = end


def hidden(text: str) -> str:
    """The text with `*` in place of every password; as long as before, cut into the same words."""
    letters = list(text)
    for before, each in pairwise(tokens(Source("", text))):
        if each.kind == "text" and _secret(before):
            _hide(letters, each.span, text)
    return "".join(letters)


def _secret(before: Token) -> bool:
    """Whether a password follows; after a word that is nearly the keyword, too."""
    if before.kind == "keyword":
        return before.text in ("pass", "esmtppassword")
    return before.kind == "text" and closest(before.text, ("password", "passwd")) != ""


def _hide(letters: list[str], span: Span, text: str) -> None:
    """What stands between its quotes; without quotes, or with one, all that may have been meant as the password."""
    quoted = span.end - span.start > 1 and text[span.start] in "\"'" and text[span.end - 1] == text[span.start]
    meant = _LINE if text[span.start] in "\"'" else _RUN
    end = span.end - 1 if quoted else max(span.end, meant.match(text, span.start).end())  # type: ignore[union-attr]
    for place in range(span.start + quoted, end):
        letters[place] = letters[place] if letters[place] == "\n" else "*"


def _tokens(word: str, kind: str, span: Span, naming: bool) -> Iterator[Token]:
    if kind == "map":
        yield Token("map", "=", span)
    elif kind == "string":
        yield Token("text", _unescaped(word[1:-1]), span)
    elif naming:
        yield Token("text", _unescaped(word), span)
    elif word not in _NOISE:
        yield from _keyword(word, span)


def _keyword(word: str, span: Span) -> Iterator[Token]:
    word = _LONG.get(word, word)
    positive = _LONG.get(word[2:], word[2:])
    if word in _KEYWORDS:
        yield Token("keyword", word, span)
    elif word.startswith("no") and positive in _KEYWORDS:
        yield Token("keyword", "no", span)
        yield Token("keyword", positive, span)
    else:
        yield Token("text", _unescaped(word), span)


_ESCAPE = re.compile(r"\\(?:[xX]([0-9A-Fa-f]{1,2})|(0[0-7]{0,2})|([1-9][0-9]{0,2})|(\n)|(.)|$)", re.DOTALL)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_letter, text) if "\\" in text else text


def _letter(match: re.Match[str]) -> str:
    hexadecimal, octal, decimal, end, letter = match.groups()
    if hexadecimal or octal or decimal:
        return chr(int(hexadecimal or octal or decimal, 16 if hexadecimal else 8 if octal else 10) % 256)
    return "" if end or letter is None else {"n": "\n", "t": "\t", "b": "\b", "r": "\r"}.get(letter, letter)
