"""Provenance: who sent a message, who brought it, whether it goes round."""

import re
from collections.abc import Iterable, Sequence
from ipaddress import ip_address

from fetchrun.delivery.letter import Client
from fetchrun.delivery.stamp import DELIVERY_ID, named_account
from sortlang.address import Address, InvalidAddress
from sortlang.mail.message import Field, trusted

MAX_HOPS = 50


def sender(fields: Sequence[Field], hops: int) -> str:
    """The envelope sender, from the topmost Return-Path that the provider wrote; empty for `<>`, and if there is none.

    Never from the From line: who is named there asked for no bounce.
    """
    line = next((each for each in fields if each.name == b"return-path"), None)
    edge = trusted(fields, hops)
    if line is None or (edge and line.start > edge[-1].start):
        return ""
    try:
        return str(Address.parse(line.value.decode().strip().removeprefix("<").removesuffix(">")))
    except (InvalidAddress, UnicodeDecodeError):
        return ""


def client(fields: Sequence[Field], hops: int) -> Client | None:
    """The host that brought the message to the provider, from the lowest trusted Received line (RFC 5321 §4.4).

    Its address is the only one in brackets before `by`; in doubt there is none, for its name is what it called itself.
    """
    lines = trusted(fields, hops)
    origin = _ORIGIN.match(lines[-1].value) if lines else None
    found = _ADDRESS.findall(origin[0]) if origin else []
    if len(found) != 1:
        return None
    try:
        address = str(ip_address(found[0].decode("latin-1").lower().removeprefix("ipv6:")))
    except ValueError:
        return None
    helo = _HELO.match(lines[-1].value)
    name = _NAME.search(lines[-1].value)
    return Client(address, _host(name[1]) if name else "", _host(helo[1]) if helo else "")


def rounds(fields: Sequence[Field], account: str, recipients: Iterable[Address]) -> str:
    """Why the message must not be delivered once more: it goes round. Empty: it does not."""
    names = [each.name for each in fields]
    if names.count(b"received") > MAX_HOPS:
        return f"it has passed more than {MAX_HOPS} hosts"
    if b"x-fetchrun" not in names:
        return ""
    ours = named_account(account)
    if not any(each.name == b"x-fetchrun" and each.value.startswith(ours) for each in fields):
        return ""
    known = {each for line in fields if line.name == b"delivered-to" for each in _address(line.value)}
    again = next((each for each in recipients if each in known), None)
    return f"it was delivered to {again} before, from this account" if again else ""


def without_forged(head: bytes, fields: Sequence[Field]) -> bytes:
    """The head without a Delivery-Id that we did not write."""
    for each in reversed(fields):
        if each.name == DELIVERY_ID:
            head = head[: each.start] + head[each.end :]
    return head


_ORIGIN = re.compile(rb"from\s.*?(?=\sby\s)", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(rb"\[([0-9A-Fa-f.:IPVv]{3,50})\]")
_HELO = re.compile(rb"from\s+([A-Za-z0-9.-]{1,253})[\s(]", re.IGNORECASE)
_NAME = re.compile(rb"\(([A-Za-z0-9.-]{1,253}) \[")


def _host(name: bytes) -> str:
    text = name.decode("ascii").rstrip(".")
    return "" if text.lower() == "unknown" else text


def _address(value: bytes) -> list[Address]:
    try:
        return [Address.parse(value.decode().strip())]
    except (InvalidAddress, UnicodeDecodeError):
        return []
