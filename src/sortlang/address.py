"""An address: what stands before and after its last `@`, normalised once."""

import unicodedata
from dataclasses import field
from functools import lru_cache

from sortlang.frozen import frozen

MAX_HALF = 255
"""Characters in a local part, and in a domain: RFC 1035 §2.3.4 for the one, what a file name takes for the other."""


class InvalidAddress(ValueError):
    """Text that is no address; the message is a clause that says why."""


@frozen
class Address:
    """`local` (case-folded NFC) and `domain` (lower-case A-labels) are to compare; `spelled` is as it was written."""

    local: str
    domain: str
    spelled: str = field(compare=False)

    @staticmethod
    def parse(text: str) -> "Address":
        """The address that `text` spells, split at its last `@`; raises InvalidAddress."""
        local, at, domain = text.strip().rpartition("@")
        if not at or not local:
            raise InvalidAddress("an address needs a local part, an `@` and a domain")
        if "*" in local:
            raise InvalidAddress("an address cannot hold `*`")
        if unfit := unfit_letter(local):
            raise InvalidAddress(f"an address cannot hold {unfit}")
        if len(local) > MAX_HALF:
            raise InvalidAddress(f"a local part has at most {MAX_HALF} characters")
        return Address(folded(local), normal_domain(domain), local)

    def __str__(self) -> str:
        return f"{self.spelled}@{self.domain}"


def folded(local: str) -> str:
    """A local part as it is compared: case-folded NFC; the same again when folded again."""
    return (
        local.lower()
        if local.isascii()
        else unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).casefold())
    )


def unfit_letter(local: str) -> str:
    """What no local part holds, by name: a control character, line end, surrogate or unquoted space; else nothing."""
    if local.isascii() and local.isprintable() and " " not in local:
        return ""
    quoted = len(local) > 1 and local[0] == local[-1] == '"'
    unfit = next(
        (each for each in local if unicodedata.category(each) in _UNFIT or (each.isspace() and not quoted)), None
    )
    if unfit is None:
        return ""
    return "a space" if unfit == " " else f"the character U+{ord(unfit):04X}"


_UNFIT = {"Cc", "Cs", "Zl", "Zp"}


@lru_cache(maxsize=4096)
def normal_domain(domain: str) -> str:
    """Lower-case A-labels without the trailing dot (UTS 46, non-transitional); raises InvalidAddress."""
    bare = domain.removesuffix(".")
    if len(bare) > MAX_HALF:
        raise InvalidAddress(f"a domain has at most {MAX_HALF} characters")
    normal = bare.lower() if bare.isascii() else _encoded(bare)
    if not _plain(normal):
        raise InvalidAddress(f"`{bare}` is no domain name")
    return normal


def _encoded(domain: str) -> str:
    """Mapped as a whole, for the mapping makes dots; then label by label, so that `_` beside umlauts stays allowed."""
    import idna  # its tables take a while, and most domains are ASCII

    try:
        labels = idna.uts46_remap(domain, std3_rules=False).removesuffix(".").split(".")
        return ".".join(each if each.isascii() else idna.alabel(each).decode("ascii") for each in labels)
    except (idna.IDNAError, UnicodeError) as why:
        raise InvalidAddress(f"`{domain}` is no domain name: {_clause(why)}") from None


def _clause(why: Exception) -> str:
    text = str(why)
    return text[:1].lower() + text[1:]


def _plain(domain: str) -> bool:
    """Labels of 1 to 63 letters, digits, `-` and `_`, or an address literal (RFC 5321 §4.1.3)."""
    if domain.startswith("[") and domain.endswith("]"):
        return domain[1:-1].replace(":", "").replace(".", "").replace("-", "").isalnum()
    return len(domain) <= 253 and all(0 < len(each) <= 63 and _label(each) for each in domain.split("."))


def _label(label: str) -> bool:
    return label.translate(_JOINERS).isalnum()


_JOINERS = str.maketrans("-_", "xx")
