"""Words: the sentences that all formats of a difference share."""

from collections.abc import Iterator, Sequence
from itertools import chain

from sortlang.analysis.change import Change
from sortlang.analysis.region import SHOWN
from sortlang.diffs.difference import Altered, Comparison, Moved, Setting


def title(comparison: Comparison) -> str:
    """`old/mail.sort → new/mail.sort`, or which side alone has the file."""
    if comparison.only:
        return f"{comparison.old or comparison.new} ({'removed' if comparison.only == 'old' else 'new'})"
    return f"{comparison.old} → {comparison.new}"


def summary(comparisons: Sequence[Comparison]) -> str:
    """`mail of 2 regions goes elsewhere, 1 account changed`; `no mail goes elsewhere`."""
    regions = sum(len(each.difference.changes) for each in comparisons)
    altered = list(chain.from_iterable(each.difference.altered for each in comparisons))
    counts = [f"mail of {count(regions, 'region')} goes elsewhere"] if regions else ["no mail goes elsewhere"]
    for kind in ("account", "domain"):
        some = sum(each.kind == kind for each in altered)
        counts += [f"{count(some, kind)} changed"] if some else []
    counts += ["settings changed"] if any(each.kind == "file" for each in altered) else []
    alone = sum(each.only is not None for each in comparisons)
    counts += [f"{count(alone, 'file')} on one side only"] if alone else []
    return ", ".join(counts)


def count(number: int, noun: str) -> str:
    """`1 region`, `2 regions`."""
    return f"{number} {noun}{'s' * (number != 1)}"


def verb(change: Change) -> str:
    """What of the mail changes, where it is not where `sort` sends it."""
    return {"sort": "", "copy": "copies", "list": "mailing list", "transport": "delivery"}[change.kind]


def scope(change: Change) -> str:
    """For which accounts it holds, if not for all."""
    named = [each for each in change.scopes if each is not None]
    if None in change.scopes or not named:
        return ""
    return f"account{'s' * (len(named) > 1)} {', '.join(named)}"


def excepted(change: Change) -> Iterator[str]:
    """The first exceptions of the region by name."""
    return map(str, change.region.exceptions[:SHOWN])


def more(change: Change) -> int:
    """How many exceptions there are besides."""
    return max(0, len(change.region.exceptions) - SHOWN)


def places(found: Sequence[str]) -> Sequence[str]:
    """Where mail goes; nowhere, for copies that are not made."""
    return found or ("no copy",)


def heading(altered: Altered) -> str:
    """`account "office"`."""
    if altered.kind == "file":
        return "settings"
    said = f'{altered.kind} "{altered.name}"'
    if altered.what == "renamed":
        return f'{said}, renamed from "{altered.old}"'
    return said if altered.what == "changed" else f"{said} {altered.what}"


def turned(setting: Setting) -> str:
    """`keep: 7d → 14d`."""
    return f"{setting.name}: {setting.before} → {setting.after}"


def counted(moved: Moved) -> str:
    """The sentence about the log."""
    if not moved.messages:
        return f"no message of the last {moved.days} days is in the log"
    some = f"{moved.moving} of the {count(moved.messages, 'message')} of the last {moved.days} days"
    return f"{some} would go elsewhere"
