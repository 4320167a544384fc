"""A Proposal: the account block and sort lines for an Inspection."""

import re
from collections.abc import Iterator

from fetchrun.inspection import Inspection
from sortlang.rules import Account

_REPLACED = ("envelope", "trust")
_TO_THE_END = re.compile(r'(?:"(?:\\.|[^"\\])*+"|#[^\n]*+|[^">#])*+>')
_SECRET = re.compile(r'"(?:\\.|[^"\\])*+"')


def proposal(account: Account, found: Inspection) -> str:
    """Text that `sortlang check` takes: the block as it stands, with what was found in it, and lines to sort by.

    A password that stands in the file itself is not shown.
    """
    return "\n".join([*_block(account, found), "", *_sorting(found)])


def _block(account: Account, found: Inspection) -> Iterator[str]:
    """The lines of the block, with the settings that are known better now at its end."""
    text = _without(account)
    for line in text[: text.rindex(">")].rstrip().splitlines():
        if line.strip():
            yield line.rstrip()
    yield from (f"    {each}" for each in _settings(found))
    yield ">"


def _without(account: Account) -> str:
    """The block's text without the settings to be replaced, and without a secret in it."""
    span = account.span
    text = span.source.text
    end = _TO_THE_END.match(text, span.end)
    stop = end.end() if end else span.end
    inside = {name: each for name, each in account.places.items() if each.source == span.source}
    cuts = [(each.start, each.end, "") for name, each in inside.items() if name in _REPLACED]
    if account.password.kind == "literal" and "password" in inside:
        place = inside["password"]
        cuts.append((place.start, place.end, 'password file "password";  # move it there, out of this file'))
    client = account.oauth.client_secret if account.oauth else None
    if client and client.kind == "literal" and client.span.source == span.source:
        cuts.append((client.span.start, client.span.end, 'file "client-secret"'))
    for start, finish, instead in sorted(cuts, reverse=True):
        if span.start <= start and finish <= stop:
            text = text[:start] + instead + text[finish:]
            stop += len(instead) - (finish - start)
    return text[span.start : stop]


def _settings(found: Inspection) -> Iterator[str]:
    best = found.best
    if best:
        strip = f' strip "{found.strip}"' if found.strip else ""
        yield f'envelope "{best.header}"{strip};'
    yield f"trust hops {found.trust_hops};"


def _sorting(found: Inspection) -> Iterator[str]:
    """Every domain to Maildirs of its own; what is for nobody to one that somebody reads."""
    domains = [name for name, _ in found.domains.most_common()]
    for each in domains:
        yield f'sort "*@{each}" -> "*@{each}";'
    yield f'sort * -> "postmaster@{domains[0]}";' if domains else "sort * -> keep;"
