"""The words that begin a statement or setting: recovery cuts at them."""

from collections.abc import Mapping
from types import MappingProxyType

from sortlang.syntax.tree import Shape

# The grammar does not know these; they only tell where, in a broken text, the next statement is likely to begin.
KEYWORDS: Mapping[str, Shape] = MappingProxyType(
    {
        "account": "block",
        "defaults": "block",
        "domain": "block",
        "group": "group",
        "sort": "arrow",
        "copy": "arrow",
        "transport": "arrow",
        "expect": "arrow",
        "include": "setting",
    }
)
INSIDE = frozenset({"sort", "copy"})
"""Those that may stand in a block as well."""

# fmt: off
SETTINGS = frozenset({
    "aliases", "auth", "deliver", "detail", "disabled", "duplicates", "envelope", "every",
    "guess", "keep", "limit", "mailboxes", "oauth", "password", "pipeline", "server", "skip",
    "stamp", "start", "timeout", "tls", "trash", "trust", "user",
})
# fmt: on
"""Words that begin a setting, if they begin a line in a block and a value stands before them."""

ENTERED = frozenset({"lmtp", "smtp"})
ACCESS = frozenset({"auth", "password", "tls", "user"})
"""Behind the servers that the ones name, the others may begin a line and go on with the statement."""

SECRET = frozenset({"password", "oauth"})
"""Settings whose values no message repeats."""
