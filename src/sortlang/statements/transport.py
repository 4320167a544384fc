"""Where a Maildir lies: a path with placeholders, below its root."""

import re

from sortlang.mistake import mistake
from sortlang.suggest import did_you_mean
from sortlang.syntax.tree import Value
from sortlang.values import text

PLACEHOLDERS = ("local", "domain", "address")


def template(value: Value) -> str:
    """The path of a `maildir`; raises Mistake when it may leave its root or names a placeholder that is none."""
    path = text(value, "the path")
    for name in re.findall(r"\{([^{}]*)\}", path):
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
            hint = did_you_mean(name, PLACEHOLDERS) or f"there are {known}"
            raise mistake("unknown-placeholder", f"`{{{name}}}` stands for nothing", value.span, hint)
    if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", path)):
        raise mistake("unknown-placeholder", "a brace that is not part of a placeholder", value.span)
    if ".." in path.split("/"):
        raise mistake(
            "unsafe-path",
            "the path climbs out of its folder with `..`",
            value.span,
            "write the folder itself, absolute or below the state folder",
        )
    return path
