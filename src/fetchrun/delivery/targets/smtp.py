"""SMTP: a server that takes a message for all or for nobody (RFC 5321)."""

from fetchrun.delivery.places import Place
from fetchrun.delivery.relay import Relay


class Smtp(Relay):
    """Of the arguments the first says where it is: `HOST:PORT` or `unix:/path`."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.arguments[0], access=place.access, lmtp=False)
