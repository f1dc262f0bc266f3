"""The figures drawn: how many people had a number, and a service, after so many messages. One SVG, no library.

Owns: the drawing. Never: the figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from bot.people.figures import WORST_TARGET, Figures, Way

WIDTH: Final = 640
LEFT: Final = 190
BAR: Final = 22
GAP: Final = 10
TOP: Final = 64
# After 1, 2, 3 messages, later, never: from dark to light, and told apart without colours by their order and numbers.
SHADES: Final = ("#123c5a", "#1f6f9f", "#6fb1d6", "#f0b35a", "#c43d3d")
LABELS: Final = ("1", "2", "3", "later", "never")
INK: Final = ("#ffffff", "#ffffff", "#10222e", "#10222e", "#ffffff")


def chart(found: Figures) -> str:
    """An SVG document."""
    rows = [("a number", found.ways["number"]), ("a service", found.ways["service"])]
    rows += [(persona, ways["number"]) for persona, ways in found.personas.items()]
    height = TOP + len(rows) * (BAR + GAP) + 46
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="13" role="img" aria-label="Messages until a number that fits">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="26" font-size="16">Messages until something that fits: {found.people} people, '
        f"seed {found.seed}</text>",
        '<text x="16" y="46" fill="#445">Share of those for whom the directory has it</text>',
    ]
    for index, (title, way) in enumerate(rows):
        lines += _row(title, way, TOP + index * (BAR + GAP))
    lines += [*_legend(height - 24), "</svg>"]
    return "\n".join(lines) + "\n"


def shares(way: Way) -> list[float]:
    """Shares after 1, 2, 3 messages, later, never. They add up to 1, or to 0 where there is nobody."""
    if not way.people:
        return [0.0] * len(LABELS)
    within = [way.turns.get(turn, 0) / way.people for turn in range(1, WORST_TARGET + 1)]
    later = sum(count for turn, count in way.turns.items() if turn > WORST_TARGET) / way.people
    return [*within, later, way.never / way.people]


def _row(title: str, way: Way, y: int) -> Iterator[str]:
    yield f'<text x="{LEFT - 12}" y="{y + 16}" text-anchor="end">{escape(title)} ({way.people})</text>'
    x, room = float(LEFT), WIDTH - LEFT - 16
    for share, shade, ink in zip(shares(way), SHADES, INK, strict=True):
        width = share * room
        if width <= 0:
            continue
        yield f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{shade}"/>'
        if width > 34:
            middle = x + width / 2
            yield f'<text x="{middle:.1f}" y="{y + 15}" fill="{ink}" text-anchor="middle">{share * 100:.0f} %</text>'
        x += width


def _legend(y: int) -> Iterator[str]:
    x = LEFT
    for label, shade in zip(LABELS, SHADES, strict=True):
        yield f'<rect x="{x}" y="{y}" width="13" height="13" fill="{shade}"/>'
        yield f'<text x="{x + 18}" y="{y + 11}">{label}</text>'
        x += 44 + 7 * len(label)
