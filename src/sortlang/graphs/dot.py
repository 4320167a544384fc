"""DOT: the language of Graphviz."""

from collections.abc import Iterator

from sortlang.graphs.chart import Chart, Group, Place
from sortlang.reports.screen import visible


def draw(chart: Chart) -> str:
    """A `digraph` from left to right, a cluster for each group of rules and each place."""
    ends = {end.key: f"d{i}" for i, end in enumerate(end for place in chart.places for end in place.ends)}
    lines = ["digraph mail {", "    rankdir=LR;", '    node [shape=box, style=rounded, fontname="monospace"];']
    lines += [f"    a{i} [label={_quoted(box.name)}{_off(box.disabled)}];" for i, box in enumerate(chart.accounts)]
    lines += [line for number, group in enumerate(chart.groups) for line in _group(number, group)]
    lines += [line for number, place in enumerate(chart.places) for line in _place(number, place, ends)]
    lines += [*_feeds(chart), *_rules(chart, ends)]
    return "\n".join((*lines, "}", ""))


def _off(disabled: bool) -> str:
    return ', style="rounded,dashed"' if disabled else ""


def _group(number: int, group: Group) -> Iterator[str]:
    title = group.title if group.scope is None else f"{group.title}, only for {group.scope}"
    yield f"    subgraph cluster_g{number} {{"
    yield f"        label={_quoted(title)};"
    for i, row in enumerate(group.rows):
        notes = f", tooltip={_quoted(chr(10).join(row.notes))}" if row.notes else ""
        yield f"        g{number}r{i} [label={_quoted(', '.join(row.names))}{notes}];"
    yield "    }"


def _place(number: int, place: Place, ends: dict[str, str]) -> Iterator[str]:
    yield f"    subgraph cluster_p{number} {{"
    yield f"        label={_quoted(place.title)};"
    for end in place.ends:
        way = f", tooltip={_quoted(end.transport)}" if end.transport else ""
        yield f"        {ends[end.key]} [label={_quoted(end.name)}{way}];"
    yield "    }"


def _feeds(chart: Chart) -> Iterator[str]:
    """One arrow to each rule that is asked."""
    for i, box in enumerate(chart.accounts):
        for number, group in enumerate(chart.groups):
            if group.scope == box.name or (group.scope is None and box.shared):
                yield from (f"    a{i} -> g{number}r{each}{_dashed(box.disabled)};" for each in range(len(group.rows)))


def _rules(chart: Chart, ends: dict[str, str]) -> Iterator[str]:
    for number, group in enumerate(chart.groups):
        for i, row in enumerate(group.rows):
            yield from (f"    g{number}r{i} -> {ends[key]}{_dashed(row.kind == 'copy')};" for key in row.ends)


def _dashed(dashed: bool) -> str:
    return " [style=dashed]" if dashed else ""


def _quoted(text: str) -> str:
    """A string of DOT; a line end in it is one in the picture."""
    lines = (visible(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n"))
    return '"' + "\\n".join(lines) + '"'
