"""Kerio Connect: POP3 accounts and sorting rules, from XML, JSON or CSV."""

import re
from collections.abc import Iterator

from sortlang.diagnostic import Diagnostic
from sortlang.importers import settings
from sortlang.importers.draft import Block, Draft, Line, Secret, Sort, changed, dropped, unread
from sortlang.importers.kerio_records import Record, records
from sortlang.importers.settings import Text
from sortlang.importers.spelling import address, cited, local, pattern, plain, quoted, size, whole
from sortlang.source import Source, Span

_SERVER = ("server", "pop3server", "hostname", "host")
_USER = ("username", "user", "login", "pop3user")
_PASSWORD = ("password", "pop3password")
_SORT = ("sortaddress", "sortedaddress")
_DELIVER = ("deliverto", "deliveryaddress", "deliveraddress", "deliver")
_ACTIVE = ("isactive", "active", "enabled")
_HEADER = ("sorttype", "preferredheader", "sortheader", "header")
_RULES = ("usesortingrules", "usesorting")
_MODE = ("mode", "sslmode", "ssl", "usessl")
_AUTH = ("authentication", "auth", "useapop", "apop")
_COUNT = ("maxcount", "maxmessages", "messagecount")
_BYTES = ("messagelimitvalue", "messagelimit", "maxsize", "sizelimit")
_UNITS = ("messagelimitunits", "messagelimitunit")
_LEAVE = ("leaveonserverenabled", "leaveonserver", "leavecopy")
_AFTER = ("leaveonserverremoveafterperiodvalue", "removeafterperiod", "removeafter", "deleteafter")
_AFTER_ON = ("leaveonserverremoveafterperiodenabled", "removeafterperiodenabled")
_DUPLICATES = ("dropduplicates", "dropduplicate")
_KNOWN = {
    *(*_SERVER, *_USER, *_PASSWORD, *_SORT, *_DELIVER, *_ACTIVE, *_HEADER, *_RULES, *_MODE, *_AUTH, *_COUNT),
    *(*_BYTES, *_UNITS, *_LEAVE, *_AFTER, *_AFTER_ON, *_DUPLICATES, "description", "port", "id", "comment", "number"),
}
_FACTORS = {"bytes": 1, "kilobytes": 2**10, "megabytes": 2**20, "gigabytes": 2**30}


def read(source: Source) -> Draft:
    """The draft of a configuration, of the administration interface's answers, or of a table; total."""
    accounts: list[Block] = []
    rules: list[Sort] = []
    for each in _ours(list(records(source))):
        if each.get(*_SORT):
            rules.append(_rule(each))
        elif each.get(*_SERVER) and each.get(*_USER) and not each.get("domainnames", "domains"):
            accounts.append(_account(each))
    start = Span(source, 0, 0)
    if not accounts and not rules:
        return Draft((unread(start, "neither a POP3 account nor a sorting rule is in this file"),))
    notes: list[Diagnostic] = []
    if accounts:
        said = "how often Kerio Connect fetched is in its scheduler, and not taken over"
        notes.append(dropped(start, said, "`every` is a minute unless you say otherwise"))
    return Draft(tuple(notes), (), tuple(accounts), tuple(rules))


def _ours(every: list[Record]) -> list[Record]:
    """Those of POP3 lists, where lists have names that say so; the configuration has many others."""
    named = [each for each in every if "pop" in each.group.lower()]
    return named or every


def _rule(record: Record) -> Sort:
    left, right = record.get(*_SORT), record.get(*_DELIVER)
    assert left
    span = left.span
    found = pattern(left.text)
    if found is None:
        return Sort("", (), (unread(span, f"{cited(left.text)} is no address to sort by"),), span=span)
    if right is None:
        return Sort("", (), (unread(span, f"{cited(left.text)} is delivered nowhere"),), span=span)
    targets, notes = _targets(right, found)
    if not targets:
        return Sort("", (), tuple(notes), span=span)
    off = _off(record)
    if off:
        notes.append(changed(span, f"the rule for {cited(left.text)} is switched off"))
    return Sort(found, targets, tuple(notes), _description(record), off, span)


def _targets(right: Text, left: str) -> tuple[tuple[str, ...], list[Diagnostic]]:
    """Where a rule delivers: addresses, `*@domain`, or names of users, groups and aliases of the local domain."""
    notes: list[Diagnostic] = []
    targets: list[str] = []
    for name in (each.strip() for each in re.split(r"[;,]", right.text)):
        found = _starred(name, left) if "*" in name else address(name if "@" in name else _local(name, left))
        if found is None:
            notes.append(unread(right.span, f"{cited(name)} is no address to deliver to"))
            continue
        targets.append(found)
        if "@" not in name:
            said = f"{cited(name)} is a user, a group or an alias of Kerio Connect: here it is {found}"
            notes.append(changed(right.span, said))
    return tuple(dict.fromkeys(targets)), notes


