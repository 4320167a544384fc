"""A plot: bars in SVG, for a page without scripts or assets."""

from collections import Counter
from html import escape

from fetchrun.printable import printable

MOST = 12
LINE, BAR, LEFT, WIDTH = 26, 14, 0, 320


def bars(counts: Counter[str], most: int = MOST) -> str:
    """A bar for each of the most frequent, the rest together in one; the words stand above their bars."""
    shown = counts.most_common(most)
    rest = sum(counts.values()) - sum(count for _, count in shown)
    if rest:
        shown.append((f"{len(counts) - most} others", rest))
    longest = max((count for _, count in shown), default=0)
    lines = "".join(_bar(i, name, count, longest) for i, (name, count) in enumerate(shown))
    height = len(shown) * (LINE + BAR)
    label = escape("; ".join(f"{printable(name, 60)}: {count}" for name, count in shown))
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{lines}</svg>'


def _bar(row: int, name: str, count: int, longest: int) -> str:
    top = row * (LINE + BAR)
    width = max(2, round(WIDTH * count / max(1, longest)))
    kind = "bad" if name in ("failed", "quarantined") else "dim" if name == "discarded" else "bar"
    words = f'<text x="{LEFT}" y="{top + 17}">{escape(printable(name, 38))}</text>'
    number = f'<text x="{WIDTH}" y="{top + 17}" text-anchor="end">{count:,}</text>'
    return f'{words}{number}<rect class="{kind}" y="{top + LINE - 3}" width="{width}" height="{BAR - 4}" rx="2"/>'
