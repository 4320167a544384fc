"""mail-loop: mail is handed on to where an account fetches it again."""

from collections.abc import Iterable, Iterator

from sortlang.address import Address, InvalidAddress, folded
from sortlang.diagnostic import Diagnostic, Related, Severity
from sortlang.globs.glob import Glob
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.rules import Account, Rule, Target
from sortlang.runs.sorts import bulk, written
from sortlang.values.host import is_ip

HINT = "deliver it elsewhere, or take the mailbox out of the accounts"
_HANDED_ON = ("smtp", "lmtp")
"""Of these ways to deliver, a mail server decides where the mail ends; a Maildir is an end."""


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each target that a server brings to the mailbox of an account."""
    if any(each.kind in _HANDED_ON for each in program.rules.transports):
        for account in program.accounts:
            for mailbox in _mailboxes(account):
                if _handed_on(program, mailbox):
                    yield from _found(program, account, mailbox)


def _mailboxes(account: Account) -> list[Address]:
    """The addresses whose mail lies in the maildrop, as far as its settings tell: what the user is called there."""
    above = account.server.partition(".")[2]
    at = [] if is_ip(account.server) else [each for each in (account.server, above) if each]
    texts = [account.user] if "@" in account.user else [f"{account.user}@{each}" for each in at]
    return [] if account.disabled else [address for each in texts if (address := _address(each))]


def _handed_on(program: Program, mailbox: Address) -> bool:
    transport = program.transport(mailbox)
    return transport is not None and transport.kind in _HANDED_ON


def _found(program: Program, account: Account, mailbox: Address) -> Iterator[Diagnostic]:
    for rule in (*_sorts(program, mailbox), *program.rules.copies):
        for target in rule.targets:
            if target.kind == "address" and (witness := _witness(program, rule, target, mailbox)):
                yield _finding(target, account, mailbox, str(witness))
    for other in program.accounts:
        for target in other.deliver:
            if not other.disabled and _address(str(target)) == mailbox:
                yield _finding(target, account, mailbox, "")


def _sorts(program: Program, mailbox: Address) -> Iterator[Rule]:
    """The `sort` rules that may send there; of the bulk those that do."""
    yield from written(program.rules.sorts)
    many = bulk(program.rules.sorts)
    if mailbox.domain in many.right:
        wanted = (mailbox.local.encode(), mailbox.domain.encode())
        found = (many.of(*row[:2]) for row in many.rows() if row[2:] == wanted)
        yield from (each for each in found if each)


def _witness(program: Program, rule: Rule, target: Target, mailbox: Address) -> Address | None:
    """An address whose mail goes to the mailbox, by the rule."""
    local, domain = Glob(folded(target.local)), Glob(target.domain)
    if not (local.matches(mailbox.local) and domain.matches(mailbox.domain)):
        return None
    took = local.capture(mailbox.local), domain.capture(mailbox.domain)
    halves = zip((rule.pattern.local, rule.pattern.domain), took, ("anna", "mail"), strict=True)
    address = _address("@".join(glob.text.replace("*", each or filler) for glob, each, filler in halves))
    if address is None:
        return None
    destinations = program.route(address, rule.account).destinations
    return address if any((each.rule, each.address) == (rule, mailbox) for each in destinations) else None


def _address(text: str) -> Address | None:
    try:
        return Address.parse(text)
    except InvalidAddress:
        return None


def _finding(target: Target, account: Account, mailbox: Address, witness: str) -> Diagnostic:
    message = f'what goes to `{mailbox}` is fetched again through account "{account.name}"'
    related = (Related(account.span, "that account"),)
    return Diagnostic("mail-loop", Severity.WARNING, message, target.span, HINT, witness, related)


LINT = Lint("mail-loop", "mail is handed on to where an account fetches it again", find)
