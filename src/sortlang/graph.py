"""Graph: a program as a picture."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from sortlang.address import Address, folded
from sortlang.frozen import frozen
from sortlang.graphs import dot, mermaid, svg
from sortlang.graphs.chart import Box, Chart, End, Group, Kind, Place, Row
from sortlang.program import Program
from sortlang.rules import Account, Rule, Target, Transport
from sortlang.table import Table

FORMATS: dict[str, Callable[[Chart], str]] = {"svg": svg.draw, "mermaid": mermaid.draw, "dot": dot.draw}

Ways = Table[Transport]

MOST = 40
"""Rules; of more, those of one domain that lead to the same place, or each to its own name, share a row."""

_NOWHERE = {"discard": "to the trash", "keep": "stays on the server"}


def graph(program: Program, format: str = "svg") -> str:
    """The picture in a format of FORMATS, with a line end after the last line; the same for any order of statements."""
    return FORMATS[format](chart(program))


def chart(program: Program) -> Chart:
    """What is drawn."""
    rules, ways = program.rules, program.transports
    written = [each for each in (*rules.sorts, *rules.lists, *rules.copies) if not each.detail]
    sorting = _condensed(written, ways) if len(written) > MOST else map(_line, written)
    lines = [*sorting, *_deliveries(rules.accounts), *_rest(rules.sorts, rules.accounts)]
    return Chart(_boxes(rules.accounts), _groups(lines), _places(lines, ways))


@frozen
class _Line:
    """One rule on its way into a row: where it belongs, what it is called there, where it leads.

    Lines with different `apart` never share a row.
    """

    scope: str | None
    domain: str
    kind: Kind
    name: str
    rank: tuple[object, ...]
    targets: tuple[tuple[str, str], ...]
    rule: str
    note: str = ""
    apart: str = ""

    @property
    def place(self) -> tuple[object, ...]:
        """The key to sort groups by: accounts first, then domains by name, stars after them, the rest last."""
        lists = self.kind == "list"
        return (self.scope is None, self.scope or "", not self.domain, not lists, self.domain.count("*"), self.domain)

    @property
    def group(self) -> tuple[str | None, str]:
        """The scope of its group, and its title."""
        if self.kind == "list":
            return self.scope, "mailing lists"
        rest = "everything" if self.kind == "deliver" else "everything else"
        return self.scope, f"@{self.domain}" if self.domain else rest


def _condensed(rules: Iterable[Rule], ways: Ways) -> Iterator[_Line]:
    """Lines that share a row whatever the comments above them; an address that stays as it is leads to `*`."""
    for line in map(_line, rules):
        targets = {_condensed_target(*each, line.name, ways) for each in line.targets}
        yield replace(line, targets=tuple(sorted(targets)), apart="")


def _condensed_target(domain: str, name: str, pattern: str, ways: Ways) -> tuple[str, str]:
    """Those alone that are delivered as all of the domain are."""
    same = domain and folded(name) == pattern and _way(name, domain, ways) == _way("*", domain, ways)
    return domain, "*" if same else name


def _line(rule: Rule) -> _Line:
    pattern, note = rule.pattern, rule.description
    domain, name = ("", "*") if pattern.bare else (pattern.domain.text, pattern.local.text)
    if rule.kind == "list":
        domain, name = "", pattern.domain.text
    text = str(replace(rule, targets=tuple(sorted(rule.targets, key=str))))
    return _Line(rule.account, domain, rule.kind, name, pattern.rank, _targets(rule.targets), text, note, note)


def _targets(targets: Iterable[Target]) -> tuple[tuple[str, str], ...]:
    """Domain and local part of each, a word alone for what is no address."""
    return tuple(sorted({(each.domain, each.local) if each.kind == "address" else ("", each.kind) for each in targets}))


def _deliveries(accounts: Iterable[Account]) -> Iterator[_Line]:
    for account in accounts:
        if account.deliver:
            text = f"deliver {', '.join(sorted(map(str, account.deliver)))}"
            yield _Line(account.name, "", "deliver", "*", (), _targets(account.deliver), text)


def _rest(sorts: Iterable[Rule], accounts: Sequence[Account]) -> Iterator[_Line]:
    """What no rule of the file takes, if there is an account whose mail is asked for."""
    if accounts and all(each.deliver for each in accounts):
        return
    patterns = {str(each.pattern) for each in sorts if each.account is None}
    if "*" not in patterns:
        what = "mail without a recipient" if "*@*" in patterns else "whatever no rule takes"
        yield _Line(None, "", "rest", what, (), (("", "discard"),), f"{what} is discarded")


def _boxes(accounts: Iterable[Account]) -> tuple[Box, ...]:
    boxes = (Box(each.name, each.server, each.description, each.disabled, not each.deliver) for each in accounts)
    return tuple(sorted(boxes, key=lambda box: (folded(box.name), box.name)))


def _groups(lines: Iterable[_Line]) -> tuple[Group, ...]:
    groups: dict[tuple[str | None, str], list[_Line]] = {}
    for line in sorted(lines, key=lambda each: each.place):
        groups.setdefault(line.group, []).append(line)
    return tuple(Group(title, scope, _rows(inside)) for (scope, title), inside in groups.items())


def _rows(lines: Iterable[_Line]) -> tuple[Row, ...]:
    rows: dict[tuple[object, ...], list[_Line]] = {}
    for line in lines:
        rows.setdefault((line.kind, "*" in line.name, line.targets, line.apart), []).append(line)
    return tuple(_row(each) for each in sorted(rows.values(), key=_order))


def _order(lines: list[_Line]) -> tuple[object, ...]:
    """Single addresses by where they lead, so that few lines cross; patterns by rank; copies last."""
    line = min(lines, key=lambda each: (each.rank, each.name))
    starred = "*" in line.name
    ends = (not line.targets[0][0], line.targets)
    return (line.kind == "copy", starred, line.rank if starred else ends, line.rank, ends, line.kind, line.apart)


def _row(lines: list[_Line]) -> Row:
    names, notes, rules = ({getattr(each, part) for each in lines} for part in ("name", "note", "rule"))
    ends = tuple(map(_key, lines[0].targets))
    return Row(lines[0].kind, tuple(sorted(names)), ends, tuple(sorted(notes - {""})), tuple(sorted(rules)))


def _key(target: tuple[str, str]) -> str:
    domain, name = target
    return f"{name}@{domain}" if domain else name


def _places(lines: Iterable[_Line], ways: Ways) -> tuple[Place, ...]:
    places: dict[str, set[str]] = {}
    for domain, name in (target for line in lines for target in line.targets):
        places.setdefault(domain, set()).add(name)
    return tuple(_place(domain, sorted(names), ways) for domain, names in sorted(places.items()))


def _place(domain: str, names: Iterable[str], ways: Ways) -> Place:
    if not domain:
        return Place("not delivered", tuple(End(each, each, _NOWHERE[each]) for each in names), nowhere=True)
    return Place(f"@{domain}", tuple(End(_key((domain, name)), name, _way(name, domain, ways)) for name in names))


def _way(local: str, domain: str, ways: Ways) -> str:
    """The transport of a deliver-to address; where it has `*`, one that takes whatever they stand for."""
    way = ways.winner(Address(folded(local), domain, local))
    return " ".join((way.kind, *way.arguments)) if way else ""
