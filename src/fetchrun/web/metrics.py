"""Metrics in the text format of Prometheus; no address is ever a label."""

from collections.abc import Callable, Iterator
from hashlib import sha256

from fetchrun.condition import AccountCondition
from fetchrun.printable import printable
from fetchrun.web.view import View

Row = tuple[str, str, Callable[[AccountCondition], float | None]]

ACCOUNT: tuple[Row, ...] = (
    ("account_up", "1 if nothing is wrong with the account", lambda each: float(each.complaint is None)),
    ("account_failures", "sessions in a row that failed", lambda each: each.failures),
    ("account_last_run_seconds", "when the last session ended, Unix time", lambda each: each.last_run),
    ("account_last_success_seconds", "when the last session without trouble ended", lambda each: each.last_success),
    ("account_next_run_seconds", "when the account is asked next", lambda each: each.next_run),
    ("account_backlog_messages", "messages that wait on the server", lambda each: each.backlog.messages),
    ("account_backlog_bytes", "their size", lambda each: each.backlog.octets),
    ("account_backlog_oldest_seconds", "since when the oldest of them is known", lambda each: each.backlog.oldest),
)


def metrics(view: View) -> str:
    """All metrics, each line ended by LF. Times in Unix seconds, sizes in bytes; what is not known is left out."""
    return "\n".join([*_common(view), *_accounts(view), *_week(view), ""])


def _common(view: View) -> Iterator[str]:
    condition = view.condition
    rules = condition.rules
    values = (
        ("up", "1 if a fetchrun holds the state folder", float(condition.running is not None)),
        ("disk_ok", "1 if the state folder has room and can be read", float(condition.disk is None)),
        ("rules_ok", "1 if the rules file has no errors", float(not (rules and rules.complaint))),
        ("rules_since_seconds", "since when the rules in force are", rules.since if rules else None),
        ("complaints", "how many things are wrong", float(len(condition.complaints))),
        ("quarantined", "copies that lie in quarantine", float(condition.quarantined)),
    )
    for name, meaning, value in values:
        if value is not None:
            yield from _head(name, meaning)
            yield f"fetchrun_{name} {value:.15g}"


def _accounts(view: View) -> Iterator[str]:
    accounts = [each for each in view.condition.accounts if not each.disabled]
    for name, meaning, value in ACCOUNT:
        yield from _head(name, meaning)
        for each in accounts:
            if (number := value(each)) is not None:
                yield f'fetchrun_{name}{{account="{_escaped(each.name)}"}} {float(number):.15g}'


def _week(view: View) -> Iterator[str]:
    yield from _head("week_copies", "copies of the last seven days, by what became of them")
    for (account, fate), count in sorted(view.week.fates.items()):
        yield f'fetchrun_week_copies{{account="{_escaped(account)}",fate="{_escaped(fate)}"}} {count}'


def _head(name: str, meaning: str) -> Iterator[str]:
    yield f"# HELP fetchrun_{name} {meaning}"
    yield f"# TYPE fetchrun_{name} gauge"


def _escaped(label: str) -> str:
    """A label value, as the format has it. An account that is named like an address goes by a hash of its name."""
    shown = f"account-{sha256(label.encode()).hexdigest()[:8]}" if "@" in label else printable(label)
    return shown.replace("\\", "\\\\").replace('"', '\\"')
