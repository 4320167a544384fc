"""A file of mailboxes: one address or local part a line."""

import re
from collections.abc import Iterator

from sortlang.address import Address, InvalidAddress
from sortlang.diagnostic import Diagnostic, error
from sortlang.source import Source, Span

MOST = 20
"""So many findings of one file: whoever named the wrong file need not see all of it."""

_LINE = re.compile(r"^[ \t]*(?P<said>[^\s#](?:[^\r\n#]|(?<![ \t])#)*)", re.MULTILINE)


def mailboxes(source: Source, domain: str, found: list[Diagnostic]) -> Iterator[str]:
    """The local parts, folded; what is no mailbox of the domain is a finding. A `#` begins a comment."""
    wrong = 0
    for line in _LINE.finditer(source.text):
        text = line["said"].rstrip()
        span = Span(source, line.start("said"), line.start("said") + len(text))
        try:
            yield local_part(text, domain)
        except InvalidAddress as why:
            wrong += 1
            if wrong <= MOST:
                found.append(
                    error("invalid-mailbox", str(why), span, f"one address of {domain}, or local part, a line")
                )


def local_part(text: str, domain: str) -> str:
    """The folded local part of a name in the domain, whether it is written out or not; raises InvalidAddress."""
    address = Address.parse(text if "@" in text else f"{text}@{domain}")
    if address.domain != domain:
        raise InvalidAddress(f"`{address}` does not lie in {domain}")
    return address.local
