"""Release: a quarantined message is delivered by the rules of today."""

from pathlib import Path

from fetchrun.delivery.consign import Consignment, consign
from fetchrun.delivery.deliver import begin, settle
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.outcome import Outcome, Quarantined
from fetchrun.delivery.provenance import client, sender
from fetchrun.delivery.quarantine import drop, head, lying
from fetchrun.delivery.staging import Parcel
from fetchrun.delivery.target import Unusable, ending
from fetchrun.memory.records import Fact, Reopened
from fetchrun.office import Office
from sortlang.address import Address
from sortlang.mail.envelope import Envelope
from sortlang.mail.sources import settled
from sortlang.rules import Account

SPOOL = "spool"
_BLOCK = 1 << 18


def release(key: int, office: Office) -> Outcome:
    """Delivers it to all who have not got it yet; what they refuse again stays in quarantine.

    Raises Unusable if it cannot be tried, or Trouble.
    """
    fact, file = lying(office.ledger, key)
    account = next((each for each in office.program.accounts if each.name == fact.account), None)
    if account is None:
        raise Unusable(f'the rules have no account "{fact.account}" any more')
    consignment = _consigned(fact, account, office)
    parcel = _parcel(fact, file, consignment, account, office)
    (outcome,) = settle((parcel,), office.ledger, office.clock(), office.dispatch)
    if not isinstance(outcome, Quarantined) and not getattr(outcome, "reason", ""):
        drop(office.ledger, key, "released")
    return outcome


def _consigned(fact: Fact, account: Account, office: Office) -> Consignment:
    recipients = tuple(map(Address.parse, fact.recipients))
    found = consign(Envelope(recipients, fact.source, exact=True), office.program, account, office.state)
    if not found.copies:
        raise Unusable("the rules say keep; there is nothing to deliver")
    return found


def _parcel(fact: Fact, file: Path, consignment: Consignment, account: Account, office: Office) -> Parcel:
    """The message as it came, without the lines of ours that the quarantine put above it."""
    about = office.ledger.reopen(fact.key)
    staging = begin(
        *(_letter(fact, file, about, account, office), consignment.copies, about.first_seen),
        fallback=consignment.fallback,
        spool=office.state / SPOOL,
    )
    try:
        with file.open("rb") as opened:
            opened.seek(-about.octets, 2)
            while block := opened.read(_BLOCK):
                staging.write(block)
        return staging.finish()
    except OSError as error:
        staging.abandon()
        raise ending(error, file, "read") from error
    except BaseException:
        staging.abandon()
        raise


def _letter(fact: Fact, file: Path, about: Reopened, account: Account, office: Office) -> Letter:
    theirs = tuple(each for each in head(file) if not each.name.startswith(b"x-fetchrun"))
    hops = settled(theirs, account).trust_hops
    return Letter(
        *(fact.account_id, fact.uid, fact.generation, about.size),
        received=file.stat().st_mtime,
        digest=office.program.digest,
        sender=sender(theirs, hops),
        client=client(theirs, hops),
    )
