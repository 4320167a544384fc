"""The addresses in a header field, read the way mail is written."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from sortlang.address import Address, InvalidAddress
from sortlang.mail.pieces import pieces

FIELD_SIZE = 64 * 1024
ADDRESS_COUNT = 2_000
SHORT = 256


def addresses(value: bytes) -> tuple[Address, ...]:
    """The addresses of one unfolded field, in order; at most ADDRESS_COUNT, from its first FIELD_SIZE bytes.

    Takes `,` and `;` between addresses, groups, quoted strings, comments, source routes and names without quotes
    (RFC 5322 §3.4 and §4.4). An address in angle brackets wins over what stands before it. Encoded words are never
    decoded: a comma that one hides is no comma. Linear; never raises: what is no address is passed over.
    """
    return _short(value) if len(value) <= SHORT else _read(value)


@lru_cache(maxsize=1024)
def _short(value: bytes) -> tuple[Address, ...]:
    """Most mail of a mailbox names the same few; and what is remembered is never much."""
    return _read(value)


def _read(value: bytes) -> tuple[Address, ...]:
    return tuple(islice((each for words, angled in _items(value) for each in _named(words, angled)), ADDRESS_COUNT))


# No `++` around the alternatives: CPython before 3.11.3 does not step back to where a possessive group gave up.
_TOKEN = re.compile(rb"\s+|[,;:<>]|(?:\[[^\[\]\s,;<>]*+\]|[^\s,;:<>\[])+|\[")
_SEPARATORS = frozenset((b",", b";", b">"))
_NAME_ENDS = frozenset((b"<", b":"))
_DOT_ATOM = re.compile(r"[^\s\"\\(),:;<>@\[\]]+")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def _items(value: bytes) -> Iterator[tuple[list[bytes], bool]]:
    """The words of each thing that could be an address, and whether angle brackets hold them."""
    words: list[bytes] = []
    closed = apart = False
    for token in _tokens(value[:FIELD_SIZE]):
        if token in _SEPARATORS:
            yield words, token == b">"
            words, closed = [], token == b">"
        elif token in _NAME_ENDS:
            words, closed = [], False
        elif token == b" ":
            apart = True
            continue
        elif not closed:
            _add(words, token, apart)
        apart = False
    # A field that was cut may end in half an address.
    if len(value) <= FIELD_SIZE:
        yield words, False


def _tokens(value: bytes) -> Iterator[bytes]:
    for piece in pieces(value):
        if piece.kind == "text":
            yield from (b" " if each.isspace() else each for each in _TOKEN.findall(piece.text))
        elif piece.kind == "quoted":
            yield piece.text
        else:
            yield b" "


def _add(words: list[bytes], token: bytes, apart: bool) -> None:
    """`bob @ ex.com` is one word, written wide."""
    joins = words and (token[:1] == b"@" or words[-1][-1:] == b"@") and words[-1].count(b"@") + token.count(b"@") == 1
    if words and (joins or not apart):
        words[-1] += token
    else:
        words.append(token)


def _named(words: list[bytes], angled: bool) -> Iterator[Address]:
    if angled and len(words) != 1:
        return
    # `"bob@ex.com"` alone is no address, but it was meant as one.
    inner = [words[0][1:-1]] if len(words) == 1 and words[0][:1] == words[0][-1:] == b'"' else words
    yield from (address for word in inner if b"@" in word and (address := _address(word)))


@lru_cache(maxsize=4096)
def _address(word: bytes) -> Address | None:
    try:
        local, _, domain = word.strip(b"'").rstrip(b".").decode("utf-8").rpartition("@")
        return Address.parse(f"{_local(local)}@{domain}")
    except (InvalidAddress, UnicodeDecodeError):
        return None


def _local(local: str) -> str:
    """A local part in its one spelling: quotes only where it needs them; raises InvalidAddress."""
    plain = _ESCAPE.sub(r"\1", local[1:-1]) if _is_quoted(local) else local
    if _DOT_ATOM.fullmatch(plain):
        return plain
    if plain == local:
        raise InvalidAddress("a local part needs quotes for what it holds")
    return '"' + re.sub(r'(["\\])', r"\\\1", plain) + '"'


def _is_quoted(text: str) -> bool:
    return len(text) > 2 and text[0] == text[-1] == '"'
