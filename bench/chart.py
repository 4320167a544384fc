"""A chart: lines over two logarithmic axes, as SVG."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 360, 80, 170, 36, 44
COLOURS = ("#b3261e", "#1a5fb4", "#26742c", "#8a5a00", "#6a3fa0", "#444444")


@dataclass(frozen=True, slots=True)
class Line:
    """A name, and (x, y) pairs, all above 0, or x = 0, which stands at the left end."""

    name: str
    points: tuple[tuple[float, float], ...]


def plotted(lines: Sequence[Line], across: str, up: str) -> str:
    """The picture; `across` and `up` say what the axes are."""
    xs = [max(x, 1.0) for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    frame = _Frame(
        log10(min(xs)), max(log10(max(xs)), log10(min(xs)) + 0.1), floor(log10(min(ys))), ceil(log10(max(ys)))
    )
    parts = [*_axes(frame, sorted(set(xs)), across, up), *_curves(frame, lines)]
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', *parts, "</svg>"]) + "\n"


@dataclass(frozen=True, slots=True)
class _Frame:
    """Powers of ten at the edges."""

    left: float
    right: float
    low: int
    high: int

    def x(self, value: float) -> float:
        part = (log10(max(value, 1.0)) - self.left) / (self.right - self.left)
        return round(LEFT + part * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        part = (log10(value) - self.low) / max(1, self.high - self.low)
        return round(HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM), 1)


def _axes(frame: _Frame, places: Sequence[float], across: str, up: str) -> Iterator[str]:
    for power in range(frame.low, frame.high + 1):
        y = frame.y(10.0**power)
        yield f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{10.0**power:,g}</text>'
    for place in places:
        yield f'<text x="{frame.x(place)}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{place:,.10g}</text>'
    yield f'<text x="{LEFT}" y="{TOP - 16}">{escape(up)}</text>'
    yield f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(across)}</text>'


def _curves(frame: _Frame, lines: Sequence[Line]) -> Iterator[str]:
    for i, line in enumerate(lines):
        colour = COLOURS[i % len(COLOURS)]
        points = " ".join(f"{frame.x(x)},{frame.y(y)}" for x, y in line.points)
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        y = TOP + 18 * i
        yield f'<text x="{WIDTH - RIGHT + 12}" y="{y + 4}" fill="{colour}">{escape(line.name)}</text>'
