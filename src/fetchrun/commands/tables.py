"""A table as text: columns that fit the terminal, whole lines elsewhere."""

import sys
from collections.abc import Iterable, Sequence

_ELSEWHERE = 1_000
"""Columns where there is no terminal: nothing is cut, programs read it."""


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows under their headings, without a line end after the last."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*map(Text, row))
    terminal = sys.stdout.isatty()
    console = Console(width=None if terminal else _ELSEWHERE, force_terminal=terminal)
    with console.capture() as capture:
        console.print(shown)
    return "\n".join(line.rstrip() for line in capture.get().splitlines() if line.strip())
