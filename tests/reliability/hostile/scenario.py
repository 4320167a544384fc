"""A scenario: what one hostile server does in three polls, and what has to come of it.

The files beside this one hold them, a table for each, named by the rows of faults that it is an instance of. Upper case
is what the server says, by the verb it answers: `GREETING`, `CAPA`, `"RETR 2"` … `RESPONSE` (what follows a
challenge), `TOKEN` (HTTP of the provider, where `oauth` is true); see `script.steps` for the language, `{me}` is a word
of the scenario's own. A list has one for each poll. Everything else is honest. Lower case:

`offers`    the lines of CAPA
`oauth`     true: the account logs in by a token
`settings`  more words of the account; `{folder}` is where certificates lie
`mail`      what lies in the maildrop, a text each or a table {text, uid, size, poll, stored, where}
`mended`    the same for the polls after these, if somebody has to change something
`tls`       the certificate that the server shows, by its name; after these polls it is a good one
`says`      words of the one line that a person reads after each poll, a list: after each; none: no trouble at all
`early`     which messages are delivered after these polls, in spite of all; not said: all if there was no trouble
`stays`     which still lie on the server in the end, after polls with an honest server
`never`     verbs that the client must not have said in these polls
`refuses`   true: nobody listens there in these polls
`drops`     true: at QUIT whatever was retrieved goes, marked or not
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reliability.hostile.script import expanded

HERE = Path(__file__).parent
POLLS = 3
SEED = "From: ann@example.org\r\nTo: {me}@ex.com\r\nSubject: {me} {n}\r\n\r\nThis is message {n}.\r\n.\r\nIt ends.\r\n"


@dataclass(frozen=True)
class Mail:
    """A message, its lines ended by CRLF: there from `poll` on. `size`: what LIST says of it; `stored` and `where`:
    how and in which Maildirs it has to lie there in the end, if that is not as it came, in any."""

    text: bytes
    uid: str
    size: int
    poll: int = 1
    stored: bytes = b""
    where: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """One table of a file. `me`: a word of its own, which is its account, its user and whom its mail is for."""

    name: str
    me: str
    answers: Mapping[str, Sequence[str]]
    mail: tuple[Mail, ...]
    offers: tuple[str, ...] = ("USER", "TOP", "UIDL", "PIPELINING")
    settings: str = ""
    mended: str | None = None
    tls: str = ""
    says: tuple[str, ...] = ("",) * POLLS
    early: tuple[int, ...] | None = None
    stays: tuple[int, ...] = ()
    never: tuple[str, ...] = ()
    drops: bool = False
    refuses: bool = False
    oauth: bool = False

    def answer(self, verb: str, words: str, poll: int) -> str | None:
        """What it says to that in the poll, counted from 1; None: it is honest."""
        if poll > POLLS:
            return None
        found = self.answers.get(f"{verb} {words}", self.answers.get(verb))
        return found[min(poll, len(found)) - 1] if found else None

    @property
    def falls_silent(self) -> bool:
        """Whether there is a poll in which it says nothing more."""
        return any("<silence>" in each for texts in self.answers.values() for each in texts)


def scenarios(file: str) -> list[Scenario]:
    """Those of a file, `pop3/lists.toml`."""
    tables = tomllib.loads((HERE / file).read_text())
    word = Path(file).stem
    return [_scenario(f"{word}{number:02}", name, table) for number, (name, table) in enumerate(tables.items(), 1)]


def _scenario(me: str, name: str, table: dict[str, Any]) -> Scenario:
    upper = {key: _each(value) for key, value in table.items() if key[:4].isupper()}
    answers = {key: tuple(each.replace("{me}", me) for each in value) for key, value in upper.items()}
    rest = {key: value for key, value in table.items() if key not in upper}
    mail = tuple(_mail(each, me, n) for n, each in enumerate(rest.pop("mail", [SEED] * 3), 1))
    says = _each(rest.pop("says", ""))
    rest = {key: tuple(value) if isinstance(value, list) else value for key, value in rest.items()}
    return Scenario(name, me, answers, mail, says=says * POLLS if len(says) == 1 else says, **rest)


def _mail(given: str | dict[str, Any], me: str, n: int) -> Mail:
    table = {"text": given} if isinstance(given, str) else given
    text = _filled(table.get("text", SEED), me, n)
    return Mail(
        text,
        table.get("uid", f"{me}-{n}"),
        table.get("size", len(text)),
        table.get("poll", 1),
        _filled(table.get("stored", ""), me, n),
        tuple(table.get("where", ())),
    )


def _filled(text: str, me: str, n: int) -> bytes:
    return expanded(text.replace("{me}", me).replace("{n}", str(n)))


def _each(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
