"""A Trace as a person reads it: header, trust border, forgeries."""

from collections.abc import Iterable, Sequence

from sortlang.explanation import Explanation
from sortlang.mail.trace import Look, Trace
from sortlang.reports.prose import prose
from sortlang.reports.screen import visible

MOST = 8
"""So many addresses of a header are shown."""


def traced(name: str, trace: Trace, explanations: Iterable[Explanation]) -> str:
    """How the message in the file was read, then where mail for each of its recipients goes."""
    head = "\n".join(visible(line) for line in (_headline(name, trace), "", *_lines(trace)))
    return "\n\n".join((head, *map(prose, explanations)))


def _headline(name: str, trace: Trace) -> str:
    through = f' through account "{trace.account.name}"' if trace.account.name else ""
    if trace.account.deliver:
        return f"{name}{through} is delivered as all mail of the account"
    return f"{name}{through} is for {_listed(trace.envelope.recipients) or 'nobody of ours'}"


def _lines(trace: Trace) -> Iterable[str]:
    if trace.account.deliver:
        yield "header     not asked"
        return
    yield f"border     {_border(trace)}"
    for each in trace.looks:
        yield f"{'taken from' if each.recipients else 'asked':<10} {each.name}: {_said(each)}"
    for each in trace.claims:
        yield f"ignored    {each.name}: {_listed(each.named)}, below the trust border"
    if trace.envelope.note:
        yield f"note       {trace.envelope.note}"


def _border(trace: Trace) -> str:
    """What is believed, and why that much."""
    hops = trace.account.trust_hops
    if trace.above == trace.count:
        return f"none: no host took the message, all of its {trace.count} header fields are believed"
    if not hops:
        return "nothing is believed (`trust hops 0`)"
    hosts = f"the provider's last {hops} hosts" if hops > 1 else "the provider's last host"
    written = f"{trace.above} of {trace.count} header fields stand" if trace.above else "no header field stands"
    return f"{written} above the trust border, the `Received` of {hosts} (`trust hops {hops}`)"


def _said(look: Look) -> str:
    """Whom it names, and why that does not decide, or how sure it is."""
    if look.recipients:
        return (
            f"{_listed(look.recipients)}, {'written by the provider' if look.exact else 'a guess: the sender wrote it'}"
        )
    return f"{_listed(look.named)}, nobody of ours" if look.named else "nothing"


def _listed(addresses: Sequence[object]) -> str:
    more = len(addresses) - MOST
    return ", ".join(map(str, addresses[:MOST])) + (f" and {more} more" if more > 0 else "")
