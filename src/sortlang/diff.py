"""Diff: whose mail goes elsewhere under other rules, and what else."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sortlang.diffs import json, markdown, text
from sortlang.diffs.difference import Altered, Comparison, Difference, Setting
from sortlang.diffs.spelled import NOT_SAID, duration, settings
from sortlang.program import Program
from sortlang.prove import changes
from sortlang.rules import Account, Domain, Rule
from sortlang.table import Table

FORMATS: dict[str, Callable[[Sequence[Comparison]], str]] = {
    "text": text.render,
    "json": json.render,
    "markdown": markdown.render,
}


def show(comparisons: Sequence[Comparison], form: str = "text") -> str:
    """The comparisons in a format of FORMATS, without a line end after the last line."""
    return FORMATS[form](comparisons)


def diff(old: Program, new: Program) -> Difference:
    """All that `new` does otherwise; empty if nothing. Expectations, comments and layout do nothing."""
    names = _renamed(old.accounts, new.accounts)
    before = _with_names(old, names) if names else old
    return Difference(
        changes(before, new),
        (*_file(before, new), *_accounts(before, new, names), *_domains(old, new)),
    )


def _renamed(old: Iterable[Account], new: Iterable[Account]) -> dict[str, str]:
    """New names by old ones: accounts that have no namesake, but are the only ones for the same mailbox."""
    before, after = {each.name: each for each in old}, {each.name: each for each in new}
    gone = [each for each in before.values() if each.name not in after]
    come = [each for each in after.values() if each.name not in before]
    found = {}
    for each in gone:
        same = [other for other in come if _mailbox(other) == _mailbox(each)]
        if len(same) == 1 and sum(_mailbox(other) == _mailbox(each) for other in gone) == 1:
            found[each.name] = same[0].name
    return found


def _mailbox(account: Account) -> tuple[str, str]:
    return account.server.lower(), account.user


def _with_names(program: Program, names: Mapping[str, str]) -> Program:
    """The program with other names for its accounts."""
    rules = program.rules
    accounts = tuple(replace(each, name=names.get(each.name, each.name)) for each in rules.accounts)
    sorts, copies, lists = (_named(each, names) for each in (rules.sorts, rules.copies, rules.lists))
    return replace(
        program,
        rules=replace(rules, accounts=accounts, sorts=sorts, copies=copies, lists=lists),
        sorts=_tables(sorts),
        copies=_tables(copies),
        lists=_tables(lists),
    )


def _named(rules: Iterable[Rule], names: Mapping[str, str]) -> tuple[Rule, ...]:
    return tuple(replace(rule, account=names.get(rule.account or "", rule.account)) for rule in rules)


def _tables(rules: tuple[Rule, ...]) -> dict[str | None, Table[Rule]]:
    scopes = dict.fromkeys(rule.account for rule in rules)
    return {scope: Table.of(rule for rule in rules if rule.account == scope) for scope in scopes}


def _file(old: Program, new: Program) -> Iterator[Altered]:
    if old.rules.trash != new.rules.trash:
        trash = Setting("trash", duration(old.rules.trash), duration(new.rules.trash))
        yield Altered("file", "", "changed", (trash,))


def _accounts(old: Program, new: Program, names: Mapping[str, str]) -> Iterator[Altered]:
    before, after = ({each.name: each for each in program.accounts} for program in (old, new))
    was = {name: other for other, name in names.items()}
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Altered("account", name, "removed", (_mailbox_of(before[name], gone=True),))
        elif name not in before:
            yield Altered("account", name, "added", (_mailbox_of(after[name]),))
        elif (found := tuple(_settings(before[name], after[name]))) or name in was:
            yield Altered("account", name, "renamed" if name in was else "changed", found, was.get(name, ""))


def _mailbox_of(account: Account, gone: bool = False) -> Setting:
    said = f"{account.user} at {account.server}:{account.port}"
    return Setting("mailbox", said if gone else NOT_SAID, NOT_SAID if gone else said)


def _settings(old: Account, new: Account) -> Iterator[Setting]:
    before, after = settings(old), settings(new)
    for name in dict.fromkeys((*before, *after)):
        was, shown = before.get(name, (None, NOT_SAID))
        now, shows = after.get(name, (None, NOT_SAID))
        if was != now:
            yield Setting(name, shown, "another one" if shows == shown else shows)


def _domains(old: Program, new: Program) -> Iterator[Altered]:
    before, after = ({each.name: each for each in program.rules.domains} for program in (old, new))
    for name in sorted(before.keys() | after.keys()):
        if name not in after or name not in before:
            yield Altered("domain", name, "added" if name in after else "removed")
        elif found := tuple(_locals(before[name], after[name])):
            yield Altered("domain", name, "changed", found)


def _locals(old: Domain, new: Domain) -> Iterator[Setting]:
    """Mailboxes and aliases one by one."""
    if old.detail != new.detail:
        yield Setting("detail", old.detail or NOT_SAID, new.detail or NOT_SAID)
    if (old.mailboxes is None) != (new.mailboxes is None):
        yield Setting("mailboxes", *("all" if each.mailboxes is None else "listed" for each in (old, new)))
    for name in sorted((old.mailboxes or frozenset()) ^ (new.mailboxes or frozenset())):
        known = old.mailboxes is not None and name in old.mailboxes
        yield Setting(f"mailbox {name}", *(("known", "unknown") if known else ("unknown", "known")))
    aliases = [{each.local: ", ".join(sorted(map(str, each.targets))) for each in side.aliases} for side in (old, new)]
    for name in sorted(aliases[0].keys() | aliases[1].keys()):
        was, now = (each.get(name, NOT_SAID) for each in aliases)
        if was != now:
            yield Setting(f"alias {name}", was, now)
