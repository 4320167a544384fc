"""An address: what stands before and after its last `@`, normalised once."""

import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

import idna

MAX_LENGTH = 320


class InvalidAddress(ValueError):
    """Text that is no address; the message is a clause that says why."""


@dataclass(frozen=True, slots=True)
class Address:
    """`local` is case-folded NFC and `domain` lower-case A-labels, both for comparing; `spelled` is the local part as written."""

    local: str
    domain: str
    spelled: str = field(compare=False)

    @staticmethod
    def parse(text: str) -> "Address":
        """The address that `text` spells, split at its last `@`; raises InvalidAddress."""
        local, at, domain = text.strip().rpartition("@")
        if not at or not local:
            raise InvalidAddress("an address needs a local part, an `@` and a domain")
        if len(text) > MAX_LENGTH:
            raise InvalidAddress(f"an address has at most {MAX_LENGTH} characters")
        return Address(folded(_local(local)), normal_domain(domain), local)

    def __str__(self) -> str:
        return f"{self.spelled}@{self.domain}"


def folded(local: str) -> str:
    """A local part as it is compared."""
    return local.lower() if local.isascii() else unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).casefold())


def _local(local: str) -> str:
    bad = next((letter for letter in local if letter in "*\x7f" or letter < " " or "\ud800" <= letter <= "\udfff"), None)
    if bad is not None:
        raise InvalidAddress(f"an address cannot hold {'`*`' if bad == '*' else f'the character U+{ord(bad):04X}'}")
    return local


@lru_cache(maxsize=4096)
def normal_domain(domain: str) -> str:
    """Lower-case A-labels without the trailing dot (UTS 46, non-transitional); raises InvalidAddress."""
    bare = domain.removesuffix(".")
    if _plain(bare):
        return bare.lower()
    try:
        return idna.encode(bare, uts46=True, transitional=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as why:
        raise InvalidAddress(f"`{bare}` is no domain name: {why}") from None


def _plain(domain: str) -> bool:
    """ASCII labels of 1 to 63 letters, digits, `-` and `_`, or a literal `[…]`: nothing for IDNA to do."""
    if domain.startswith("[") and domain.endswith("]"):
        return domain.isascii() and domain.isprintable()
    labels = domain.split(".")
    return domain.isascii() and len(domain) <= 253 and all(0 < len(each) <= 63 and _label(each) for each in labels)


def _label(label: str) -> bool:
    return label.replace("-", "").replace("_", "").isalnum()
