"""A table on disk with bytes changed: refused, or it answers as it did."""

from fuzz.feed import Feed
from in_memory import program
from sortlang.address import Address
from sortlang.store import restore, store
from sortlang.stored.blocks import Unusable

TEXT = """account "x" < server "pop.ex.com"; user "x"; password env "P"; sort "*@x.ex.com" -> "*@ex.com"; >
sort "*@ex.com" -> "*@ex.com"; sort anna@ex.com, b*@*.org -> anna@home.net; copy "*a*b*@ex.com" -> log@ex.com;
transport "*@home.net" -> maildir "home/{local}"; sort * -> admin@ex.com;
"""
PROGRAM = program(TEXT)
TABLE = b"".join(store(PROGRAM))
ASKED = [Address.parse(each) for each in ("anna@ex.com", "bob@a.org", "axbx@ex.com", "c@x.ex.com", "d@elsewhere.net")]


def check(data: bytes) -> None:
    """The data says where a byte becomes another, where the table ends, or is a table itself."""
    feed = Feed(data)
    if feed.number(4) == 0:
        changed = feed.rest()
    else:
        content = bytearray(TABLE[: len(TABLE) - feed.number(256) * feed.number(2)])
        for _ in range(feed.number(4)):
            content[(feed.number(256) << 8 | feed.number(256)) % len(content)] = feed.number(256)
        changed = bytes(content)
    try:
        found = restore(changed)
        answers = [str(found.route(each)) for each in ASKED]
    except Unusable:
        return
    assert changed == TABLE or answers == [str(PROGRAM.route(each)) for each in ASKED]
