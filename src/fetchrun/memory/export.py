"""Export: all that the ledger knows, as plain values; no mail, no secrets."""

import json
from collections.abc import Iterator
from typing import Any

from fetchrun.memory.ledger import Ledger

_PAGE = 10_000
_OF = "accounts ON accounts.key = messages.account"
_SOURCES = {
    "account": ("accounts", "id name first_poll last_poll"),
    "message": (
        f"messages JOIN {_OF}",
        "accounts.id uid generation size head sha256 octets first_seen messages.state owed failures retry_at digest "
        "kept asked gone",
    ),
    "copy": (
        f"copies JOIN messages ON messages.key = message JOIN {_OF}",
        "accounts.id uid generation target copies.name fate addresses recipients source rule copies.digest "
        "copies.state since note",
    ),
}


def exported(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """A record for each maildrop, message and copy, in this order; `kind` says which it is. Raises Trouble.

    `account` is who the maildrop is; times in Unix seconds, hashes in hexadecimal; a uid is text, with `\\xNN` for
    what is none.
    """
    for kind, (source, columns) in _SOURCES.items():
        key = f"{source.split()[0]}.key"
        query = f"SELECT {key}, {columns.replace(' ', ', ')} FROM {source} WHERE {key} > ? ORDER BY {key} LIMIT {_PAGE}"  # noqa: S608 - ours
        names = [each.replace("accounts.id", "account").rpartition(".")[2] for each in columns.split()]
        last = 0
        while rows := ledger.database.read(query, (last,)):
            last = rows[-1][0]
            for row in rows:
                yield {"kind": kind} | {name: _plain(name, value) for name, value in zip(names, row[1:], strict=True)}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace") if name == "uid" else value.hex()
    return json.loads(value) if name in ("addresses", "recipients") else value
