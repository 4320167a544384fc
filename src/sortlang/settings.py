"""Settings: the words a block may hold, what each says, how it is read."""

from dataclasses import dataclass
from typing import Literal

from sortlang.reader import Facets, Reader
from sortlang.readers import bounds, envelope, server, switch, tls
from sortlang.readers.password import password
from sortlang.syntax.tree import Statement

Block = Literal["account", "defaults"]
BOTH: tuple[Block, ...] = ("account", "defaults")


@dataclass(frozen=True, slots=True)
class Setting:
    """One word: how it is written, what it says, how it is read (raises Mistake), the blocks it may stand in."""

    name: str
    usage: str
    doc: str
    reader: Reader
    blocks: tuple[Block, ...] = BOTH

    def read(self, statement: Statement) -> Facets:
        """What the statement says, by facet; raises Mistake."""
        return self.reader(statement, self.usage)


SETTINGS = (
    Setting(
        "server",
        'server "pop.example.com" port 995',
        "the POP3 server, and its port if it is not the usual one",
        server.server,
    ),
    Setting("user", 'user "anna@example.com"', "the name to log in with", server.user),
    Setting(
        "password", 'password env "NAME"', "where the password comes from: env, file, command, or a literal", password
    ),
    Setting(
        "tls",
        "tls required",
        "required, starttls or off; ca, name and min say what certificate and version to accept",
        tls.tls,
    ),
    Setting("limit", "limit 100", "at most so many messages, or bytes, a session", bounds.limit),
    Setting("skip", "skip over 25MB", "larger messages stay on the server and are reported", bounds.skip),
    Setting(
        "keep",
        "keep 7d",
        "how long delivered mail stays on the server; without it, it is deleted at once",
        bounds.keep,
    ),
    Setting("every", "every 1m", "how often the account is asked", bounds.every),
    Setting(
        "start", "start new", "of the mail that lies there at the first poll: all, new, or the last 30d", bounds.start
    ),
    Setting(
        "deliver",
        "deliver anna@example.com",
        "all mail of the account goes there, without sorting",
        envelope.deliver,
        ("account",),
    ),
    Setting(
        "envelope",
        'envelope "X-Original-To" strip "prefix-"',
        "the headers asked first for whom mail is",
        envelope.envelope,
    ),
    Setting("trust", "trust hops 1", "how many Received lines, from the top, are the provider's own", envelope.trust),
    Setting("timeout", "timeout 60s", "how long the server may be silent", bounds.timeout),
    Setting("stamp", "stamp off", "whether our trace headers stand above delivered mail", switch.stamp),
    Setting("disabled", "disabled", "the account is not fetched", switch.disabled, ("account",)),
    Setting("trash", "trash 30d", "how long discarded mail can be restored", bounds.trash, ("defaults",)),
)

BY_NAME = {each.name: each for each in SETTINGS}


def names(block: Block) -> tuple[str, ...]:
    """The words that may stand in the block."""
    return tuple(each.name for each in SETTINGS if block in each.blocks)
