"""Rules: what a file means, every name resolved."""

from dataclasses import dataclass, field
from typing import Literal

from sortlang.pattern import Pattern
from sortlang.source import Span


def _place() -> Span:
    """A field that says where something stands and never takes part in `==`."""
    return field(compare=False, repr=False, kw_only=True)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Target:
    """The right side of a rule.

    `address`: `local` and `domain` may each hold one or more `*`, which stand for what the pattern's `*` took.
    `discard`: to the trash. `keep`: stays on the server, delivered nowhere.
    """

    kind: Literal["address", "discard", "keep"]
    local: str = ""
    domain: str = ""
    span: Span = _place()

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}" if self.kind == "address" else self.kind


@dataclass(frozen=True, slots=True)
class Rule:
    """`sort P -> T, …` or `copy P -> T, …`; one Rule for each pattern. `account` is its scope; none: the whole file."""

    kind: Literal["sort", "copy"]
    pattern: Pattern
    targets: tuple[Target, ...]
    account: str | None = None
    description: str = field(compare=False, default="")
    span: Span = _place()

    def __str__(self) -> str:
        return f"{self.kind} {self.pattern} -> {', '.join(map(str, self.targets))}"


@dataclass(frozen=True, slots=True)
class Transport:
    """`transport P -> maildir "path"`: how mail for the deliver-to addresses that `pattern` matches is delivered."""

    pattern: Pattern
    kind: Literal["maildir"]
    arguments: tuple[str, ...]
    description: str = field(compare=False, default="")
    span: Span = _place()

    def __str__(self) -> str:
        arguments = " ".join(f'"{each}"' for each in self.arguments)
        return f"transport {self.pattern} -> {self.kind} {arguments}"


@dataclass(frozen=True, slots=True)
class Password:
    """Where the password comes from; the secret itself only if `kind` is `literal`, and then never shown."""

    kind: Literal["env", "file", "command", "literal"]
    value: str = field(repr=False)
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class Tls:
    """`required`: implicit TLS, on port 110 STLS; `starttls`: STLS; `off`: in the clear. The certificate is always checked.

    `ca`: a PEM file to trust instead of the system's; `name`: the name the certificate must bear; `minimum`: "1.2" or "1.3".
    """

    mode: Literal["required", "starttls", "off"] = "required"
    ca: str | None = None
    name: str | None = None
    minimum: Literal["1.2", "1.3"] = "1.2"
    span: Span | None = field(compare=False, repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Envelope:
    """`envelope "X-Original-To" strip "prefix-"`: the headers asked first, in order, and the prefix taken off their addresses."""

    headers: tuple[str, ...] = ()
    strip: str = ""


FOREVER = float("inf")
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Account:
    """One remote maildrop and how it is fetched. Times in seconds, sizes in bytes; None: not said, no bound."""

    name: str
    server: str
    port: int
    user: str
    password: Password
    tls: Tls = Tls()
    limit_messages: int | None = None
    limit_bytes: int | None = None
    skip_over: int | None = None
    keep: float = 0.0
    """How long a delivered message stays on the server, from first seen; 0: deleted at once, FOREVER: never."""
    every: float = 60.0
    start: Literal["all", "new"] | float = "all"
    """Of the mail that lies there at the first poll: all, none of it, or what arrived in the last so many seconds."""
    deliver: tuple[Target, ...] = ()
    """All mail of the account goes there, no sorting."""
    envelope: Envelope = Envelope()
    trust_hops: int = 1
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


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that a file and its includes say; tuples in the order of the text, which means nothing."""

    accounts: tuple[Account, ...] = ()
    sorts: tuple[Rule, ...] = ()
    copies: tuple[Rule, ...] = ()
    transports: tuple[Transport, ...] = ()
    trash: float = 30 * DAY
    span: Span = _place()
