"""A Verdict: what the other side says of a copy that is handed on."""

from typing import Literal

from fetchrun.delivery.copies import Copy
from sortlang.frozen import frozen


@frozen
class Verdict:
    """`accepted`: theirs from now on. `deferred`: not now. `failed`: never, as it is. `why` for a person."""

    copy: Copy
    fate: Literal["accepted", "deferred", "failed"]
    why: str = ""
