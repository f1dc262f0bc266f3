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
        self._municipalities: list[str] = []
        self._guessed = bytearray()  # 1 where the municipality is only a guess by neighbours
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
            self._municipalities.append(shared.setdefault(row["municipality"], row["municipality"]))
            self._guessed.append(row["municipality_basis"] == "knn-weak")
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

    def municipality(self, row: int) -> str:
        """The name of the municipality a row lies in; "" where only a guess stands, which must not be named."""
        return "" if self._guessed[row] else self._municipalities[row]

    def names(self) -> Iterator[tuple[str, tuple[str, ...], str, str, int]]:
        """(id, forms, kind, municipality, rank) of every place, for who tells homonyms apart.

        Forms: the name, its definite form (the name again where none is known), then all others. The municipality may
        be a guess: good enough to tell whether two rows are one place, not to be said.
        """
        for row, ident in enumerate(self.ids):
            name = self.names_sq[row]
            forms = (name, self.definite[row] or name, self.names_en[row], *self.others[row].split("|"))
            yield ident, tuple(form for form in forms if form), self.kinds[row], self._municipalities[row], row


def kilometres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in kilometres."""
    a, b = math.radians(lat1), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))
