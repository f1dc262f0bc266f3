"""The places of Albania: 61 municipalities, towns, villages and quarters, in columns.

Owns: names, coordinates, county and municipality of a row, distances.
Never: reading what a person typed (understanding does, from `names()`).
Rows come from data/places.csv (GeoNames, CC BY 4.0); data/places_mended.csv holds the rows that stand in place of some
of them, and a few more.
"""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Iterator
from io import StringIO

EARTH_KM = 6371.0
DOUBTFUL = "-"  # a name that may be a mistake of the map: any place that is called so comes first


class Places:
    """Columns of places.csv. A row is an int; `row(id)` finds it."""

    def __init__(self, text: str, mended: str = "") -> None:
        """Args: the text of places.csv, and of places_mended.csv. Raises KeyError or ValueError for a broken table."""
        self.ids: list[str] = []
        self.names_sq: list[str] = []
        self.names_en: list[str] = []
        self.definite: list[str] = []
        self.others: list[str] = []
        self._called: dict[int, str] = {}  # row -> what people call it besides, as its own name; DOUBTFUL
        self.kinds: list[str] = []
        self.counties: list[str] = []
        self._municipalities: list[str] = []
        self._guessed = bytearray()  # 1 where the municipality is only a guess by neighbours
        self.lat = array("d")
        self.lon = array("d")
        shared: dict[str, str] = {}
        for row in _rows(text, mended):
            if row.get("called"):
                self._called[len(self.ids)] = row["called"]
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

    def names(self) -> Iterator[tuple[str, tuple[str, ...], str, str, int, int]]:
        """(id, forms, kind, municipality, rank, own) of every place, for who tells homonyms apart.

        Forms: the name, its definite form (the name again where none is known), what people call it besides, then all
        others; the first `own` of them are its own names. The municipality may be a guess: good enough to tell whether
        two rows are one place, not to be said.
        """
        for row, ident in enumerate(self.ids):
            called = self._called.get(row, "")
            own = [self.names_sq[row], self.definite[row] or self.names_sq[row]]
            own += [name for name in called.split("|") if name and name != DOUBTFUL]
            forms = (*own, *filter(None, (self.names_en[row], *self.others[row].split("|"))))
            sure = 0 if called == DOUBTFUL else len(own)
            yield ident, forms, self.kinds[row], self._municipalities[row], row, sure


def _rows(text: str, mended: str) -> Iterator[dict[str, str]]:
    """The rows of places.csv, each in the form that was mended where there is one; then those that are only there."""
    better = {row["id"]: row for row in csv.DictReader(StringIO(mended))}
    for row in csv.DictReader(StringIO(text)):
        yield better.pop(row["id"], row)
    yield from better.values()


def kilometres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in kilometres."""
    a, b = math.radians(lat1), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))
