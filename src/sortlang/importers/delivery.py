"""Delivery: folders, programs and hosts mail was given to, as transports."""

import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sortlang.diagnostic import Diagnostics
from sortlang.importers.draft import Transport, changed, dropped, unread
from sortlang.importers.settings import Text
from sortlang.importers.spelling import cited, host, quoted, whole

_SHELL = re.compile(r"[|&;<>$`*?!\n]")


def maildir(pattern: str, folder: Text) -> tuple[Transport | None, Diagnostics]:
    """`maildir "path"`; none for a path that the language refuses."""
    path = folder.text.rstrip("/") or folder.text
    if not path or ".." in path.split("/") or re.search(r"[{}]", path):
        return None, (
            unread(folder.span, f"the path {cited(folder.text)} cannot be kept", "write a transport by hand"),
        )
    if not path.startswith(("/", "~")):
        note = changed(folder.span, f"the path {cited(path)} is taken from the state folder here")
        return Transport(pattern, f"maildir {quoted(path)}", (note,), folder.span), ()
    return Transport(pattern, f"maildir {quoted(posixpath.normpath(path))}", (), folder.span), ()


def pipe(pattern: str, command: Text, escapes: Mapping[str, str]) -> tuple[Transport | None, Diagnostics]:
    """`pipe "program" "argument" …`; `escapes`: what the input writes for the recipient, and what we do."""
    try:
        words = shlex.split(command.text)
    except ValueError:
        words = []
    if not words:
        return None, (unread(command.span, f"{cited(command.text)} is no command"),)
    if _SHELL.search(command.text):
        return _shell(pattern, command, escapes)
    return program(pattern, words, command, escapes)


def _shell(pattern: str, command: Text, escapes: Mapping[str, str]) -> tuple[Transport | None, Diagnostics]:
    """By way of the shell; whom it is for comes as `$1`, never as a part of the command."""
    line, notes = command.text, _senders(command.text, escapes, command)
    for written in (each for each, ours in escapes.items() if not ours):
        line = re.sub(rf"(?:\s(?:-f|-r|--from))?[ =]?'?{re.escape(written)}'?", "", line)
    used = [each for each, ours in escapes.items() if ours and each in line]
    for place, each in enumerate(used, 1):
        line = line.replace(f"'{each}'", each).replace(each, f'"${place}"')
    words = ["/bin/sh", "-c", line, *(["sh", *used] if used else [])]
    way, lost = program(pattern, words, command, escapes)
    return (replace(way, notes=way.notes + notes) if way else None), lost


def program(
    pattern: str, words: Sequence[str], where: Text, escapes: Mapping[str, str]
) -> tuple[Transport | None, Diagnostics]:
    """`pipe` with its words given. `escapes` that stand for nothing here are the sender's: they are left out."""
    every = " ".join(words)
    if re.search(r"[{}]", every):
        return None, (unread(where.span, "the command holds braces, which stand for something here"),)
    notes = _senders(every, escapes, where) + tuple(
        changed(where.span, f"`{each}` has no counterpart and stays as it is")
        for each in dict.fromkeys(re.findall(r"%\(\w+\)|%[A-Z]", every))
        if each not in escapes
    )
    kept = _without_sender(words, [each for each, ours in escapes.items() if not ours])
    if not kept or not kept[0].strip():
        return None, (*notes, unread(where.span, f"{cited(every)} names no program"))
    for written, ours in escapes.items():
        kept = [each.replace(f"'{written}'", written).replace(written, ours) for each in kept]
    return Transport(pattern, f"pipe {' '.join(map(quoted, kept))}", notes, where.span), ()


def _senders(text: str, escapes: Mapping[str, str], where: Text) -> Diagnostics:
    written = [each for each, ours in escapes.items() if not ours and each in text]
    return tuple(dropped(where.span, f"`{each}`: no program is told the sender in its arguments") for each in written)


def _without_sender(words: Sequence[str], senders: Sequence[str]) -> list[str]:
    """The words without those that hold the sender, and without the `-f` before them."""
    kept: list[str] = []
    for each in words:
        if not any(sender in each for sender in senders):
            kept.append(each)
        elif kept and kept[-1] in ("-f", "-r", "--from") and not each.startswith("-"):
            kept.pop()
    return kept


def mailer(pattern: str, kind: str, target: Text, port: int | None = None) -> tuple[Transport | None, Diagnostics]:
    """`smtp "host:port"` or `lmtp "host:port"`; `target` is `host` or `host/port`, for LMTP a path of a socket too."""
    if target.text.startswith("/") and kind == "lmtp":
        return Transport(pattern, f"lmtp {quoted('unix:' + target.text)}", (), target.span), ()
    name, _, number = target.text.partition("/")
    found = host(name)
    if found is None:
        return None, (unread(target.span, f"{cited(target.text)} is no host name"),)
    number = str(whole(number, 65_535) or port or _PORTS[kind])
    said = f"[{found}]:{number}" if ":" in found else f"{found}:{number}"
    return Transport(pattern, f"{kind} {quoted(said)}", (), target.span), ()


_PORTS = {"smtp": 25, "lmtp": 24}


def mbox(path: Text) -> Diagnostics:
    """One file for all mail has no counterpart: it goes to the Maildir that every address has."""
    said = f"the mbox file {cited(path.text)} has no counterpart: its mail goes to a Maildir"
    return (dropped(path.span, said, "write a `transport … -> maildir` for it, or leave it to the default"),)
