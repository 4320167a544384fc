"""Getmail: a getmailrc, its retriever and options (getmail 6)."""

import re
from collections.abc import Callable, Iterator

from sortlang.diagnostic import Diagnostic
from sortlang.importers import settings
from sortlang.importers.draft import Block, Draft, Line, Secret, changed, dropped, unread
from sortlang.importers.getmail_routes import Routes, routes
from sortlang.importers.ini import Ini, Section, ini
from sortlang.importers.settings import Text
from sortlang.importers.spelling import cited, host, plain, quoted, whole
from sortlang.importers.tuples import strings
from sortlang.source import Source, Span

_SECRET = re.compile(r"(?im)^(password[ \t]*[:=][ \t]*)([^\n]*(?:\n[ \t]+[^\n]*)*)")
_TYPES = re.compile(r"(?:Simple|BrokenUIDL|Multidrop)POP3(?P<ssl>SSL)?Retriever|MultidropSDPSRetriever")
_PRINTS = ("echo", "printf")


def hidden(text: str) -> str:
    """The text with `*` for every password."""
    return _SECRET.sub(lambda match: match[1] + re.sub(r"\S", "*", match[2]), text)


def read(source: Source) -> Draft:
    """The draft of a getmailrc; total."""
    file = ini(source)
    retriever = file.sections.get("retriever")
    start = Span(source, 0, 0)
    if retriever is None:
        return Draft((*file.found, unread(start, "there is no `[retriever]` section")))
    kind = retriever.get("type")
    if kind is None or not _TYPES.fullmatch(kind.text):
        said = f"{cited(kind.text if kind else 'nothing')} fetches no POP3 mailbox, and only POP3 is fetched here"
        where = kind.span if kind else retriever.name.span
        return Draft((*file.found, dropped(where, said, "leave this account to getmail")))
    return _draft(file, retriever, kind)


def _draft(file: Ini, retriever: Section, kind: Text) -> Draft:
    simple = kind.text.startswith(("Simple", "BrokenUIDL"))
    found = routes(file, retriever, simple)
    lines = [*_retriever(retriever, kind), *_options(file.sections.get("options"), retriever)]
    if found.deliver:
        lines.append(Line(f"deliver {', '.join(map(plain, found.deliver))}"))
    name = retriever.get("username")
    server = retriever.get("server")
    user = name.text if name else "unknown"
    title = user if "@" in user else f"{user}@{server.text if server else 'unknown'}"
    account = Block(title, _secret(retriever), tuple(lines))
    notes = (*file.found, *_others(file, found), *found.notes)
    return Draft(notes, (), (account,), found.rules, found.transports)


def _secret(retriever: Section) -> Secret | None:
    if retriever.get("password_command") and _command(retriever):
        return None
    stands = retriever.get("password")
    return Secret(stands.span if stands else retriever.name.span, stands is not None)


def _command(retriever: Section) -> str:
    """The words of `password_command` as one line; nothing when it prints the password by itself."""
    said = retriever.get("password_command")
    words = [each.text for each in strings(said)] if said else []
    if not words or words[0].rsplit("/", 1)[-1] in _PRINTS:
        return ""
    return " ".join(
        each if re.fullmatch(r"[\w@%+=:,./-]+", each) else "'" + each.replace("'", "'\\''") + "'" for each in words
    )


def _retriever(section: Section, kind: Text) -> Iterator[Line]:
    ssl = kind.text.endswith("SSLRetriever")
    yield settings.server(
        section.get("server") or Text("", section.name.span), section.get("port"), 995 if ssl else 110
    )
    yield settings.user(section.get("username"), section.name.span)
    if command := _command(section):
        yield settings.command(command)
    yield from _tls(section, ssl)
    for key, (word, value) in section.values.items():
        if key in _RETRIEVER and value.text:
            yield from _RETRIEVER[key](word, value)
        elif key in _RETRIEVER_REMARKS and value.text.lower() not in ("", "false", "0"):
            yield Line("", (dropped(word.span, f"`{key}`: {_RETRIEVER_REMARKS[key]}"),))
        elif key not in _KNOWN | set(_RETRIEVER) | set(_RETRIEVER_REMARKS):
            yield settings.unknown(word)


def _tls(section: Section, ssl: bool) -> Iterator[Line]:
    kind = section.values["type"][0]
    if not ssl:
        yield Line("tls off", (changed(kind.span, "this retriever sends the password in the clear"),))
        return
    yield Line("tls required")
    if not section.get("ca_certs") and not section.get("ssl_fingerprints"):
        said = "getmail does not check the certificate without `ca_certs`; here it is checked"
        yield Line("", (changed(kind.span, said),))


def _envelope(word: Text, value: Text) -> list[Line]:
    name, _, place = value.text.partition(":")
    line = Line(f"envelope {quoted(settings.header(name.strip()))}")
    if (whole(place.strip()) or 1) == 1:
        return [line]
    said = f"getmail takes number {place.strip()} of these headers; here `trust hops` says how far down they count"
    return [Line(line.text, (changed(value.span, said),))]


def _apop(word: Text, value: Text) -> list[Line]:
    return [Line("auth apop")] if _true(value) else []


def _ca(word: Text, value: Text) -> list[Line]:
    return [Line(f"tls ca {quoted(value.text)}")]


