"""`expect message F in A -> T`: where a whole message goes."""

from sortlang.expectations.asking import box
from sortlang.expectations.verdict import Read, Verdict, deciding, named, places
from sortlang.mail.envelope import Envelope, recover
from sortlang.mail.message import fields
from sortlang.mail.routing import routes
from sortlang.program import Program
from sortlang.rules import Expectation


def judge(expectation: Expectation, program: Program, read: Read) -> Verdict:
    """Holds if all its recipients together lead to all the targets and nowhere else."""
    expected, account = named(expectation.targets), box(program, expectation.account)
    if account is None:
        return Verdict(expectation, False, expected, trouble=f'there is no account "{expectation.account}"')
    try:
        head = read(expectation.file)
    except OSError as why:
        return Verdict(expectation, False, expected, trouble=f"cannot read `{expectation.file}`: {_clause(why)}")
    envelope = recover(fields(head), account, program)
    answers = routes(envelope, program, account)
    got = places(answers)
    return Verdict(expectation, got == expected, expected, got, deciding(answers), source=_source(envelope))


def _source(envelope: Envelope) -> str:
    """`X-Original-To: anna@example.com`."""
    return f"{envelope.source}: {', '.join(map(str, envelope.recipients))}" if envelope.recipients else envelope.source


def _clause(why: OSError) -> str:
    clause = why.strerror or "it cannot be read"
    return clause[0].lower() + clause[1:]
