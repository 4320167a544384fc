"""The status page: one document without scripts, for a phone or a screen."""

import base64
import hashlib
from collections.abc import Iterator
from html import escape

from fetchrun.ages import ago, ahead, clock, counted, lasting, octets
from fetchrun.condition import AccountCondition, Complaint
from fetchrun.printable import printable
from fetchrun.web.plot import bars
from fetchrun.web.view import View

STYLE = """
:root { color-scheme: light dark; --ink: #1a1f24; --soft: #5a6570; --paper: #fff; --card: #f3f5f7; --good: #0a6b3d;
  --bad: #b3261e; --bar: #2f6fb2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaee; --soft: #a3aeb8; --paper: #12161a; --card: #1d2329;
  --good: #5fd39a; --bad: #ff8a80; --bar: #6fa8e6; } }
* { box-sizing: border-box } body { margin: 0 auto; max-width: 62rem; padding: 1rem; font: 16px/1.45 system-ui,
  sans-serif; color: var(--ink); background: var(--paper); overflow-wrap: anywhere }
h1 { font-size: 1.5rem; margin: .2rem 0 1rem } h2 { font-size: 1.1rem; margin: 1.6rem 0 .6rem }
.good { color: var(--good) } .bad { color: var(--bad) } .soft { color: var(--soft) }
article { background: var(--card); border-radius: .5rem; padding: .7rem .9rem; margin: .6rem 0 }
article.wrong { border-left: .3rem solid var(--bad) } article p { margin: .25rem 0 } .do { font-weight: 600 }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: .6rem }
.cards article { margin: 0 } h3 { font-size: 1rem; margin: 0 0 .2rem } svg { width: 100%; max-width: 26rem }
svg text { fill: var(--ink); font-size: 12px } svg .bar { fill: var(--bar) } svg .bad { fill: var(--bad) }
svg .dim { fill: var(--soft) } footer { margin-top: 1.6rem } footer p { margin: .25rem 0 }
"""
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)


def page(view: View) -> str:
    """The whole document. Foreign words are escaped twice: for the terminal's sake and for HTML."""
    body = "\n".join([*_wrong(view), *_accounts(view), *_week(view), *_below(view)])
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="30">'
        f"<title>{_title(view)}</title><style>{STYLE}</style></head><body>\n<main>\n{body}\n</main></body></html>\n"
    )


def _title(view: View) -> str:
    wrong = len(view.condition.complaints)
    return f"fetchrun: {counted(wrong, 'thing')} to look at" if wrong else "fetchrun: all is well"


def _wrong(view: View) -> Iterator[str]:
    kind = "bad" if view.condition.complaints else "good"
    yield f'<h1 class="{kind}">{_title(view)}</h1>'
    for whose, complaint in view.condition.complaints:
        yield _complaint(whose, complaint)


def _complaint(whose: str, complaint: Complaint) -> str:
    place = f' <span class="soft">{_text(complaint.place)}</span>' if complaint.place else ""
    return (
        f'<article class="wrong"><h3>{_text(whose)}{place}</h3><p>{_text(complaint.sentence)}</p>'
        f'<p class="do">→ {_text(complaint.hint)}</p><p class="soft">since {clock(complaint.since)}</p></article>'
    )


def _accounts(view: View) -> Iterator[str]:
    yield '<h2>Accounts</h2>\n<div class="cards">'
    for each in view.condition.accounts:
        yield f"<article><h3>{_mark(each)} {_text(each.name)}</h3>{''.join(_facts(each, view.now))}</article>"
    yield "</div>"


def _mark(account: AccountCondition) -> str:
    if account.complaint:
        return '<span class="bad">✗</span>'
    return (
        '<span class="soft">–</span>' if account.last_run is None or account.disabled else '<span class="good">✓</span>'
    )


def _facts(account: AccountCondition, now: float) -> Iterator[str]:
    if account.disabled:
        yield '<p class="soft">disabled</p>'
        return
    yield f"<p>last success: {ago(account.last_success, now)}</p>"
    if account.last_run is not None and account.last_run != account.last_success:
        yield f"<p>last run: {ago(account.last_run, now)}</p>"
    if account.said:
        yield f'<p class="soft">{_text(account.said)}</p>'
    backlog = account.backlog
    if backlog.messages and backlog.oldest is not None:
        size = f"{counted(backlog.messages)} ({octets(backlog.octets)})"
        yield f"<p>waiting there: {size}, the oldest for {lasting(now - backlog.oldest)}</p>"
    if account.next_run is not None:
        yield f"<p>next: {ahead(account.next_run, now)}</p>"
    yield from (f'<p class="soft">{_text(each)}</p>' for each in account.notices)


def _week(view: View) -> Iterator[str]:
    yield "<h2>Where mail went this week</h2>"
    yield bars(view.week.places) if view.week.places else '<p class="soft">no mail in seven days</p>'


def _below(view: View) -> Iterator[str]:
    rules, said = view.condition.rules, list[str]()
    if view.condition.quarantined:
        said.append(f"{counted(view.condition.quarantined)} in quarantine")
    if rules and rules.digest:
        said.append(f"rules {_text(rules.file)} in force since {clock(rules.since)}, {rules.digest[:12]}")
    said.append(f"process {view.condition.running}" if view.condition.running else "nothing runs now")
    said.append(f"as of {clock(view.now)}")
    yield f'<footer class="soft">{"".join(f"<p>{each}</p>" for each in said)}</footer>'


def _text(text: str) -> str:
    return escape(printable(text, 600))
