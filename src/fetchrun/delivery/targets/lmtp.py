"""LMTP: a server that answers for each recipient by itself (RFC 2033)."""

from fetchrun.delivery.places import Place
from fetchrun.delivery.relay import Relay


class Lmtp(Relay):
    """Of the arguments the first says where it is: `HOST:PORT` or `unix:/path`."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.arguments[0], access=place.access, lmtp=True)
