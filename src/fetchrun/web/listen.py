"""Where to listen: this machine alone, unless somebody insists."""

from ipaddress import ip_address

from sortlang.frozen import frozen


class InvalidListen(ValueError):
    """The text names no place to listen at; the message is a clause."""


@frozen
class Listen:
    """An address of this machine and a port; 0 is any that is free."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether nobody from elsewhere gets there."""
        return ip_address(self.host).is_loopback

    @staticmethod
    def parse(text: str, *, anywhere: bool = False) -> "Listen":
        """`127.0.0.1:9110`, `[::1]:9110`. Raises InvalidListen; without `anywhere` also for other machines' sake."""
        host, colon, port = text.rpartition(":")
        host = {"localhost": "127.0.0.1"}.get(host, host.removeprefix("[").removesuffix("]"))
        try:
            found = Listen(str(ip_address(host)), int(port))
        except ValueError:
            raise InvalidListen("write an IP address and a port, like 127.0.0.1:9110") from None
        if not (colon and port.isdecimal() and found.port < 65_536):
            raise InvalidListen("a port is a number from 0 to 65535")
        if not found.loopback and not anywhere:
            raise InvalidListen(f"{host} can be reached from elsewhere, and the page asks for no password")
        return found
