"""Pins: from coordinates to the nearest place of Albania, or to the country they lie in.

Owns: the outlines of Albania and what is around it, and the rule below. Never: keeping coordinates; they end here.

Outlines (data/borders.csv, Natural Earth 1:10m) are good to about a kilometre, so a pin within 1 km of an Albanian
place is Albania whatever they say. Else the outline decides; where none holds the pin, an Albanian place within 5 km
(the coast), then the sea ("unknown", so that a town is asked for), then abroad without a country.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Final

from bot.dialogue.reading import PlaceReading
from bot.directory.places import Places, kilometres

HOME: Final = "AL"  # the country of the directory
SURE: Final = 1.0  # km
COAST: Final = 5.0  # km
SEAS: Final = (36.0, 46.0, 12.0, 21.0)  # the Adriatic and the Ionian: lat, lat, lon, lon
CELL: Final = 10  # cells a degree

Ring = Sequence[tuple[float, float]]


class Pins:
    """Outlines and a grid of places. Immutable."""

    def __init__(self, places: Places, text: str) -> None:
        """Args: the text of borders.csv (country, ring, lat, lon). Raises KeyError or ValueError for a broken table."""
        rings: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for row in csv.DictReader(StringIO(text)):
            rings.setdefault((row["country"], row["ring"]), []).append((float(row["lat"]), float(row["lon"])))
        self.rings: tuple[tuple[str, Ring], ...] = tuple((country, ring) for (country, _), ring in rings.items())
        self._places = places
        self._grid: dict[tuple[int, int], list[int]] = {}
        for row_number in range(len(places)):
            self._grid.setdefault(_cell(places.lat[row_number], places.lon[row_number]), []).append(row_number)

    def at(self, lat: float, lon: float) -> PlaceReading:
        """One place of Albania, abroad with its country (or ""), or unknown."""
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            return PlaceReading(kind="unknown")
        row, km = self._nearest(lat, lon)
        country = HOME if km <= SURE else self.country(lat, lon)
        if row >= 0 and (country == HOME or (not country and km <= COAST)):
            return PlaceReading(kind="one", ids=(self._places.ids[row],))
        south, north, west, east = SEAS
        if not country and south <= lat <= north and west <= lon <= east:
            return PlaceReading(kind="unknown")
        return PlaceReading(kind="abroad", country=country)

    def country(self, lat: float, lon: float) -> str:
        """The country whose outline holds the point, Albania first; "" for none that we know."""
        return next((country for country, ring in self.rings if _inside(ring, lat, lon)), "")

    def _nearest(self, lat: float, lon: float) -> tuple[int, float]:
        """(row, kilometres) of the nearest place; (-1, inf) where none is within a cell or two."""
        y, x = _cell(lat, lon)
        near = [row for dy in (-1, 0, 1) for dx in (-1, 0, 1) for row in self._grid.get((y + dy, x + dx), ())]
        places = self._places
        return min(
            ((row, kilometres(lat, lon, places.lat[row], places.lon[row])) for row in near),
            key=lambda found: (found[1], found[0]),
            default=(-1, float("inf")),
        )


def _cell(lat: float, lon: float) -> tuple[int, int]:
    return int(lat * CELL // 1), int(lon * CELL // 1)


def _inside(ring: Ring, lat: float, lon: float) -> bool:
    """Ray casting: how often does a line eastwards cross the ring?"""
    odd = False
    before = ring[-1]
    for point in ring:
        if (point[0] > lat) != (before[0] > lat):
            crossing = (before[1] - point[1]) * (lat - point[0]) / (before[0] - point[0]) + point[1]
            odd ^= lon < crossing
        before = point
    return odd