def _starred(name: str, left: str) -> str | None:
    """A target with `*`, where the pattern has one in the same part whose value always makes an address of it."""
    found = pattern(name)
    if found is None or left == "*" or "@" not in found:
        return None
    here, there = found.rsplit("@", 1), left.rsplit("@", 1)
    local_fits = "*" not in here[0] or there[0] == "*"
    domain_fits = "*" not in here[1] or there[1] == "*" or (here[1][:2], there[1][:2]) == ("*.", "*.")
    alone = all(each.count("*") <= 1 for each in (*here, *there))
    return found if local_fits and domain_fits and alone else None


def _local(name: str, left: str) -> str:
    domain = left.rpartition("@")[2]
    return f"{local(name)}@{'localhost' if '*' in domain else domain}"


def _account(record: Record) -> Block:
    name, server = record.get(*_USER), record.get(*_SERVER)
    assert name and server
    title = name.text if "@" in name.text else f"{name.text}@{server.text}"
    lines: list[Line] = []
    if _off(record):
        lines.append(Line("disabled"))
    mode = _mode(record)
    usual = 995 if mode == "required" else 110
    lines += [settings.server(server, record.get("port"), usual), settings.user(name, record.span)]
    lines.append(_tls(record, mode))
    lines += _auth(record)
    lines += _limits(record)
    lines += _keep(record)
    lines += _sorting(record)
    notes = [
        dropped(word.span, f"{cited(word.text)} is unknown")
        for known, (word, value) in record.values.items()
        if known not in _KNOWN and value.text
    ]
    stood = record.get(*_PASSWORD)
    secret = Secret(stood.span if stood else record.span, stood is not None)
    return Block(title, secret, tuple(lines), (), tuple(notes), _description(record))


def _mode(record: Record) -> str:
    """`required`, `starttls` or `off`."""
    said = record.get(*_MODE)
    text = said.text.lower() if said else "0"
    if text in ("stlscommand", "2", "stls", "starttls"):
        return "starttls"
    return "required" if text in ("specialport", "1", "true", "yes", "ssl") else "off"


def _tls(record: Record, mode: str) -> Line:
    said = record.get(*_MODE)
    where = said.span if said else record.span
    if mode == "off":
        return Line("tls off", (changed(where, "without SSL the password goes in the clear"),))
    return Line(f"tls {mode}")


def _auth(record: Record) -> Iterator[Line]:
    said = record.get(*_AUTH)
    if said and said.text.lower() in ("apop", "1", "true"):
        yield Line("auth apop")


def _limits(record: Record) -> Iterator[Line]:
    if count := record.get(*_COUNT):
        yield from settings.limit(count, "maxCount")
    if volume := record.get(*_BYTES):
        units = record.get(*_UNITS)
        number = whole(volume.text)
        factor = _FACTORS.get(units.text.lower(), 0) if units else 1
        if number is None or not factor:
            yield Line("", (unread(volume.span, f"{cited(volume.text)} is no size of mail for a session"),))
        elif number:
            yield Line(f"limit {size(number * factor)}")


def _keep(record: Record) -> Iterator[Line]:
    leave, after, bounded = record.get(*_LEAVE), record.get(*_AFTER), record.get(*_AFTER_ON)
    if leave is None or not _true(leave):
        return
    said = "mail that Kerio Connect fetched already and left there is fetched once more"
    note = changed(leave.span, said, "`start new` leaves all that lies there now")
    days = settings.days(after, "removeAfterPeriod") if after and (bounded is None or _true(bounded)) else []
    yield from [Line(each.text, each.notes) for each in days] or [Line("keep forever")]
    yield Line("", (note,))


def _sorting(record: Record) -> Iterator[Line]:
    """`deliver`, or the header that the sorting rules ask first."""
    rules, target, header = record.get(*_RULES), record.get(*_DELIVER), record.get(*_HEADER)
    if target and not (rules and _true(rules)):
        found = address(target.text if "@" in target.text else f"{local(target.text)}@localhost")
        if found is None:
            yield Line("", (unread(target.span, f"{cited(target.text)} is no address to deliver to"),))
            return
        said = f"{cited(target.text)} is a user, a group or an alias of Kerio Connect: here it is {found}"
        yield Line(f"deliver {plain(found)}", () if "@" in target.text else (changed(target.span, said),))
        return
    if header and header.text.lower() != "received":
        yield Line(f"envelope {quoted(settings.header(header.text))}")
    duplicates = record.get(*_DUPLICATES)
    if duplicates and _true(duplicates):
        said = "every recipient gets a message once; Kerio Connect drops all copies but the first one's"
        yield Line("duplicates drop 7d", (changed(duplicates.span, said),))


def _off(record: Record) -> bool:
    said = record.get(*_ACTIVE)
    return said is not None and not _true(said)


def _true(value: Text) -> bool:
    return value.text.lower() in ("1", "true", "yes", "on", "x")


def _description(record: Record) -> str:
    said = record.get("description", "comment")
    return said.text if said else ""
