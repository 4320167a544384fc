"""A pattern: which addresses a rule takes, and how specific it is."""

from functools import lru_cache
from typing import Protocol

from sortlang.address import Address, InvalidAddress, folded, normal_domain, unfit_letter
from sortlang.frozen import frozen
from sortlang.globs.glob import Glob, GlobRank

MAX_LENGTH = 1024
_MAX_LABEL = 127
"""63 letters, and a `*` before, between and behind them."""

Rank = tuple[GlobRank, GlobRank, bool, str]


class InvalidPattern(ValueError):
    """Text that is no pattern; the message is a clause that says why, `hint` what to write instead."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.hint = hint


@frozen
class Pattern:
    """A glob for the local part, one for the domain; `bare` is lone `*`, which also takes mail without a recipient."""

    local: Glob
    domain: Glob
    bare: bool = False

    @staticmethod
    def parse(text: str) -> "Pattern":
        """The pattern that `text` spells, split at its last `@` and normalised; raises InvalidPattern."""
        if len(text) > MAX_LENGTH:
            raise InvalidPattern(f"a pattern has at most {MAX_LENGTH} characters")
        if text and not text.strip("*"):
            return Pattern(Glob("*"), Glob("*"), bare=True)
        local, at, domain = text.rpartition("@")
        if not (local and domain):
            raise _incomplete(local, at, domain)
        return Pattern(_local(local), _domain(domain))

    @property
    def rank(self) -> Rank:
        """The key to sort by, the most specific first: local, domain, lone `*` last, and the text to tell ties apart.

        As each half extends inclusion, so does the whole: a pattern that takes less ranks before one that takes more.
        """
        return (self.local.rank, self.domain.rank, self.bare, str(self))

    def matches(self, address: Address | None) -> bool:
        """Whether the pattern takes the address; None is mail in which no recipient was found."""
        if address is None:
            return self.bare
        return self.local.matches(address.local) and self.domain.matches(address.domain)

    def captures(self, address: Address) -> tuple[str, str]:
        """What the `*` of the local part took, as it was spelled, and what that of the domain took."""
        return self.local.capture(address.local, address.spelled), self.domain.capture(address.domain)

    def __str__(self) -> str:
        return "*" if self.bare else f"{self.local.text}@{self.domain.text}"


class Patterned(Protocol):
    """Whatever has a pattern: all that tables and the meaning of rules ask of a rule."""

    @property
    def pattern(self) -> Pattern: ...


def _incomplete(local: str, at: str, domain: str) -> InvalidPattern:
    """Why a text without two halves is no pattern, and the pattern that was probably meant."""
    if at and domain:
        return InvalidPattern("nothing stands before the `@`", f"write `*@{domain}`")
    if local:
        return InvalidPattern("nothing stands after the `@`", f"write `{local}@*`")
    if at or not domain:
        return InvalidPattern("a pattern needs a local part, an `@` and a domain", "write `*` for all mail")
    meant = f"*@{domain}" if "." in domain else f"{domain}@*"
    return InvalidPattern("a pattern needs a local part, an `@` and a domain", f"write `{meant}`")


def _local(text: str) -> Glob:
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    if "@" in text and not quoted:
        raise InvalidPattern("a pattern has one `@`", "a comma separates patterns")
    if unfit := unfit_letter(text):
        raise InvalidPattern(f"a pattern cannot hold {unfit}")
    return Glob.of(folded(text))


@lru_cache(maxsize=4096)
def _domain(text: str) -> Glob:
    if "*" not in text:
        return Glob(_label(text))
    if "[" in text:
        raise InvalidPattern(f"`{text}` is no domain name")
    labels = text.removesuffix(".").split(".")
    return Glob.of(".".join(_starred(each) if "*" in each else _label(each) for each in labels))


def _label(text: str) -> str:
    try:
        return normal_domain(text)
    except InvalidAddress as why:
        raise InvalidPattern(str(why)) from None


def _starred(label: str) -> str:
    """A label with `*`: its A-label is not known before the `*` is, so it cannot hold letters that need one."""
    if not label.isascii():
        raise InvalidPattern(
            f"`{label}` has a `*` beside letters that are not ASCII", "write the label in its `xn--` form, or `*` alone"
        )
    if not label.translate(_ALLOWED).isalnum() or len(label) > _MAX_LABEL:
        raise InvalidPattern(f"`{label}` is no part of a domain name")
    return label.lower()


_ALLOWED = str.maketrans("*-_", "xxx")
