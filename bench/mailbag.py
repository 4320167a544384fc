"""Mailbags: seeded messages of realistic sizes, laid into maildrops again and again, and known again afterwards."""

import hashlib
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import Wrong

from dovecot import Dovecot

SMALL = 3_000
MIXED_LEAST, MIXED_MOST, MIXED_MIDDLE, MIXED_SPREAD = 2_000, 5_000_000, 20_000, 1.6


@dataclass(frozen=True, slots=True)
class Mailbag:
    """Messages in a folder, the files named as Dovecot likes them; `octets` of them all.

    `numbers`: which message has a body with that digest, from 0; no two have the same.
    """

    folder: Path
    numbers: Mapping[bytes, int]
    octets: int

    def __len__(self) -> int:
        return len(self.numbers)

    def lay_into(self, server: Dovecot, user: str) -> None:
        """The maildrop holds these messages and no others, as new to the server as if they had just come."""
        maildrop = server.maildir_of(user)
        server.empty(user)
        for each in os.scandir(self.folder):
            os.link(each.path, maildrop / "cur" / each.name)

    def check(self, *maildirs: Path) -> int:
        """How many messages there are: each of them once, whole, with whatever lines above it. Raises Wrong."""
        found, wanted = sum(map(_bodies, maildirs), Counter[bytes]()), Counter(self.numbers.keys())
        if found != wanted:
            lost, more = (wanted - found).total(), (found - wanted).total()
            raise Wrong(f"{len(self)} messages: {lost} are not there, {more} are there that should not")
        return len(self)

    def check_sorted(self, boxes: Path, box_of: Callable[[int], str]) -> int:
        """The same where each message has a box of its own, a Maildir below `boxes`, by its number. Raises Wrong."""
        count = self.check(*boxes.iterdir())
        for box in boxes.iterdir():
            if strays := [each for each in _bodies(box) if box_of(self.numbers[each]) != box.name]:
                raise Wrong(f"{len(strays)} messages lie in {box.name} that should not")
        return count


def small(folder: Path, count: int, recipients: int = 1) -> Mailbag:
    """Messages of 3 KB each, as most mail without an attachment is; to so many recipients in turn."""
    return _filled(folder, [SMALL] * count, recipients)


def mixed(folder: Path, count: int) -> Mailbag:
    """Messages of 2 KB to 5 MB: half of them below 20 KB, a few making up most of the bytes."""
    dice = random.Random(1)
    sizes = (int(dice.lognormvariate(0, MIXED_SPREAD) * MIXED_MIDDLE) for _ in range(count))
    return _filled(folder, [min(max(each, MIXED_LEAST), MIXED_MOST) for each in sizes], 1)


def of_size(folder: Path, count: int, size: int) -> Mailbag:
    """Messages of that size."""
    return _filled(folder, [size] * count, 1)


def crowded(folder: Path, count: int, recipients: int) -> Mailbag:
    """Messages that each name so many recipients in `X-Envelope-To` lines."""
    lines = "".join(f"X-Envelope-To: user{number}@crowd.example\n" for number in range(recipients))
    return _filled(folder, [SMALL] * count, 1, lines.encode())


def recipient(number: int) -> str:
    """The address that a message for the recipient of that number was sent to."""
    return f"user{number}@customer{number % 97}.example"


def _filled(folder: Path, sizes: list[int], recipients: int, above: bytes = b"") -> Mailbag:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    numbers: dict[bytes, int] = {}
    octets = 0
    for number, size in enumerate(sizes):
        message = above + _message(number, size, recipient(number % recipients))
        numbers[_digest(message)] = number
        octets += len(message)
        # With both sizes in the name Dovecot need not read a message to tell how long it is.
        name = f"{1_700_000_000 + number}.M{number}.example,S={len(message)},W={len(message) + message.count(10)}:2,"
        path = folder / name
        path.write_bytes(message)
        path.chmod(0o644)
    return Mailbag(folder, numbers, octets)


def _message(number: int, size: int, to: str) -> bytes:
    """One message of about that size, LF line ends; no two have the same body."""
    head = HEAD.format(number=number, to=to, date=f"Mon, {number % 28 + 1} Jan 2024 10:00:00 +0000").encode()
    body = b"".join(_lines(number, max(0, size - len(head))))
    return head + body


def _lines(number: int, size: int) -> Iterator[bytes]:
    """Body lines of 77 octets; one in twenty begins with a dot, which the protocol has to stuff."""
    dice = random.Random(number)
    line = dice.randbytes(38).hex().encode() + b"\n"
    yield b"This is message %d.\n" % number
    for at in range(max(1, size // len(line))):
        yield line if at % 20 else b"." + line[1:]


def _bodies(maildir: Path) -> Counter[bytes]:
    """The digests of what was delivered there."""
    return Counter(_digest(each.read_bytes()) for each in (maildir / "new").glob("*"))


def _digest(message: bytes) -> bytes:
    body = message.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    return hashlib.blake2b(body.rstrip(b"\n"), digest_size=16).digest()


HEAD = """\
Return-Path: <sender{number}@elsewhere.example>
Delivered-To: {to}
Received: from mx1.provider.example (mx1.provider.example [192.0.2.7])
\tby store4.provider.example (Postfix) with ESMTPS id 4C{number}
\tfor <{to}>; {date}
Received: from relay.elsewhere.example (relay.elsewhere.example [198.51.100.23])
\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))
\tby mx1.provider.example (Postfix) with ESMTPS id 9D{number}
\tfor <{to}>; {date}
Authentication-Results: mx1.provider.example; dkim=pass header.d=elsewhere.example; spf=pass
Message-ID: <{number}.20240101@elsewhere.example>
Date: {date}
From: "Sender Number {number}" <sender{number}@elsewhere.example>
To: {to}
Subject: Offer {number} for the second quarter
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

"""
