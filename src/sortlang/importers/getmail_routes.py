"""Where getmail takes mail: destinations, and sorters between them."""

import re
from dataclasses import dataclass, field

from sortlang.diagnostic import Diagnostic, Diagnostics
from sortlang.importers import delivery
from sortlang.importers.draft import Sort, Transport, changed, dropped, unread
from sortlang.importers.ini import Ini, Section
from sortlang.importers.regex import patterns
from sortlang.importers.settings import Text
from sortlang.importers.spelling import address, cited, local, whole
from sortlang.importers.tuples import pairs, strings

_ESCAPES = {
    "%(recipient)": "{address}",
    "%(local)": "{local}",
    "%(domain)": "{domain}",
    "%(sender)": "",
}
DEPTH = 10


@dataclass(slots=True)
class Routes:
    """What the destinations become; `sections` are the names of those that mail gets to."""

    deliver: tuple[str, ...] = ()
    rules: tuple[Sort, ...] = ()
    transports: tuple[Transport, ...] = ()
    notes: tuple[Diagnostic, ...] = ()
    sections: set[str] = field(default_factory=set)

    def way(self, way: Transport | None, notes: Diagnostics = ()) -> None:
        """One more way to deliver, or what is to be said in its place."""
        self.transports += (way,) if way else ()
        self.notes += notes


def routes(file: Ini, retriever: Section, simple: bool) -> Routes:
    """All the ways from `[destination]` on."""
    found = Routes()
    start = file.sections.get("destination")
    own = _own(retriever)
    if start is None:
        found.notes += (unread(retriever.name.span, "there is no `[destination]` section"),)
        found.deliver = (own,)
        return found
    kind = start.get("type")
    if kind and kind.text in ("MultiSorter", "MultiGuesser"):
        _sorter(file, start, kind, found)
        return found
    if not simple:
        said = "a multidrop mailbox has one destination: its recipients are not asked for"
        found.notes += (changed(start.name.span, said),)
    found.deliver = _section(file, start, own, found, 0)
    return found


def _own(retriever: Section) -> str:
    """The address of a mailbox for one: its user, if that is one."""
    name, server = retriever.get("username"), retriever.get("server")
    user = name.text if name else "mail"
    return address(user) or address(f"{local(user)}@{server.text if server else ''}") or f"{local(user)}@localhost"


def _sorter(file: Ini, section: Section, kind: Text, found: Routes) -> None:
    """`locals`, each pair a rule, and `default`, the rule for the rest."""
    if kind.text == "MultiGuesser":
        said = "`MultiGuesser` asks the headers in its own order; here envelope headers come first, then To and Cc"
        found.notes += (changed(kind.span, said),)
    listed = section.get("locals")
    for expression, where in _locals(listed, found):
        found.rules += _rules(expression, _target(file, where, found, 0))
    if listed and found.rules:
        said = "an expression takes every address that contains it; a pattern here takes whole addresses"
        found.notes += (changed(section.values["locals"][0].span, said),)
    if any("*" in each.pattern for each in found.rules) and listed:
        said = "every expression that matches counts; of the patterns here the most specific one does"
        found.notes += (changed(section.values["locals"][0].span, said),)
    default = section.get("default")
    if default is None:
        found.notes += (unread(section.name.span, "there is no `default`"),)
        return
    found.rules += (Sort("*", _target(file, default, found, 0), span=default.span),)


def _locals(value: Text | None, found: Routes) -> list[tuple[Text, Text]]:
    if value is None:
        return []
    listed = pairs(value)
    if listed is None:
        found.notes += (unread(value.span, "`locals` is no tuple of pairs"),)
    return listed or []


def _rules(expression: Text, targets: tuple[str, ...]) -> tuple[Sort, ...]:
    taken = patterns(expression.text)
    if not taken:
        said = f"{cited(expression.text)} is no address and no domain"
        note = dropped(expression.span, said, f"write `sort … -> {', '.join(targets)}` by hand")
        return (Sort("", (), (note,), span=expression.span),)
    return tuple(Sort(each, targets, span=expression.span) for each in taken)


def _target(file: Ini, where: Text, found: Routes, depth: int) -> tuple[str, ...]:
    """The addresses that stand for a destination: `[section]`, a Maildir `/…/` or an mbox file `/…`."""
    name = where.text.strip()
    if name.startswith("[") and name.endswith("]"):
        section = file.sections.get(name[1:-1])
        if section is None:
            found.notes += (unread(where.span, f"there is no section {cited(name)}"),)
            return (f"{local(name)}@localhost",)
        return _section(file, section, f"{local(name[1:-1])}@localhost", found, depth)
    own = f"{_folder(name)}@localhost"
    if name.endswith("/"):
        found.way(*delivery.maildir(own, Text(name, where.span)))
    else:
        found.way(None, delivery.mbox(Text(name, where.span)))
    return (own,)


def _folder(path: str) -> str:
    """A name for a folder: its own, or its owner's where it is called as all are."""
    parts = [each for each in path.split("/") if each.strip("~")]
    named = [
        each for each in parts if each.lower() not in ("maildir", "mail", "inbox", "home", "mbox", ".maildir", "new")
    ]
    return local((named or parts or ["mail"])[-1].strip("~"))


def _section(file: Ini, section: Section, own: str, found: Routes, depth: int) -> tuple[str, ...]:
    found.sections.add(section.name.text)
    kind, path = section.get("type"), section.get("path")
    name = kind.text if kind else ""
    if name == "MultiDestination" and depth < DEPTH:
        listed = section.get("destinations")
        every = [_target(file, each, found, depth + 1) for each in (strings(listed) if listed else [])]
        return tuple(dict.fromkeys(each for one in every for each in one)) or (own,)
    _remarks(section, found)
    if name == "Maildir" and path:
        found.way(*delivery.maildir(own, path))
    elif name == "Mboxrd" and path:
        found.way(None, delivery.mbox(path))
    elif name == "MDA_external" and path:
        found.way(*_program(section, path, own))
    elif name == "MDA_lmtp" and (server := section.get("host")):
        port = section.get("port")
        found.way(*delivery.mailer(own, "lmtp", server, whole(port.text, 65_535) if port else None))
    else:
        said = f"the destination {cited(name or 'without a type')} has no counterpart"
        found.notes += (dropped(kind.span if kind else section.name.span, said, "write a `transport` by hand"),)
    return (own,)


def _program(section: Section, path: Text, own: str) -> tuple[Transport | None, Diagnostics]:
    listed = section.get("arguments")
    words = [each.text for each in strings(listed)] if listed else []
    return delivery.program(own, [path.text, *words], path, _ESCAPES)


def _remarks(section: Section, found: Routes) -> None:
    for key, (word, value) in section.values.items():
        remark = _REMARKS.get(key)
        if remark and value.text and not re.fullmatch(r"(?i)false|0|none|no", value.text):
            found.notes += (dropped(word.span, f"`{key}`: {remark}"),)


_REMARKS = {
    "user": "everything is delivered as the user who runs the program",
    "group": "everything is delivered as the user who runs the program",
    "filemode": "files are readable by their owner alone",
    "unixfrom": "no `From ` line is put above a message",
    "allow_root_commands": "a program runs as whoever started the runner",
    "locktype": "a Maildir needs no locks",
    "ignore_stderr": "a program fails by its exit status alone",
    "pipe_stdout": "what a program prints is not shown",
    "fallback": "what is refused is kept",
    "override": "mail goes to the address that a rule says",
}
