"""Fetchmail: a fetchmailrc, multidrop mailboxes too (fetchmail(1), 6.4)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sortlang.diagnostic import Diagnostic, Diagnostics
from sortlang.importers import settings
from sortlang.importers.draft import Block, Draft, Line, Secret, Transport, changed, dropped, unread
from sortlang.importers.fetchmail_entries import Entry, File, Option, User, entries
from sortlang.importers.fetchmail_lexis import Token, tokens
from sortlang.importers.fetchmail_mailbox import Mailbox
from sortlang.importers.fetchmail_remarks import REMARKS, SET_REMARKS
from sortlang.importers.fetchmail_routes import rules, singledrop, transports
from sortlang.importers.fetchmail_tls import tls
from sortlang.importers.settings import Text
from sortlang.importers.spelling import address, cited, host, quoted, whole
from sortlang.source import Source

_PROTOCOLS = {"pop3", "apop", "auto", "sdps"}
_AUTH = {"cram-md5": "cram-md5", "cram": "cram-md5", "password": "plain, login"}


def read(source: Source) -> Draft:
    """The draft of a fetchmailrc; total."""
    file = entries(list(tokens(source)))
    pause, notes = _sets(file)
    inherited = [each for each in file.entries if each.kind == "defaults"]
    notes += _remarks(
        each for entry in inherited for each in (*entry.options, *(o for u in entry.users for o in u.options))
    )
    boxes = [Mailbox(entry, user, inherited, file.sets) for entry in _polled(file) for user in entry.users or [User()]]
    accounts = [_account(each, pause) for each in boxes if _protocol(each) in _PROTOCOLS]
    notes += [_refused(each) for each in boxes if _protocol(each) not in _PROTOCOLS]
    every = settings.every(pause.text, "daemon") if pause else []
    ways = tuple(_ways((each for each in boxes if _protocol(each) in _PROTOCOLS), notes))
    return Draft((*file.found, *notes), tuple(every), tuple(accounts), (), ways)


def _ways(boxes: Iterable[Mailbox], notes: list[Diagnostic]) -> Iterator[Transport]:
    """One way for each domain; a mailbox for one name that goes another way has that for its name alone."""
    first: dict[str, str] = {}
    for box in boxes:
        for each in transports(box, notes):
            other = first.setdefault(each.pattern, each.way) != each.way
            alone = address(box.here(box.locals[0][1].text)) if other and box.single and box.locals else None
            yield replace(each, pattern=alone) if alone else each


def _polled(file: File) -> list[Entry]:
    return [each for each in file.entries if each.kind != "defaults"]


class _Pause:
    """How long `set daemon` sleeps between two polls."""

    def __init__(self, option: Option) -> None:
        self.text = Text(option.values[0].text, option.values[0].span)
        self.seconds = whole(self.text.text) or 0


def _sets(file: File) -> tuple[_Pause | None, list[Diagnostic]]:
    notes: list[Diagnostic] = []
    pause = None
    for each in file.sets:
        if each.name == "daemon" and each.values:
            pause = _Pause(each)
        elif each.name in SET_REMARKS:
            if SET_REMARKS[each.name]:
                notes.append(dropped(each.word.span, f"`set {'no ' * each.off}{each.name}`: {SET_REMARKS[each.name]}"))
        else:
            notes.append(dropped(each.word.span, f"{cited('set ' + each.name)} is unknown"))
    return pause, notes


def _protocol(box: Mailbox) -> str:
    option = box.last("proto")
    return option.values[0].text.lower() if option and option.values else "auto"


def _refused(box: Mailbox) -> Diagnostic:
    option = box.last("proto")
    word = option.word if option else box.entry.word
    said = f"{cited(box.title)} speaks {_protocol(box).upper()}, and only POP3 is fetched here"
    return dropped(word.span, said, "leave this account to fetchmail")


def _account(box: Mailbox, pause: _Pause | None) -> Block:
    lines: list[Line] = [*_server(box), *_session(box, pause), *_sizes(box), *_keep(box), *_envelope(box)]
    if box.entry.kind == "skip":
        note = changed(box.entry.word.span, "`skip`: fetchmail fetches it only when it is named")
        lines.insert(0, Line("disabled", (note,)))
    secret = box.last("pass")
    where = secret.word.span if secret else (box.user.name or box.entry.word).span
    rest = tuple(_remarks(each for each in box.options() if not each.inherited))
    domain = box.number("smtpaddress")
    if domain and not host(domain.text):
        rest += (unread(domain.span, f"{cited(domain.text)} is no domain"),)
    scoped = () if box.single else rules(box)
    lines += singledrop(box) if box.single else []
    return Block(box.title, Secret(where, secret is not None), tuple(lines), scoped, rest)


def _server(box: Mailbox) -> Iterator[Line]:
    via = box.last("via")
    name = via.values[0] if via and via.values else box.entry.name
    port = box.last("service")
    usual = 995 if box.has("ssl") else 110
    if name:
        yield settings.server(_text(name), _text(port.values[0]) if port and port.values else None, usual)
    yield settings.user(_text(box.user.name) if box.user.name else None, box.entry.word.span)
    yield from tls(box)
    if _protocol(box) == "apop":
        yield Line("auth apop")
    if _protocol(box) == "auto":
        where = box.last("proto")
        yield Line("", (changed((where or box.entry).word.span, "fetchmail tries IMAP first; here it is POP3"),))
    if _protocol(box) != "apop":
        yield from _auth(box)


def _auth(box: Mailbox) -> Iterator[Line]:
    option = box.last("auth")
    kind = option.values[0].text.lower() if option and option.values else "any"
    if option and kind in _AUTH and kind != "password":
        yield Line(f"auth {_AUTH[kind]}")
    elif option and kind not in ("any", "password"):
        yield Line("", (dropped(option.word.span, f"`auth {kind}` has no counterpart", "write `auth auto`"),))


def _session(box: Mailbox, pause: _Pause | None) -> Iterator[Line]:
    if number := box.number("timeout"):
        yield from settings.timeout(number, "timeout")
    if number := box.number("interval"):
        times = whole(number.text, 10**4) or 1
        if pause and pause.seconds:
            yield from settings.every(pause.text, "daemon", times)
        else:
            yield Line(
                "", (dropped(number.span, f"`interval {times}` counts polls, and no `set daemon` says of what"),)
            )
    if number := box.number("fetchlimit"):
        yield from settings.limit(number, "fetchlimit")


def _sizes(box: Mailbox) -> Iterator[Line]:
    number = box.number("limit")
    if not number:
        return
    lines = settings.skip(number, "limit")
    flush = box.last("limitflush")
    if flush and not flush.off:
        lines.append(Line("", (changed(flush.word.span, "`limitflush`: larger mail is not deleted here, it stays"),)))
    yield from lines


def _keep(box: Mailbox) -> Iterator[Line]:
    keep = box.last("keep")
    if keep and not keep.off:
        said = "`keep`: mail that fetchmail fetched already and left there is fetched once more"
        yield Line("keep forever", (changed(keep.word.span, said, "`start new` leaves all that lies there now"),))


def _envelope(box: Mailbox) -> Iterator[Line]:
    option, prefix = box.last("envelope"), box.last("qvirtual")
    if option and option.off:
        yield Line("", (changed(option.word.span, "`no envelope`: envelope headers are asked here all the same"),))
    header = option.values[-1] if option and option.values and not option.off else None
    notes: Diagnostics = ()
    if option and len(option.values) == 2 and option.values[0].text != "0":
        notes = (
            changed(option.word.span, f"fetchmail skips {option.values[0].text} of these; here `trust hops` says"),
        )
    strip = f" strip {quoted(prefix.values[0].text)}" if prefix and prefix.values else ""
    if header and header.text.lower() != "received":
        yield Line(f"envelope {quoted(settings.header(header.text))}{strip}", notes)
    elif strip:
        yield Line(f'envelope "Delivered-To"{strip}', notes)
    elif notes:
        yield Line("", notes)


def _remarks(options: Iterable[Option]) -> list[Diagnostic]:
    """What there is to say about options that become no setting."""
    said: list[Diagnostic] = []
    for each in options:
        remark = REMARKS.get(each.name)
        if remark and each.off in remark.when:
            word = f"no {each.name}" if each.off else each.name
            said.append(remark.kind(each.word.span, f"`{word}`: {remark.text}"))
    return said


def _text(token: Token) -> Text:
    return Text(token.text, token.span)