def _name(word: Text, value: Text) -> list[Line]:
    found = host(value.text)
    return [Line(f"tls name {quoted(found)}")] if found else []


def _pins(word: Text, value: Text) -> list[Line]:
    lines: list[Line] = []
    for each in strings(value):
        digits = re.sub(r"^sha256:|[:\s]", "", each.text.lower())
        if re.fullmatch(r"[0-9a-f]{64}", digits):
            lines.append(Line(f"tls pin {quoted('sha256:' + digits)}"))
        else:
            lines.append(Line("", (dropped(each.span, f"the fingerprint {cited(each.text)} is not taken over"),)))
    return lines


def _version(word: Text, value: Text) -> list[Line]:
    if "1_3" in value.text or "1.3" in value.text:
        return [Line("tls min 1.3")]
    return [
        Line("", (dropped(value.span, "`ssl_version`: the highest version that both know is spoken, from 1.2 on"),))
    ]


def _options(section: Section | None, retriever: Section) -> Iterator[Line]:
    values = section.values if section else {}
    yield from _deleting(section, retriever)
    trace = [values[each][1] for each in ("delivered_to", "received") if each in values]
    if len(trace) == 2 and not any(map(_true, trace)):
        yield Line("stamp off")
    for key, (word, value) in values.items():
        if key in _NUMBERS:
            yield from _NUMBERS[key](value, key)
        elif key == "read_all" and value.text and not _true(value):
            said = "`read_all = false`: nothing is fetched twice here; only what lies there at first is once more"
            yield Line("", (changed(word.span, said, "`start new` leaves it"),))
        elif key in _OPTION_REMARKS and value.text.lower() not in ("", "0", "false", "none"):
            yield Line("", (dropped(word.span, f"`{key}`: {_OPTION_REMARKS[key]}"),))
        elif key not in {"delete", "delete_after", "read_all", "delivered_to", "received", *_NUMBERS, *_OPTION_REMARKS}:
            yield settings.unknown(word)


def _deleting(section: Section | None, retriever: Section) -> Iterator[Line]:
    delete, after = (section.get(each) if section else None for each in ("delete", "delete_after"))
    if delete and _true(delete):
        return
    days = settings.days(after, "delete_after") if after else []
    span = after.span if after else delete.span if delete else retriever.name.span
    said = "mail that getmail fetched already and left there is fetched once more"
    note = changed(span, said, "`start new` leaves all that lies there now")
    if days and days[0].text:
        yield Line(days[0].text, (note,))
    else:
        yield from days
        yield Line("keep forever", (note,))


def _true(value: Text) -> bool:
    return value.text.lower() in ("1", "true", "yes", "on")


def _others(file: Ini, found: Routes) -> list[Diagnostic]:
    """Sections that nothing refers to, and filters, which do not exist here."""
    notes: list[Diagnostic] = []
    for name, each in file.sections.items():
        if name.startswith("filter"):
            notes.append(dropped(each.name.span, f"{cited(name)}: mail is neither filtered nor changed on its way"))
        elif name not in found.sections | {"retriever", "destination", "options"}:
            notes.append(dropped(each.name.span, f"nothing leads to the section {cited(name)}"))
    return notes


_KNOWN = {"type", "server", "port", "username", "password", "password_command", "timeout"}
_RETRIEVER: dict[str, Callable[[Text, Text], list[Line]]] = {
    "timeout": lambda word, value: settings.timeout(value, "timeout"),
    "envelope_recipient": _envelope,
    "use_apop": _apop,
    "ca_certs": _ca,
    "ssl_cert_hostname": _name,
    "ssl_fingerprints": _pins,
    "ssl_version": _version,
}
_RETRIEVER_REMARKS = {
    "keyfile": "no certificate is shown to the server",
    "certfile": "no certificate is shown to the server",
    "ssl_ciphers": "the ciphers are those of the system",
    "delete_dup_msgids": "messages are told apart by their unique id, never by their Message-ID",
    "use_xoauth2": "write `auth xoauth2`, and `password command` for the token",
    "use_netrc": "the password comes from the variable named above",
    "use_kerberos": "there is no Kerberos here",
    "record_mailbox": "trace headers always name the account (`stamp`)",
}
_NUMBERS: dict[str, Callable[[Text, str], list[Line]]] = {
    "max_message_size": settings.skip,
    "max_messages_per_session": settings.limit,
    "max_bytes_per_session": settings.volume,
}
_OPTION_REMARKS = {
    "verbose": "how much is said is told on the command line",
    "message_log": "every delivery is in `fetchrun log`",
    "message_log_verbose": "every delivery is in `fetchrun log`",
    "message_log_syslog": "every delivery is in `fetchrun log`",
    "logfile": "every delivery is in `fetchrun log`",
    "delete_bigger_than": "what is deleted does not depend on its size",
    "to_oldmail_on_each_mail": "every delivery is remembered at once",
    "only_oldmail_file": "what getmail fetched before is not known here",
    "fingerprint": "the fingerprint of a certificate is not shown",
    "use_netrc": "the password comes from the variable named above",
    "netrc_file": "the password comes from the variable named above",
    "skip_imap_fetch_size": "there is no IMAP here",
    "mark_read": "POP3 knows no read mail",
}
