"""Trouble: what the world does to a session, said in one sentence."""


class Trouble(Exception):
    """The session ends here. Caught at one border, in `session`; nothing that was delivered is lost by it.

    `step` is where it happened: `password`, `connect`, `tls`, `login`, `protocol`, `disk`. `settings` are the account
    settings whose line the admin will want to look at, the likeliest first. `temporary`: trying later may help.
    """

    def __init__(
        self,
        step: str,
        sentence: str,
        *,
        settings: tuple[str, ...] = ("server",),
        hint: str = "",
        temporary: bool = True,
    ) -> None:
        super().__init__(sentence)
        self.step = step
        self.sentence = sentence
        self.settings = settings
        self.hint = hint
        self.temporary = temporary


class Oversized(Trouble):
    """A message is larger than anybody has to take, whatever the server said of its size."""


class Denied(Trouble):
    """The server knows us, or not, and does not let us in: to try again with the same secret is to be locked out."""
