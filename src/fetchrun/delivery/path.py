"""Where a Maildir lies: a template filled with an address."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from sortlang.address import Address

COMPONENT_SIZE = 64


@lru_cache(maxsize=4096)
def maildir(template: str, address: Address, state: Path) -> Path:
    """The Maildir of a deliver-to address; a relative template starts at `state`, which is absolute, `~/` at home.

    `{local}`, `{domain}` and `{address}` become a part of one path component each, whatever stands in the address: what
    the template says above them cannot be left. Addresses that compare equal share a Maildir.
    """
    values = {"local": address.local, "domain": address.domain, "address": f"{address.local}@{address.domain}"}
    root = Path.home() if template.startswith("~/") else state
    return root / _PLACEHOLDER.sub(lambda found: component(values[found[1]]), template.removeprefix("~/"))


def filled(template: str, address: Address) -> str:
    """A program's argument: each placeholder becomes what `component` makes of it, and no option comes of it."""
    values = {"local": address.local, "domain": address.domain, "address": f"{address.local}@{address.domain}"}
    text = _PLACEHOLDER.sub(lambda found: component(values[found[1]]), template)
    return text if template.startswith("-") or not text.startswith("-") else f"%2D{text[1:]}"


def component(text: str) -> str:
    """One path component for any text but the empty one, and another for each text.

    Bytes other than `a-z0-9._+=@-`, and a dot in front, are `%XX`. What would be longer than COMPONENT_SIZE is cut,
    and a hash behind a `~` tells it apart from what was cut alike.
    """
    raw = text.encode("utf-8", "surrogateescape")
    encoded = _UNSAFE.sub(lambda found: b"%%%02X" % found[0][0], raw).decode("ascii")
    if len(encoded) <= COMPONENT_SIZE:
        return encoded
    mark = "~" + hashlib.sha256(raw).hexdigest()[:24]
    return encoded[: COMPONENT_SIZE - len(mark)] + mark


_PLACEHOLDER = re.compile(r"\{(local|domain|address)\}")
_UNSAFE = re.compile(rb"^\.|[^a-z0-9._+=@-]")
