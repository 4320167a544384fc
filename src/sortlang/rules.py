"""Rules: what a file means, every name resolved."""

from collections.abc import Sequence
from dataclasses import field
from typing import Literal

from sortlang.address import Address
from sortlang.frozen import frozen
from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern
from sortlang.source import Span


def _place() -> Span:
    """A field that says where something stands and never takes part in `==`."""
    return field(compare=False, repr=False, kw_only=True)  # type: ignore[no-any-return]


@frozen
class Target:
    """The right side of a rule.

    `address`: `local` and `domain` may each hold one or more `*`, which stand for what the pattern's `*` took.
    `discard`: to the trash. `keep`: stays on the server, delivered nowhere. `group` is the name that stands for it in
    the text, if one does.
    """

    kind: Literal["address", "discard", "keep"]
    local: str = ""
    domain: str = ""
    group: str = field(compare=False, default="")
    span: Span = _place()

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}" if self.kind == "address" else self.kind


@frozen(weakref_slot=True)
class Rule:
    """`sort P -> T, …` or `copy P -> T, …`; one Rule for each pattern. `account` is its scope; none: the whole file.

    `list`: `sort list "dev.lists.org" -> T`; the domain of its pattern is the List-Id, no address meets it.
    `detail`: nobody wrote it; it is what a `domain … detail "+"` adds to the rule that stands at its span.
    """

    kind: Literal["sort", "copy", "list"]
    pattern: Pattern
    targets: tuple[Target, ...]
    account: str | None = None
    description: str = field(compare=False, default="")
    detail: bool = False
    span: Span = _place()

    def __str__(self) -> str:
        left = f'sort list "{self.pattern.domain.text}"' if self.kind == "list" else f"{self.kind} {self.pattern}"
        return f"{left} -> {', '.join(map(str, self.targets))}"


@frozen
class Alias:
    """A line of an `aliases` file: mail for `local` goes to these addresses instead."""

    local: str
    targets: tuple[Address, ...]
    span: Span = _place()


@frozen
class Domain:
    """A local domain. `mailboxes`: the local parts (folded) that exist; None: whatever a rule names does.

    `aliases` as they stand, each local part once; `detail`: what parts a local part from its detail, or empty.
    """

    name: str
    mailboxes: frozenset[str] | None = field(default=None, repr=False)
    aliases: tuple[Alias, ...] = field(default=(), repr=False)
    detail: str = ""
    description: str = field(compare=False, default="")
    span: Span = _place()


@frozen
class Group:
    """`group sales = anna@ex.com, …`: what the name stands for, groups in it followed. `used`: something names it."""

    name: str
    targets: tuple[Target, ...]
    used: bool = False
    description: str = field(compare=False, default="")
    span: Span = _place()


@frozen
class Password:
    """Where the password comes from; the secret itself only if `kind` is `literal`, and then never shown.

    `credential`: the name of a systemd credential. `keyring`: a service in the user's keyring; the login name is the
    account's. `oauth`: there is none, `Account.oauth` says how to get a token.
    """

    kind: Literal["env", "file", "command", "credential", "keyring", "oauth", "literal"]
    value: str = field(repr=False)
    span: Span = _place()


@frozen
class OAuth:
    """How to get an access token with a refresh token (RFC 6749 §6).

    `token_endpoint` is an https URL. `client_secret`: None for public clients. `refresh_token`: the file that holds it,
    and that gets a new one when the provider sends one.
    """

    provider: Literal["google", "microsoft", "other"]
    token_endpoint: str
    client_id: str
    refresh_token: str
    client_secret: Password | None = None
    scope: str = ""
    span: Span = _place()


@frozen
class Tls:
    """`required`: implicit TLS, on port 110 STLS; `starttls`: STLS; `off`: in the clear. The certificate is checked.

    `ca`: a PEM file to trust instead of the system's; `name`: what the certificate must bear; `minimum`: the version.
    `pins`: SHA-256 of certificates in lower-case hex; the server's must be one of them, besides all else.
    """

    mode: Literal["required", "starttls", "off"] = "required"
    ca: str | None = None
    name: str | None = None
    minimum: Literal["1.2", "1.3"] = "1.2"
    pins: tuple[str, ...] = ()
    span: Span | None = field(compare=False, repr=False, default=None)

    def __str__(self) -> str:
        words = [
            "tls",
            self.mode,
            *([f'ca "{self.ca}"'] if self.ca else []),
            *([f'name "{self.name}"'] if self.name else []),
        ]
        words += ["min 1.3"] if self.minimum == "1.3" else []
        return " ".join([*words, *(f'pin "sha256:{each}"' for each in self.pins)])


@frozen
class Access:
    """How an `lmtp` or `smtp` server is entered. No `user`: nobody logs in. `tls` as of an account, but implicit TLS is
    on port 465; None: TLS where the server offers it, its certificate not checked. As text it shows no secret.
    """

    user: str = ""
    password: Password | None = None
    auth: Literal["auto", "plain", "login", "cram-md5", "scram-sha-256"] = "auto"
    tls: Tls | None = None

    def __str__(self) -> str:
        words = [f'user "{self.user}"'] if self.user else []
        if self.password:
            literal = self.password.kind == "literal"
            words.append(
                "password in the file" if literal else f'password {self.password.kind} "{self.password.value}"'
            )
        words += [f"auth {self.auth}"] if self.auth != "auto" else []
        return " ".join([*words, *([str(self.tls)] if self.tls else [])])


