"""Charts as one SVG: plain shapes and text, readable on white paper and on a phone.

Owns: the look. Never: where things stand (`chart`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from xml.sax.saxutils import escape

from bot.authoring.chart import LINE, WIDTH, Box, Chart, Line

TITLE: Final = 40.0  # above each flow
# kind -> fill, border, corner
LOOKS: Final = {
    "entry": ("#e8f0fe", "#3b5ba9", 14),
    "step": ("#ffffff", "#555555", 4),
    "asks": ("#fff4d6", "#a06a00", 4),
    "finds": ("#e6f4ea", "#2d7a46", 4),
    "end": ("#f0f0f0", "#555555", 14),
    "away": ("#ffffff", "#999999", 14),
    "label": ("#ffffff", "none", 0),
}
MEANING: Final = (("entry", "an entry"), ("asks", "asks"), ("finds", "looks something up"), ("step", "goes on"),
                  ("end", "ends"), ("away", "elsewhere"))  # fmt: skip
STYLE: Final = (
    "text{font:11px system-ui,sans-serif;fill:#222}.title{font-weight:600}.flow{font-size:20px;font-weight:600}"
    ".label{fill:#444}.title,.label{text-anchor:middle}path{fill:none;stroke:#777;stroke-width:1.2}"
)


def draw(charts: Iterable[Chart]) -> str:
    """One SVG with the charts below each other."""
    charts = list(charts)
    width = max(max(chart.width for chart in charts), 1000)
    height = sum(chart.height + TITLE for chart in charts) + TITLE
    names = ", ".join(chart.name for chart in charts)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="Map of {escape(names)}">',
        f"<title>Map of {escape(names)}</title><style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" style="fill:#777;stroke:none"/></marker></defs>',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *_legend(),
    ]
    top = TITLE
    for chart in charts:
        parts += [f'<g transform="translate(0 {top:.0f})">', *_chart(chart), "</g>"]
        top += chart.height + TITLE
    return "\n".join([*parts, "</svg>", ""])


def _legend() -> Iterator[str]:
    for number, (kind, meaning) in enumerate(MEANING):
        fill, border, corner = LOOKS[kind]
        x = 26 + number * 160
        yield (
            f'<rect x="{x}" y="12" width="18" height="14" rx="{min(corner, 7)}" fill="{fill}" stroke="{border}"/>'
            f'<text x="{x + 24}" y="23">{meaning}</text>'
        )


def _chart(chart: Chart) -> Iterator[str]:
    yield f'<text class="flow" x="26" y="22">{escape(chart.name)}</text><g transform="translate(0 {TITLE:.0f})">'
    yield from (_line(line) for line in chart.lines)
    yield from (_box(box) for box in chart.boxes)
    yield "</g>"


def _line(line: Line) -> str:
    """A curve that leaves and arrives upright, and bends halfway between two points."""
    (x, y), *rest = line.points
    path = f"M{x:.0f} {y:.0f}"
    for to_x, to_y in rest:
        middle = (y + to_y) / 2
        path += f"C{x:.0f} {middle:.0f} {to_x:.0f} {middle:.0f} {to_x:.0f} {to_y:.0f}"
        x, y = to_x, to_y
    return f'<path d="{path}"' + (' marker-end="url(#head)"/>' if line.head else "/>")


def _box(box: Box) -> str:
    fill, border, corner = LOOKS[box.kind]
    width = WIDTH if box.kind != "entry" else max(60.0, 8.0 * len(box.title))
    left, top = box.x - width / 2, box.y - box.height / 2
    shape = (
        f'<rect x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" height="{box.height:.0f}" rx="{corner}" '
        f'fill="{fill}" stroke="{border}"/>'
    )
    lines = [*([("title", box.title)] if box.title else []), *(("label", line) for line in box.lines)]
    first = top + (box.height - LINE * len(lines)) / 2 + LINE * 0.75
    texts = "".join(
        f'<text class="{look}" x="{box.x:.0f}" y="{first + LINE * number:.0f}">{escape(text)}</text>'
        for number, (look, text) in enumerate(lines)
    )
    return shape + texts
