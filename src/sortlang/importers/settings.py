"""Settings of every kind of configuration: server, user, limits."""

from collections.abc import Callable

from sortlang.diagnostic import Diagnostics
from sortlang.frozen import frozen
from sortlang.importers.draft import Line, dropped, unread
from sortlang.importers.spelling import cited, duration, host, quoted, size, whole
from sortlang.source import Span


@frozen
class Text:
    """A word of the configuration and where it stands; `text` is what it says, without quotes and escapes."""

    text: str
    span: Span


def server(name: Text, port: Text | None, usual: int) -> Line:
    """`server "name" port N`, without the port where it is the usual one."""
    found = host(name.text)
    if found is None:
        lost = unread(name.span, f"{cited(name.text)} is no host name", "write the POP3 server's")
        return Line('server "unknown.invalid"', (lost,))
    if port is None:
        return Line(f"server {quoted(found)}")
    number = _service(port.text)
    if number is None:
        return Line(f"server {quoted(found)}", (unread(port.span, f"{cited(port.text)} is no port"),))
    return Line(f"server {quoted(found)}" + (f" port {number}" if number != usual else ""))


def _service(text: str) -> int | None:
    number = {"pop3": 110, "pop-3": 110, "pop3s": 995}.get(text.lower(), whole(text, 65_535))
    return number or None


def user(name: Text | None, where: Span) -> Line:
    """`user "name"`."""
    if name is None or not name.text:
        return Line('user "unknown"', (unread(where, "no user is named here", "write the name to log in with"),))
    return Line(f"user {quoted(name.text)}")


def command(line: str, notes: Diagnostics = ()) -> Line:
    """`password command "…"`."""
    return Line(f"password command {quoted(line)}", notes)


def limit(number: Text, name: str) -> list[Line]:
    """`limit N` messages a session; 0 is no limit."""
    return _number(number, name, lambda count: f"limit {min(count, 10**9)}")


def volume(number: Text, name: str) -> list[Line]:
    """`limit SIZE`: bytes a session."""
    return _number(number, name, lambda count: f"limit {size(count)}")


def skip(number: Text, name: str) -> list[Line]:
    """`skip over SIZE`."""
    return _number(number, name, lambda count: f"skip over {size(count)}")


def days(number: Text, name: str) -> list[Line]:
    """`keep Nd`."""
    return _number(number, name, lambda count: f"keep {duration(count * 86_400)}")


def timeout(number: Text, name: str) -> list[Line]:
    """`timeout`, in seconds."""
    return _number(number, name, lambda count: f"timeout {duration(count)}")


def every(number: Text, name: str, times: int = 1) -> list[Line]:
    """`every`, in seconds."""
    return _number(number, name, lambda count: f"every {duration(count * times)}")


def header(name: str) -> str:
    """The name of a header without what no such name can hold."""
    return "".join(each for each in name if "!" <= each <= "~" and each not in ':"\\') or "X-Unknown"


def unknown(name: Text) -> Line:
    """A word that this kind of configuration does not have, as far as we know."""
    return Line("", (dropped(name.span, f"{cited(name.text)} is unknown"),))


def _number(number: Text, name: str, said: Callable[[int], str]) -> list[Line]:
    count = whole(number.text)
    if count is None:
        return [Line("", (unread(number.span, f"{cited(number.text)} is no number for `{name}`"),))]
    return [Line(said(count))] if count else []
