"""Mpop: an mpoprc and its accounts (mpop(1), 1.4)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sortlang.diagnostic import Diagnostic
from sortlang.importers import delivery, settings
from sortlang.importers.draft import Block, Draft, Line, Secret, Transport, changed, dropped, unread
from sortlang.importers.mpop_lines import Command, line
from sortlang.importers.settings import Text
from sortlang.importers.spelling import address, cited, local, plain
from sortlang.source import Source, Span

_LINE = re.compile(r"(?m)^[ \t]*(?P<word>[^\s#]\S*)[ \t]*(?P<rest>[^\n]*)")
_SECRET = re.compile(r"(?im)^([ \t]*(?:password|passwordeval|eval)[ \t]+)([^\n]*)$")
_PRINTS = re.compile(r"(?:/\S*/)?(?:echo|printf)\b")


@dataclass(slots=True)
class Part:
    """An account with all it has said and inherited, by word."""

    name: Text
    said: dict[str, Command]


def hidden(text: str) -> str:
    """The text with `*` for every password, and for one that `passwordeval` prints by itself."""
    return _SECRET.sub(_hide, text)


def _hide(match: re.Match[str]) -> str:
    head, rest = match.groups()
    evaluates = head.split()[-1].lower() == "passwordeval" and not _PRINTS.match(rest.strip().strip('"'))
    return match.group() if evaluates else head + "*" * len(rest)


def read(source: Source) -> Draft:
    """The draft of an mpoprc; total."""
    notes: list[Diagnostic] = []
    parts = _parts(list(_commands(source)), notes)
    blocks: list[Block] = []
    transports: list[Transport] = []
    taken: dict[str, str] = {}
    for each in parts:
        own = _address(each)
        way, lost = _way(each, own)
        if way and taken.setdefault(own, way.way) != way.way:
            own = f"{local(each.name.text)}@localhost"
            way = replace(way, pattern=own)
        transports += [way] if way else []
        blocks.append(_block(each, own, lost))
    return Draft(tuple(notes), (), tuple(blocks), (), tuple(dict.fromkeys(transports)))


def _commands(source: Source) -> Iterator[Command]:
    for match in _LINE.finditer(source.text):
        start, end = match.span("rest")
        rest = match["rest"].rstrip()
        inner = rest[1:-1] if len(rest) > 1 and rest[0] == rest[-1] == '"' else rest
        word = Span(source, *match.span("word"))
        yield Command(Text(match["word"].lower(), word), Text(inner, Span(source, start, end) if rest else word))


def _parts(commands: list[Command], notes: list[Diagnostic]) -> list[Part]:
    """Every account, what it inherits filled in."""
    parts: dict[str, Part] = {}
    defaults: dict[str, Command] = {}
    into: dict[str, Command] | None = None
    for each in commands:
        if each.word.text == "defaults":
            into = defaults
        elif each.word.text == "account":
            into = _begin(each, parts, defaults, notes)
        elif each.word.text == "eval":
            notes.append(unread(each.word.span, "`eval` needs its command run", "run it, and import what it prints"))
        elif into is None:
            notes.append(unread(each.word.span, f"{cited(each.word.text)} stands in no account"))
        else:
            into[each.word.text] = each
    return [
        each for name, each in parts.items() if name != "default" or ("host" in each.said and not _alias(each, parts))
    ]


def _begin(
    command: Command, parts: dict[str, Part], defaults: Mapping[str, Command], notes: list[Diagnostic]
) -> dict[str, Command]:
    name, _, bases = command.value.text.partition(":")
    said = dict(defaults)
    for base in (each.strip() for each in bases.split(",") if each.strip()):
        if base in parts:
            said.update(parts[base].said)
        else:
            notes.append(unread(command.value.span, f"there is no account {cited(base)} above"))
    name = name.strip() or "unnamed"
    parts[name] = Part(Text(name, command.word.span), said)
    return said


def _alias(part: Part, parts: Mapping[str, Part]) -> bool:
    """`account default : work` says which one is fetched when none is named; here all are."""
    return any(part is not each and part.said == each.said for each in parts.values())


def _address(part: Part) -> str:
    """The address that mail of the account is delivered to: its user, if that is one."""
    name, server = part.said.get("user"), part.said.get("host")
    text = name.value.text if name else "mail"
    spelled = text if "@" in text else f"{local(text)}@{server.value.text if server else 'localhost'}"
    return address(spelled) or f"{local(part.name.text)}@localhost"


def _way(part: Part, own: str) -> tuple[Transport | None, tuple[Diagnostic, ...]]:
    said = part.said.get("delivery")
    if said is None:
        return None, (unread(part.name.span, "the account says no `delivery`"),)
    method, _, rest = said.value.text.partition(" ")
    if not rest and "," in method:
        method, _, rest = said.value.text.partition(",")
    target = Text(rest.strip().strip('"'), said.value.span)
    if method == "maildir":
        return delivery.maildir(own, target)
    if method == "mda":
        return delivery.pipe(own, target, {"%F": ""})
    if method == "mbox":
        return None, delivery.mbox(target)
    return None, (dropped(said.value.span, f"`delivery {method}` has no counterpart"),)


def _block(part: Part, own: str, lost: tuple[Diagnostic, ...]) -> Block:
    name, server, port = (part.said.get(each) for each in ("user", "host", "port"))
    usual = 995 if _on(part, "tls") and not _on(part, "tls_starttls", True) else 110
    lines = [settings.server(server.value if server else Text("", part.name.span), port.value if port else None, usual)]
    lines.append(settings.user(name.value if name else None, part.name.span))
    evaluated, stands = part.said.get("passwordeval"), part.said.get("password")
    secret = None
    if (
        evaluated
        and evaluated.value.text
        and not _PRINTS.match(evaluated.value.text)
        and "***" not in evaluated.value.text
    ):
        lines.append(settings.command(evaluated.value.text))
    else:
        where = stands or evaluated
        secret = Secret(where.word.span if where else part.name.span, where is not None)
    lines += _tls(part, usual)
    for each in part.said.values():
        lines += line(each)
    lines.append(Line(f"deliver {plain(own)}", lost))
    return Block(part.name.text, secret, tuple(lines))


def _on(part: Part, word: str, usual: bool = False) -> bool:
    said = part.said.get(word)
    return usual if said is None else said.value.text.lower() != "off"


def _tls(part: Part, usual: int) -> Iterator[Line]:
    if not _on(part, "tls"):
        said = part.said.get("tls")
        where = said.word.span if said else part.name.span
        yield Line("tls off", (changed(where, "without `tls on` the password goes in the clear"),))
    else:
        yield Line("tls required" if usual == 995 else "tls starttls")
