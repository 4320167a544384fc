"""Rebuild: a ledger from what servers list and Maildirs hold."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from fetchrun.decide import listed
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.holdings import Holding, among, maildirs, ours, verified
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.places import Place
from fetchrun.delivery.target import ending
from fetchrun.entrance import entered
from fetchrun.listing import Entry
from fetchrun.memory.records import Posting
from fetchrun.office import Office
from fetchrun.precedents import Precedents
from sortlang.frozen import frozen
from sortlang.mail.message import fields, head_hash
from sortlang.rules import Account

GENERATIONS = 4
"""A uid that the server has given to other mail more often than that is not looked for any further."""

OWED = "the ledger was made anew, and not every copy was found"

Lying = Mapping[Path, Mapping[str, tuple[Path, ...]]]
Traces = Iterable[tuple[Letter, dict[Path, tuple[Path, ...]]]]


@frozen
class Found:
    """What became of the messages that one server lists: `known` by the ledger that there was; `held`: every copy lies
    in a Maildir; `partly`: some do, and the rest is owed; `others`: no trace of them.
    """

    account: str
    listed: int
    known: int
    held: int
    partly: int
    others: int


def evidence(office: Office) -> Lying:
    """Every file of ours in every Maildir. Raises Trouble."""
    lying = {}
    for maildir in maildirs(office.program, office.state):
        try:
            lying[maildir] = ours(maildir)
        except OSError as error:
            raise ending(error, maildir, "look into") from error
    return lying


async def rebuilt(account: Account, lying: Lying, office: Office, *, adopt: bool) -> Found:
    """Writes into the office's ledger what is certain of the account's messages. Raises Trouble.

    Certain is a copy whose file bears the name that follows from the uid, and holds the message that the server shows
    under it. What is owed is retrieved at the next session, and so are the others, unless `adopt` leaves them for ever.
    """
    box = office.ledger.account(account.server, account.user, account.name)
    async with entered(account) as drop:
        listing = await listed(drop, account)
        known = office.ledger.known(box, [each.uid for each in listing])
        unsettled = [each for each in listing if each.uid not in known or known[each.uid].state != "done"]
        traced = [each for each in unsettled if any(_traces(each, box, lying))]
        found = dict[Entry, Posting]()
        async for entry, head in drop.heads(traced):
            if posting := _posting(head, _traces(entry, box, lying), account, office):
                found[entry] = posting
        # No QUIT: there are servers for which even a header counts as retrieved.
    _write(found.values(), office)
    others = [each for each in listing if each.uid not in known and each not in found]
    office.ledger.adopt(box, others if adopt else [], office.clock())
    partly = sum(bool(each.owed) for each in found.values())
    remembered = len(listing) - len(found) - len(others)
    return Found(account.name, len(listing), remembered, len(found) - partly, partly, len(others))


def _traces(entry: Entry, box: str, lying: Lying) -> Iterator[tuple[Letter, dict[Path, tuple[Path, ...]]]]:
    """Each generation of the uid of which there is a file, the latest first, with its files in each Maildir."""
    for generation in range(GENERATIONS, 0, -1):
        letter = Letter(box, entry.uid, generation, entry.size)
        if found := among(letter, lying):
            yield letter, found


def _posting(head: bytes, traces: Traces, account: Account, office: Office) -> Posting | None:
    """What is known of the latest generation whose files hold the message; None: what lies there is other mail."""
    for letter, found in traces:
        held = {maildir: each for maildir, files in found.items() if (each := verified(files, head))}
        if held:
            letter = replace(letter, head_hash=head_hash(head), digest=office.program.digest)
            return _told(letter, held, head, account, office)
    return None


def _told(letter: Letter, held: dict[Path, Holding], head: bytes, account: Account, office: Office) -> Posting:
    """The copies that were found; those that the rules want besides are owed."""
    consignment, _ = Precedents(account, office).consigned(fields(head))
    wanted = {each.place.maildir or each.place: each for each in consignment.copies}
    copies = {maildir: wanted.get(maildir) or _unasked(maildir) for maildir in held}
    first = next(iter(held.values()))
    return Posting(
        *(letter, office.clock(), first.sha256, first.octets),
        staged=tuple((copies[maildir], each.path.name.partition(":")[0]) for maildir, each in held.items()),
        owed=OWED if wanted.keys() - held.keys() else "",
        kept=consignment.kept,
        pending=True,
    )


def _write(postings: Iterable[Posting], office: Office) -> None:
    now = office.clock()
    staged = [each for promised in office.ledger.stage([*postings], now) for each in promised if each]
    office.ledger.done({each.key: each.name for each in staged}, now)


def _unasked(maildir: Path) -> Copy:
    """It lies where today's rules would not put it."""
    return Copy(Place.at(maildir), "delivered", (), (), "", "")