@frozen
class Transport:
    """`transport P -> maildir "path"`: how mail for the deliver-to addresses that `pattern` matches is delivered.

    `arguments`: the path of a `maildir`; `HOST:PORT` (IPv6 in brackets) or `unix:/path` of `lmtp` and `smtp`; the
    program of a `pipe` and its arguments. `detail` as of a Rule.
    """

    pattern: Pattern
    kind: Literal["maildir", "lmtp", "smtp", "pipe"]
    arguments: tuple[str, ...]
    description: str = field(compare=False, default="")
    detail: bool = False
    access: Access = Access()
    span: Span = _place()

    def __str__(self) -> str:
        return f"transport {self.pattern} -> {self.way}"

    @property
    def way(self) -> str:
        """What stands on the right, without secrets."""
        access = str(self.access)
        return " ".join([self.kind, *(f'"{each}"' for each in self.arguments), *([access] if access else [])])


@frozen
class Envelope:
    """`envelope "X-Original-To" strip "prefix-"`: headers asked first, in order, and what is taken off addresses."""

    headers: tuple[str, ...] = ()
    strip: str = ""


@frozen
class Hours:
    """When an account is asked, in local time: minutes since midnight, the end not included; days from Monday, 0 to 6.

    A start behind the end goes on past midnight, and the day is that on which it starts. Equal: all day.
    """

    start: int = 0
    end: int = 0
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)


FOREVER = float("inf")
DAY = 86_400.0


@frozen
class Account:
    """One remote maildrop and how it is fetched. Times in seconds, sizes in bytes; None: not said, no bound."""

    name: str
    server: str
    port: int
    user: str
    password: Password
    oauth: OAuth | None = None
    auth: Literal["auto", "plain", "login", "apop", "cram-md5", "scram-sha-256", "xoauth2", "oauthbearer"] = "auto"
    tls: Tls = Tls()
    limit_messages: int | None = None
    limit_bytes: int | None = None
    skip_over: int | None = None
    keep: float = 0.0
    """How long a delivered message stays on the server, from first seen; 0: deleted at once, FOREVER: never."""
    every: float = 60.0
    hours: Hours | None = None
    start: Literal["all", "new"] | float = "all"
    """Of the mail that lies there at the first poll: all, none of it, or what arrived in the last so many seconds."""
    deliver: tuple[Target, ...] = ()
    """All mail of the account goes there, no sorting."""
    envelope: Envelope = Envelope()
    trust_hops: int = 1
    trust_by: tuple[Glob, ...] = ()
    """The hosts whose Received lines are the provider's own, by name; none: `trust_hops` says how many lines are."""
    guess: bool = True
    duplicates: float | None = None
    """How long a mail is remembered, so that a target gets a second copy of it no more; 0: it gets all.

    None, not said: a week, and only where the recipients are guessed.
    """
    pipeline: Literal["auto", "on", "off"] = "auto"
    timeout: float = 60.0
    stamp: bool = True
    disabled: bool = False
    description: str = field(compare=False, default="")
    span: Span = _place()
    places: dict[str, Span] = field(compare=False, repr=False, default_factory=dict, kw_only=True)
    """Where each setting stands, by its name: an error at run time names the line to mend."""

    def place(self, *settings: str) -> Span:
        """The first of the settings that the file has; else the account itself."""
        return next((self.places[each] for each in settings if each in self.places), self.span)


@frozen
class Expectation:
    """`expect … -> T, …`: what the rules are to do, for `sortlang test`; mail goes where it goes without it.

    `address`: mail for `address` (None: without a recipient) goes to the targets and nowhere else, `sort` and `copy`
    together. `message`: so does the message in `file`, all its recipients together. `every`: so does mail for every
    address of `pattern`; `*` on the right is what the pattern's `*` took. `never`: no mail for an address of `pattern`
    goes to what a target takes; there `*` stands for anything. `account`: through which the mail comes in.
    """

    kind: Literal["address", "message", "every", "never"]
    targets: tuple[Target, ...]
    address: Address | None = None
    pattern: Pattern | None = None
    file: str = ""
    account: str | None = None
    description: str = field(compare=False, default="")
    span: Span = _place()

    def __str__(self) -> str:
        subject = f'"{self.file}"' if self.kind == "message" else self.pattern or self.address or "*"
        word = "" if self.kind == "address" else f"{self.kind} "
        through = f' in "{self.account}"' if self.account else ""
        return f"expect {word}{subject}{through} -> {', '.join(map(str, self.targets))}"


@frozen
class Rules:
    """Everything that a file and its includes say; in the order of the text, which means nothing.

    Behind the rules and transports that somebody wrote stand those that `detail` adds.
    """

    accounts: tuple[Account, ...] = ()
    sorts: Sequence[Rule] = ()
    copies: tuple[Rule, ...] = ()
    transports: tuple[Transport, ...] = ()
    lists: tuple[Rule, ...] = ()
    domains: tuple[Domain, ...] = ()
    groups: tuple[Group, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    trash: float = 30 * DAY
    span: Span = _place()
