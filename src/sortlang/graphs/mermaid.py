"""Mermaid: a flow chart for pages that draw it themselves."""

from collections.abc import Iterator

from sortlang.graphs.chart import Chart, Group, Place
from sortlang.reports.screen import visible

_PLAIN = frozenset("@.-_+,/ ")


def draw(chart: Chart) -> str:
    """`flowchart LR`, a subgraph for each group of rules and each place."""
    ends = {end.key: f"d{i}" for i, end in enumerate(end for place in chart.places for end in place.ends)}
    lines = ["flowchart LR", *(f"    a{i}[{_quoted(box.name)}]" for i, box in enumerate(chart.accounts))]
    lines += [line for number, group in enumerate(chart.groups) for line in _group(number, group)]
    lines += [line for number, place in enumerate(chart.places) for line in _place(number, place, ends)]
    lines += [*_feeds(chart), *_rules(chart, ends)]
    return "\n".join((*lines, ""))


def _group(number: int, group: Group) -> Iterator[str]:
    title = group.title if group.scope is None else f"{group.title}, only for {group.scope}"
    yield f"    subgraph g{number}[{_quoted(title)}]"
    yield from (f"        g{number}r{i}[{_quoted(', '.join(row.names))}]" for i, row in enumerate(group.rows))
    yield "    end"


def _place(number: int, place: Place, ends: dict[str, str]) -> Iterator[str]:
    yield f"    subgraph p{number}[{_quoted(place.title)}]"
    yield from (f"        {ends[end.key]}([{_quoted(end.name)}])" for end in place.ends)
    yield "    end"


def _feeds(chart: Chart) -> Iterator[str]:
    for i, box in enumerate(chart.accounts):
        for number, group in enumerate(chart.groups):
            if group.scope == box.name or (group.scope is None and box.shared):
                yield f"    a{i} {'-.->' if box.disabled else '-->'} g{number}"


def _rules(chart: Chart, ends: dict[str, str]) -> Iterator[str]:
    for number, group in enumerate(chart.groups):
        for i, row in enumerate(group.rows):
            arrow = "-. copy .->" if row.kind == "copy" else "-->"
            yield from (f"    g{number}r{i} {arrow} {ends[key]}" for key in row.ends)


def _quoted(text: str) -> str:
    """Text that means nothing to Mermaid: letters by their number, but for plain ones."""
    plain = (each if each.isalnum() or each in _PLAIN else f"#{ord(each)};" for each in visible(text))
    return f'"{"".join(plain)}"'
