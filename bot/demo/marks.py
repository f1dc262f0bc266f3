"""The map of one talk: the directory's drawing, with the place that was understood and the services that were offered.

Owns: the marks and the list beside them. Never: the drawing itself (`directory/drawing`), anything nearer than a town.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

import msgspec

from bot.dialogue.session import Session
from bot.directory import drawing
from bot.directory.answers import Answers
from bot.directory.ranking import nearest

PLACE: Final = "#111"
SERVICE: Final = "#d6006e"


class Offered(msgspec.Struct, frozen=True):
    """One service of the list beside the map."""

    number: int
    name: str
    town: str
    phone: str


class Drawn(msgspec.Struct, frozen=True):
    """What the page shows. `svg` is a whole drawing; `place` "" where none was understood."""

    svg: str
    place: str
    offered: tuple[Offered, ...]


class Map:
    """Draws. The empty map of each language is drawn once."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._empty = functools.cache(self._base)

    def of(self, session: Session | None, language: str, now: datetime) -> Drawn:
        """The map as one talk has it so far, seen from its place."""
        places = self._answers.directory.places
        ident = session.facts.get("place", "") if session else ""
        row = places.row(ident)
        shown = [key for key in (session.shown if session else ()) if key in self._answers.directory.offers]
        offered = tuple(self._offered(number, key, ident, language, now) for number, key in enumerate(shown, 1))
        marks = [*self._services(shown, row), *self._place(row, language)]
        base = self._empty(language)
        svg = base.replace("</svg>", "\n".join([*marks, "</svg>"]))
        return Drawn(svg, places.name(row, language) if row >= 0 else "", offered)

    def _base(self, language: str) -> str:
        return drawing.svg(self._answers.directory, language, self._answers.texts.get(language, {}))

    def _offered(self, number: int, key: str, place: str, language: str, now: datetime) -> Offered:
        fields = self._answers.values("service", f"{key}@{place}" if place else key, language, now)
        far = f"{fields['town']}, {fields['km']} km" if fields["km"] not in ("", "0") else fields["town"]
        return Offered(number, fields["name"], far, fields["phone"])

    def _services(self, shown: list[str], row: int) -> Iterator[str]:
        places = self._answers.directory.places
        for number, key in enumerate(shown, 1):
            met = nearest(places, self._answers.directory.offers[key], row)[1]
            if met < 0:
                continue
            x, y = drawing.point(places.lat[met], places.lon[met])
            x, y = x + 13 * (number - 1), y + 18  # below the town's own marks; several in one town side by side
            yield (
                f'<g class="offered"><circle cx="{x}" cy="{y}" r="11" fill="{SERVICE}" stroke="#fff" '
                f'stroke-width="2"/><text x="{x}" y="{y + 5}" fill="#fff" font-weight="700" '
                f'text-anchor="middle">{number}</text></g>'
            )

    def _place(self, row: int, language: str) -> Iterator[str]:
        if row < 0:
            return
        places = self._answers.directory.places
        x, y = drawing.point(places.lat[row], places.lon[row])
        name = escape(places.name(row, language))
        yield (
            f'<g class="understood"><title>{name}</title><path d="M{x} {y - 12}c-14 -16 -10 -30 0 -30s14 14 0 30z" '
            f'fill="{PLACE}" stroke="#fff" stroke-width="1.5"/><circle cx="{x}" cy="{y - 31}" r="4" fill="#fff"/></g>'
        )
