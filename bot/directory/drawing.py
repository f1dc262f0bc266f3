"""The map: the places of Albania as faint dots, the towns with services as marks by kind of need. An SVG, as text.

Owns: where things stand on the sheet and how they look. Never: what a service is for, and anything nearer than a town.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final
from xml.sax.saxutils import escape

from bot.directory.model import Directory

WIDTH: Final = 620
MARGIN: Final = 24
SCALE: Final = 330.0  # pixels a degree of latitude
MIDDLE: Final = math.radians(41.15)
COLOURS: Final = {
    "stay": "#b3362b",
    "work": "#b8860b",
    "family": "#2f6b3a",
    "children": "#2a5d9f",
    "advice": "#6b4a9c",
    "courses": "#1f8a8a",
}
ROOM: Final = 75  # pixels a name needs
TOP: Final = 42.70
LEFT: Final = 19.20
BOTTOM: Final = 39.60


def svg(directory: Directory, language: str, texts: Mapping[str, str]) -> str:
    """The map in one language. `texts`: context -> text of that language; English where one is missing."""
    english = dict(directory.texts())
    words = {key: texts.get(key) or text for key, text in english.items()}
    height = round((TOP - BOTTOM) * SCALE) + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="13">',
        f"<title>{escape(words['map.title'])}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fbfaf7"/>',
        _outline(directory),
        _dots(directory),
        *_towns(directory, language),
        *_legend(directory, words),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def point(lat: float, lon: float) -> tuple[float, float]:
    """Where a point of the earth stands on the sheet (x, y)."""
    x = MARGIN + (lon - LEFT) * math.cos(MIDDLE) * SCALE
    return round(x, 1), round(MARGIN + (TOP - lat) * SCALE, 1)


def _outline(directory: Directory) -> str:
    rings = [ring for country, ring in directory.pins.rings if country == "AL"]
    path = "".join("M" + "L".join("{} {}".format(*point(lat, lon)) for lat, lon in ring) + "Z" for ring in rings)
    return f'<path d="{path}" fill="#fff" stroke="#c9c2b4"/>'


def _dots(directory: Directory) -> str:
    places = directory.places
    points = (point(places.lat[row], places.lon[row]) for row in range(len(places)))
    path = "".join(f"M{x} {y}h0" for x, y in points)
    return f'<path d="{path}" stroke="#cfc7b6" stroke-width="1.8" stroke-linecap="round" fill="none"/>'


def groups_by_town(directory: Directory) -> dict[int, list[str]]:
    """Row of a town -> the groups of needs that services met there are for, in the menu's order."""
    found: dict[int, set[str]] = {}
    for offer in directory.offers.values():
        service = offer.service
        if not service.offered or service.status != "active" or offer.everywhere:
            continue
        for row in offer.places:
            found.setdefault(row, set()).update(directory.needs[code].group for code in service.needs or service.also)
    return {row: [group for group in COLOURS if group in groups] for row, groups in sorted(found.items())}


def _towns(directory: Directory, language: str) -> Iterable[str]:
    places = directory.places
    marks = {row: point(places.lat[row], places.lon[row]) for row in groups_by_town(directory)}
    for row, groups in groups_by_town(directory).items():
        x, y = marks[row]
        for number, group in enumerate(groups):
            turn = 2 * math.pi * number / len(groups)
            reach = 0 if len(groups) == 1 else 7
            cx, cy = round(x + reach * math.sin(turn), 1), round(y - reach * math.cos(turn), 1)
            yield f'<circle cx="{cx}" cy="{cy}" r="4.5" fill="{COLOURS[group]}" fill-opacity=".9"/>'
        crowded = any(0 < other - x < ROOM and abs(below - y) < 20 for other, below in marks.values())
        side = f'x="{x - 15}" text-anchor="end"' if crowded else f'x="{x + 15}"'
        name = escape(places.name(row, language))
        yield f'<text {side} y="{y + 4}" fill="#222" stroke="#fff" stroke-width="3" paint-order="stroke">{name}</text>'


def _legend(directory: Directory, words: Mapping[str, str]) -> Iterable[str]:
    x, y = WIDTH - 205, MARGIN + 8
    yield f'<text x="{x}" y="{y}" font-weight="600" fill="#222">{escape(words["map.title"])}</text>'
    for number, (group, colour) in enumerate(COLOURS.items(), 1):
        at = y + 22 * number
        yield f'<circle cx="{x + 6}" cy="{at - 4}" r="5" fill="{colour}"/>'
        yield f'<text x="{x + 18}" y="{at}" fill="#222">{escape(words[f"group.{group}"])}</text>'
    names = {offer.organization.id for offer in directory.offers.values() if offer.everywhere}
    at = y + 22 * (len(COLOURS) + 1)
    for name in sorted(names):
        yield f'<text x="{x}" y="{at}" fill="#555" font-size="11">{escape(words["map.everywhere"])}</text>'
        yield f'<text x="{x}" y="{at + 14}" fill="#555" font-size="11">{escape(words[f"org.{name}.name"])}</text>'
