"""SMTP: a server that takes a message for all or for nobody (RFC 5321)."""

from fetchrun.delivery.relay import Relay


class Smtp(Relay):
    """Of the arguments the first says where it is: `HOST:PORT` or `unix:/path`."""

    def __init__(self, arguments: tuple[str, ...]) -> None:
        super().__init__(arguments[0], lmtp=False)
