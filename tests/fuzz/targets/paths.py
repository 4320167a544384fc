"""Captures → addresses → paths: never outside of their root, and no two share one."""

import os
from pathlib import Path

from fetchrun.delivery.path import COMPONENT_SIZE, filled, maildir
from fuzz.feed import Feed
from in_memory import program
from sortlang.address import Address, InvalidAddress
from sortlang.program import Route

ROOT = Path("/state")
TEMPLATES = ("mail/{domain}/{local}", "{address}", "a/{local}b/{local}", "x{domain}y", "~/{local}/{domain}")
ACCOUNT = 'account "a" < server "s"; user "u"; password env "P"; >\n'
RULES = program(ACCOUNT + 'sort "*@*.ex.com" -> "*@*";\nsort "a*b@ex.com" -> "*-*@home.net";\nsort * -> all@ex.com;\n')


def check(data: bytes) -> None:
    """Two texts as addresses, and what the rules make of each."""
    feed = Feed(data)
    template = TEMPLATES[feed.number(len(TEMPLATES))]
    found = {each for text in feed.text().split("\0\n")[:2] for each in _addresses(text)}
    places = {each: _placed(template, each) for each in found}
    if ("{local}" in template and "{domain}" in template) or "{address}" in template:
        assert len(set(places.values())) == len(places), places


def _addresses(text: str) -> list[Address]:
    try:
        address = Address.parse(text)
    except InvalidAddress:
        return []
    return [address, *(each.address for each in _route(address).destinations if each.address)]


def _route(address: Address) -> Route:
    try:
        return RULES.route(address)
    except InvalidAddress:
        return RULES.salvaged(address)


def _placed(template: str, address: Address) -> Path:
    path = maildir(template, address, ROOT)
    root = Path.home() if template.startswith("~/") else ROOT
    parts = path.relative_to(root).parts
    assert len(parts) == template.removeprefix("~/").count("/") + 1, path
    assert Path(os.path.normpath(path)) == path and not {".", ".."} & {*parts}
    assert all(len(each.encode()) <= 2 * COMPONENT_SIZE + 2 and "\0" not in each for each in parts)
    words = filled("{local}", address), filled("{address}", address)
    assert not any(each.startswith("-") or "/" in each or "\0" in each for each in words)
    return path
