"""Where fetchmail takes mail: local names, SMTP servers, programs."""

from collections.abc import Iterator
from dataclasses import replace

from sortlang.diagnostic import Diagnostic
from sortlang.importers import delivery
from sortlang.importers.draft import Line, Sort, Transport, changed, unread
from sortlang.importers.fetchmail_lexis import Token
from sortlang.importers.fetchmail_mailbox import Mailbox
from sortlang.importers.settings import Text
from sortlang.importers.spelling import address, cited, host, local, pattern, plain, quoted

_NAME, _ADDRESS = {"%T": "{local}", "%F": ""}, {"%T": "{address}", "%F": ""}
"""What `%T` gives to a program: a name of this machine, or an address that fetchmail passes on as it is."""

_VARIABLE = "SMTP_PASSWORD"


def singledrop(box: Mailbox) -> list[Line]:
    """`deliver`: all mail is for one name here."""
    names = box.locals
    if names:
        here = names[0][1]
        found = address(box.here(here.text))
        if found:
            return [Line(f"deliver {plain(found)}")]
        return [_nowhere(box, unread(here.span, f"{cited(here.text)} cannot be the name of a mailbox"))]
    where = (box.user.name or box.entry.word).span
    said = "no local name: fetchmail delivers to whoever runs it"
    return [_nowhere(box, changed(where, said, "write the address it is for"))]


def _nowhere(box: Mailbox, note: Diagnostic) -> Line:
    user = box.user.name.text.partition("@")[0] if box.user.name else "mail"
    return Line(f"deliver {plain(address(f'{local(user)}@{box.domain}') or 'mail@localhost')}", (note,))


def rules(box: Mailbox) -> tuple[Sort, ...]:
    """The rules of a multidrop mailbox."""
    return (*_full(box), *_domains(box), *_names(box), *_wildcard(box), _rest(box))


def _full(box: Mailbox) -> Iterator[Sort]:
    """Whole addresses on the left, which fetchmail asks first."""
    for there, here in box.locals:
        if "@" in there.text:
            yield from _sort(there, there.text, box.here(here.text))


def _domains(box: Mailbox) -> Iterator[Sort]:
    """`localdomains`: the address stays as it is, in subdomains too."""
    for each in box.values("localdomains"):
        if not host(each.text):
            yield Sort("", (), (unread(each.span, f"{cited(each.text)} is no domain"),), span=each.span)
            continue
        for domain in (each.text, f"*.{each.text}"):
            yield from _sort(each, f"*@{domain}", f"*@{domain}")


def _names(box: Mailbox) -> Iterator[Sort]:
    hosts, notes = _hosts(box)
    for there, here in box.locals:
        if "@" in there.text or there.text == "*":
            continue
        for name in hosts:
            for rule in _sort(there, f"{there.text}@{name}", box.here(here.text)):
                yield Sort(rule.pattern, rule.targets, rule.notes + notes, span=rule.span)
                notes = ()


def _wildcard(box: Mailbox) -> Iterator[Sort]:
    star = next((there for there, _ in box.locals if there.text == "*"), None)
    if star:
        for name in _hosts(box)[0]:
            yield from _sort(star, f"*@{name}", f"*@{box.domain}")


def _hosts(box: Mailbox) -> tuple[list[str], tuple[Diagnostic, ...]]:
    """The domains in which a name is one of ours: the server's own, or any where fetchmail would ask the DNS."""
    dns = box.last("dns")
    known = [box.server, *(each.text for each in box.values("aka")), *(each.text for each in box.values("via"))]
    if (dns and dns.off) or box.values("localdomains") or len(known) > 1:
        aliases = [f"*.{each.text}" for each in box.values("aka")]
        return [each for each in dict.fromkeys([*known, *aliases]) if host(each.removeprefix("*."))], ()
    said = "fetchmail asks the DNS which domains are the server's; here each name counts in every domain"
    return ["*"], (changed(box.entry.word.span, said, "write the domains in place of the `*` behind the `@`"),)


def _rest(box: Mailbox) -> Sort:
    """What fetchmail bounces or gives to the postmaster."""
    said = next((each for each in reversed(box.sets) if each.name == "postmaster" and each.values), None)
    bounce = next((each for each in reversed(box.sets) if each.name == "bouncemail"), None)
    span = said.word.span if said else box.entry.word.span
    if said and not said.values[-1].text:
        return Sort("*", ("discard",), (changed(span, "mail for nobody known goes to the trash"),), span=span)
    name = said.values[-1].text if said else "postmaster"
    target = address(box.here(name)) or f"postmaster@{box.domain}"
    text = "mail for nobody known goes there; fetchmail sends it back"
    if (bounce and bounce.off) or said:
        text = "mail for nobody known goes there"
    return Sort("*", (target,), (changed(span, f"`{target}`: {text}"),), span=span)


def _sort(where: Token, left: str, right: str) -> Iterator[Sort]:
    """A rule, or an empty one with the reason why there is none."""
    found = pattern(left)
    if found is None or (pattern(right) is None if "*" in right else address(right) is None):
        yield Sort("", (), (unread(where.span, f"{cited(left)} cannot be a pattern"),), span=where.span)
    else:
        right = pattern(right) or right if "*" in right else address(right) or right
        yield Sort(found, (right,), span=where.span)


def transports(box: Mailbox, notes: list[Diagnostic]) -> Iterator[Transport]:
    """How names here are delivered: the program of `mda`, or SMTP or LMTP to `smtphost`."""
    mda, smtp = box.number("mda"), box.values("smtphost")
    for left in _ours(box):
        if mda:
            way, lost = delivery.pipe(left, mda, _NAME if left == "*@localhost" else _ADDRESS)
        else:
            way, lost = _mailer(left, box, smtp)
        notes.extend(lost)
        if way:
            yield way


def _mailer(left: str, box: Mailbox, smtp: list[Token]) -> tuple[Transport | None, tuple[Diagnostic, ...]]:
    target = Text(smtp[0].text, smtp[0].span) if smtp else Text("localhost", box.entry.word.span)
    lmtp = box.has("lmtp")
    way, lost = delivery.mailer(left, "lmtp" if lmtp else "smtp", target, None)
    if way:
        way = _with_login(way, box)
    if way and len(smtp) > 1:
        more = changed(smtp[1].span, f"only the first SMTP server is asked, not {cited(smtp[1].text)}")
        way = replace(way, notes=(*way.notes, more))
    return way, lost


def _with_login(way: Transport, box: Mailbox) -> Transport:
    """`esmtpname` and `esmtppassword`: who we are at that server. The password is not copied."""
    name, secret = box.number("esmtpname"), box.number("esmtppassword")
    if name is None or secret is None:
        return way
    text = f"the password of {cited(name.text)} stands here and is not copied; over checked TLS alone it is told"
    note = changed(secret.span, text, f"put it into the variable {_VARIABLE}")
    return replace(way, way=f'{way.way} user {quoted(name.text)} password env "{_VARIABLE}"', notes=(note,))


def _ours(box: Mailbox) -> list[str]:
    """Patterns of the addresses that this mailbox delivers to."""
    domains = [box.domain]
    if not box.single:
        domains += [
            each for name in box.values("localdomains") if host(name.text) for each in (name.text, f"*.{name.text}")
        ]
    return [each for each in (pattern(f"*@{domain}") for domain in domains) if each]
