"""A maildrop, its rules and where its mail goes: what is tried again and again, and the judge of it."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from letters import letters, recipient
from reliability.provider import Provider
from sink import Sink, sinking

Target = Literal["Maildir", "two Maildirs", "LMTP", "SMTP", "program"]
TARGETS: tuple[Target, ...] = ("Maildir", "two Maildirs", "LMTP", "SMTP", "program")
Reader = Literal["nobody reads", "a reader moves it", "a reader deletes it"]
READERS: tuple[Reader, ...] = ("nobody reads", "a reader moves it", "a reader deletes it")
USER = "box"
LARGE = (
    b"""Return-Path: <sender@news.example.net>
Received: from mail.example.net (mail.example.net [192.0.2.7])
	by mx.isp.example with ESMTPS; Mon, 2 Nov 2026 09:00:00 +0100
X-Meant-For: eva@ex.com
To: eva@ex.com

"""
    + 25_000 * b"as long as several blocks\n"
)
LETTERS = (*letters(4, seed=5), LARGE.replace(b"\n", b"\r\n"))
PROGRAM = '#!/bin/sh\ncat > "$0.$$" && mv "$0.$$" "$0.$$.$RECIPIENT"\n'
Copies = dict[str, list[tuple[bytes, str]]]
"""By address, the messages that came there, LF at each line's end, and the file name or the id that they bear."""


@dataclass(frozen=True)
class Judgement:
    """How many messages were lost, doubled, or shown partial; `again`: second copies with the same id."""

    lost: int = 0
    doubled: int = 0
    partial: int = 0
    again: int = 0

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.partial)


@dataclass
class Trial:
    """One of them. `folder` holds the rules, `state` the state folder; `maildirs`, if not below it, the Maildirs."""

    target: Target
    folder: Path
    provider: Provider
    state: Path
    sink: Sink = field(default_factory=Sink)
    maildirs: Path | None = None

    @property
    def words(self) -> list[str]:
        """What fetchrun is told, after its command."""
        return [str(self.folder / "mail.sort"), "--state", str(self.state)]

    @property
    def mail(self) -> Path:
        """Where the Maildirs are, each by its local part."""
        return self.maildirs or self.state / "mail" / "ex.com"

    def expected(self) -> Counter[tuple[str, bytes]]:
        """Every (address, message)."""
        also = ["archive@ex.com"] if self.target == "two Maildirs" else []
        return Counter((to, each.replace(b"\r\n", b"\n")) for each in LETTERS for to in (recipient(each), *also))

    def came(self) -> Copies:
        """All that has come anywhere, whatever the reader did to it since."""
        if self.target in ("LMTP", "SMTP"):
            return _taken(self.sink)
        return _printed(self.folder) if self.target == "program" else _stored(self.mail, self.folder / "deleted")

    def read(self, reader: Reader) -> None:
        """The reader has a look at what is new."""
        for each in self.mail.glob("*/new/*") if reader != "nobody reads" else ():
            if reader == "a reader moves it":
                each.rename(each.parents[1] / "cur" / f"{each.name}:2,S")
            else:
                there = self.folder / "deleted" / each.parents[1].name / "new"
                there.mkdir(parents=True, exist_ok=True)
                shutil.move(each, there / each.name)

    def judged(self, *, final: bool) -> Judgement:
        """At the end everything is to be there, and nothing on the server; before, what is there must be whole."""
        expected, came = self.expected(), self.came()
        counts = Counter((to, message) for to, copies in came.items() for message, _ in copies)
        names = Counter((to, message) for to, copies in came.items() for message, _ in set(copies))
        partial = sum(count for one, count in counts.items() if one not in expected)
        doubled = sum((names if self._sent else counts)[one] > 1 for one in expected)
        lost = sum(one not in counts for one in expected) + len(self.provider.maildrops[USER]) if final else 0
        return Judgement(lost, doubled, partial, sum(counts[one] > 1 for one in expected) - doubled)

    def leftovers(self) -> list[Path]:
        """What lies in any `tmp/`."""
        return list(self.mail.glob("*/tmp/*"))

    @property
    def _sent(self) -> bool:
        return self.target not in ("Maildir", "two Maildirs")


@contextmanager
def laid_out(
    target: Target, folder: Path, provider: Provider, state: Path | None = None, maildirs: Path | None = None
) -> Iterator[Trial]:
    """A new trial in `folder`, which is emptied at the end; all letters lie in the maildrop of the provider."""
    folder.mkdir(parents=True, exist_ok=True)
    provider.maildrops[USER] = {f"uid{number}": each for number, each in enumerate(LETTERS)}
    sink = Sink(lmtp=target == "LMTP")
    listening: Callable[[Sink], AbstractContextManager[object]] = sinking if target in ("LMTP", "SMTP") else nullcontext
    with listening(sink):
        trial = Trial(target, folder, provider, state or folder / "state", sink, maildirs)
        (folder / "mail.sort").write_text(_rules(trial))
        (folder / "program").write_text(PROGRAM)
        (folder / "program").chmod(0o700)
        yield trial
    shutil.rmtree(folder, ignore_errors=True)


def _rules(trial: Trial) -> str:
    server = f'server "127.0.0.1" port {trial.provider.port}; tls off;'
    archive = ", archive@ex.com" if trial.target == "two Maildirs" else ""
    how = {
        "LMTP": f'lmtp "127.0.0.1:{trial.sink.port}"',
        "SMTP": f'smtp "127.0.0.1:{trial.sink.port}"',
        "program": f'pipe "{trial.folder / "program"}"',
    }
    default = f'maildir "{trial.maildirs}/{{local}}"' if trial.maildirs else ""
    told = how.get(trial.target, default)
    return (
        f'account "box" < {server} user "{USER}"; password env "BOX"; >\n'
        f'sort "*@ex.com" -> "*@ex.com"{archive};\nsort * -> admin@ex.com;\n'
        + (f'transport "*@ex.com" -> {told};\n' if told else "")
    )


def _stored(*roots: Path) -> Copies:
    found: Copies = {}
    for root in roots:
        for each in [*root.glob("*/new/*"), *root.glob("*/cur/*")]:
            found.setdefault(f"{each.parents[1].name}@ex.com", []).append((_bare(each.read_bytes()), each.name))
    return found


def _taken(sink: Sink) -> Copies:
    found: Copies = {}
    for message, envelope in zip(sink.messages, sink.envelopes, strict=True):
        for address in envelope:
            found.setdefault(address, []).append((_bare(message.replace(b"\r\n.", b"\r\n")), _id(message)))
    return found


def _printed(folder: Path) -> Copies:
    found: Copies = {}
    for each in folder.glob("program.*.*@ex.com"):
        message = each.read_bytes()
        found.setdefault(each.name.split(".", 2)[2], []).append((_bare(message), _id(message)))
    return found


def _bare(stored: bytes) -> bytes:
    """Without our lines above it, LF at each line's end; a file without any end of our lines is as it is."""
    text = stored.replace(b"\r\n", b"\n")
    return text[max(0, text.find(b"Return-Path: <sender")) :]


def _id(message: bytes) -> str:
    _, found, rest = message.partition(b"X-Fetchrun-Delivery-Id: ")
    return rest.split()[0].decode() if found else "none"
