"""Settings: the words a block may hold, what each says, how it is read."""

from typing import Literal

from sortlang.frozen import frozen
from sortlang.reader import Facets, Reader
from sortlang.readers import bounds, envelope, every, lists, oauth, server, switch, tls
from sortlang.readers.password import password
from sortlang.syntax.tree import Statement

Block = Literal["account", "defaults", "domain"]
BOTH: tuple[Block, ...] = ("account", "defaults")


@frozen
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
        "password",
        'password env "NAME"',
        "where the password comes from: env, file, command, credential, keyring, or a literal",
        password,
    ),
    Setting(
        "oauth",
        'oauth google client-id "ID" client-secret env "NAME" refresh-token "file"',
        "instead of a password, a token from google, microsoft or another provider",
        oauth.oauth,
    ),
    Setting("auth", "auth auto", "how to log in: auto, or one mechanism", switch.auth),
    Setting(
        "tls",
        "tls required",
        "required, starttls or off; ca, name, min and pin say what certificate and version to accept",
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
    Setting(
        "every", "every 1m between 06:00 and 22:00 on mon-fri", "how often the account is asked, and when", every.every
    ),
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
    Setting(
        "trust",
        "trust hops 1",
        "which Received lines are the provider's own: so many from the top, or by the names of hosts",
        envelope.trust,
    ),
    Setting("guess", "guess off", "whether To and Cc say whom mail is for if nothing better does", switch.guess),
    Setting(
        "duplicates",
        "duplicates drop 7d",
        "how long a mail is remembered, so that nobody gets it twice; keep: not at all",
        envelope.duplicates,
    ),
    Setting("timeout", "timeout 60s", "how long the server may be silent", bounds.timeout),
    Setting("pipeline", "pipeline off", "whether commands are sent before answers are there", switch.pipeline),
    Setting("stamp", "stamp off", "whether our trace headers stand above delivered mail", switch.stamp),
    Setting("disabled", "disabled", "the block is not in force", switch.disabled, ("account", "defaults", "domain")),
    Setting("trash", "trash 30d", "how long discarded mail can be restored", bounds.trash, ("defaults",)),
    Setting("mailboxes", 'mailboxes "people.txt"', "the file that names the mailboxes", lists.mailboxes, ("domain",)),
    Setting("aliases", 'aliases "aliases"', "the file of aliases, as of aliases(5)", lists.aliases, ("domain",)),
    Setting("detail", 'detail "+"', "the sign before the detail of a local part", lists.detail, ("domain",)),
)

BY_NAME = {each.name: each for each in SETTINGS}


def names(block: Block) -> tuple[str, ...]:
    """The words that may stand in the block."""
    return tuple(each.name for each in SETTINGS if block in each.blocks)
