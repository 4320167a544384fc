"""A host: a domain name or an IP address."""

from ipaddress import ip_address

from sortlang.address import InvalidAddress, normal_domain
from sortlang.mistake import mistake
from sortlang.syntax.tree import Value
from sortlang.values.plain import shown, text


def host(value: Value) -> str:
    """The host in lower-case A-labels, or the IP address; raises Mistake."""
    name = text(value, "the host")
    if is_ip(name):
        return name
    if ":" in name:
        address, _, port = name.rpartition(":")
        raise mistake("wrong-value", f"{shown(value)} is no host name", value.span, _with_port(address, port))
    try:
        return normal_domain(name)
    except InvalidAddress as why:
        raise mistake("wrong-value", str(why), value.span) from None


def is_loopback(name: str) -> bool:
    """Whether what is sent to the host never leaves this machine."""
    if is_ip(name):
        return ip_address(name).is_loopback
    return name == "localhost" or name.endswith(".localhost")


def is_ip(name: str) -> bool:
    """Whether it is an IP address, of either version."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _with_port(address: str, port: str) -> str:
    return f'write `server "{address.strip("[]")}" port {port}`' if port.isdigit() else "write the name alone"
