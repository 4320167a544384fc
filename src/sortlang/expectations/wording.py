"""Wording: the `expect` that says what is so, ready to be pasted."""

import re

from sortlang.address import Address
from sortlang.expectations.asking import asked
from sortlang.expectations.verdict import places
from sortlang.program import Program


def worded(address: Address | None, program: Program, account: str | None) -> str:
    """`expect anna@ex.com in "office" -> anna@ex.com;`: where the program sends that mail now."""
    through = f" in {_quoted(account)}" if account is not None else ""
    found = (_bare(each) if "@" in each else each for each in places(asked(address, program, account)))
    return f"expect {_bare(str(address)) if address else '*'}{through} -> {', '.join(found)};"


def _bare(address: str) -> str:
    """An address without quotes, where it can do without."""
    return address if _PLAIN.fullmatch(address) else _quoted(address)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_PLAIN = re.compile(r"[\w.+@-]*[\w@]")
