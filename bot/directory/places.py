"""The places of Albania: 61 municipalities, towns, villages and quarters, in columns.

Owns: names, coordinates, county and municipality of a row, distances.
Never: reading what a person typed (understanding does, from `names()`).
Rows come from data/places.csv (GeoNames, CC BY 4.0).
"""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Iterator
from io import StringIO

RANKS = {"municipality": 0, "town": 1, "village": 2, "locality": 3}
EARTH_KM = 6371.0


class Places:
    """Columns of places.csv. A row is an int; `row(id)` finds it."""

    def __init__(self, text: str) -> None:
        """Args: the text of places.csv. Raises KeyError or ValueError for a broken table."""
        self.ids: list[str] = []
        self.names_sq: list[str] = []
        self.names_en: list[str] = []
        self.definite: list[str] = []
        self.others: list[str] = []
        self.kinds: list[str] = []
        self.counties: list[str] = []
        self.municipalities: list[str] = []  # "" where only a guess by neighbours stands
        self.lat = array("d")
        self.lon = array("d")
        shared: dict[str, str] = {}
        for row in csv.DictReader(StringIO(text)):
            self.ids.append(row["id"])
            self.names_sq.append(row["name_sq"])
            self.names_en.append(row["name_en"])
            self.definite.append(row["name_sq_definite"])
            self.others.append(row["other_names"])
            self.kinds.append(shared.setdefault(row["kind"], row["kind"]))
            self.counties.append(shared.setdefault(row["county"], row["county"]))
            sure = "" if row["municipality_basis"] == "knn-weak" else row["municipality"]
            self.municipalities.append(shared.setdefault(sure, sure))
            self.lat.append(float(row["lat"]))
            self.lon.append(float(row["lon"]))
        self.rows = {ident: number for number, ident in enumerate(self.ids)}
        self.seats = {self.names_sq[r]: r for r in range(len(self.ids)) if self.kinds[r] == "municipality"}

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, ident: str) -> int:
        """The row of an id, -1 if there is none."""
        return self.rows.get(ident, -1)

    def name(self, row: int, language: str) -> str:
        """The name to show: Albanian, or English where English has its own."""
        return (self.names_en[row] if language == "en" else "") or self.names_sq[row]

    def km(self, row: int, other: int) -> float:
        """Great-circle distance in kilometres."""
        return kilometres(self.lat[row], self.lon[row], self.lat[other], self.lon[other])

    def names(self) -> Iterator[tuple[str, tuple[str, ...], str, str, int]]:
        """(id, forms, kind, municipality id or "", rank) of every place; the main name is the first form."""
        for row, ident in enumerate(self.ids):
            forms = [self.names_sq[row], self.definite[row], self.names_en[row], *self.others[row].split("|")]
            seat = self.seats.get(self.municipalities[row], -1)
            known = tuple(dict.fromkeys(form for form in forms if form))
            yield ident, known, self.kinds[row], self.ids[seat] if seat >= 0 else "", RANKS[self.kinds[row]]


def kilometres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in kilometres."""
    a, b = math.radians(lat1), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))
