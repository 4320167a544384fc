"""Messages with real-looking headers for tests, the same for the same seed."""

import random
from collections.abc import Iterator

PEOPLE = ("anna", "ben", "chiara", "deepak", "eva")
WORDS = tuple(
    word
    for sentence in (
        "the invoice for October is attached please send it to the office before Friday and tell Ben",
        "the train was late again we meet on Monday at nine bring the plans and the key of the cellar",
    )
    for word in sentence.split()
)


def letters(count: int, seed: int = 1) -> Iterator[bytes]:
    """Messages with CRLF line ends; each is for one of PEOPLE at ex.com, by X-Original-To, Received or To alone."""
    dice = random.Random(seed)
    for number in range(count):
        yield _letter(number, dice)


def recipient(letter: bytes) -> str:
    """Whom a letter is for, as its maker meant it."""
    return next(line for line in letter.split(b"\r\n") if line.startswith(b"X-Meant-For: ")).split()[1].decode()


def _letter(number: int, dice: random.Random) -> bytes:
    person = dice.choice(PEOPLE)
    head = (*_trace(person, number, dice), *_originator(person, number, dice))
    body = "\r\n".join(_lines(dice)) + dice.choice(("\r\n", "\r\n", "\r\n\r\n"))
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body.encode()


def _trace(person: str, number: int, dice: random.Random) -> Iterator[str]:
    moment = f"Mon, 2 Nov 2026 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02} +0100"
    how = dice.choice(("original", "for", "neither"))
    yield f"Return-Path: <sender{number}@news.example.net>"
    if how == "original":
        yield f"X-Original-To: {person}@ex.com"
        yield "Delivered-To: box-4711@isp.example"
    named = f"\r\n\tfor <{person}@ex.com>" if how == "for" else ""
    yield "Received: from mail.example.net (mail.example.net [192.0.2.7])"
    yield f"\tby mx.isp.example (Postfix) with ESMTPS id 4F{number:06X}{named}; {moment}"
    yield "Received: from laptop (unknown [198.51.100.9])"
    yield f"\tby mail.example.net with ESMTPSA id {number:x}; {moment}"


def _originator(person: str, number: int, dice: random.Random) -> Iterator[str]:
    yield f'From: "Sender {number}, Ltd" <sender{number}@news.example.net>'
    yield f"To: =?utf-8?q?The_=C3=B6ffice?= <{person}@ex.com>, elsewhere@example.org"
    yield f"Subject: {' '.join(dice.choices(WORDS, k=5))}"
    yield f"Message-ID: <{number}.{dice.getrandbits(64):x}@news.example.net>"
    yield f"X-Meant-For: {person}@ex.com"
    yield "MIME-Version: 1.0"
    yield "Content-Type: text/plain; charset=utf-8"


def _lines(dice: random.Random) -> Iterator[str]:
    """Among them what breaks clients: dots at the start of a line, empty lines, umlauts, very long lines."""
    for _ in range(dice.randint(1, 60)):
        line = " ".join(dice.choices(WORDS, k=dice.randint(0, 14)))
        yield dice.choice(("", "", "", ".", "..", ". ", "ü ")) + line
    if dice.random() < 0.02:
        yield "x" * 20_000
