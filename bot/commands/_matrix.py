"""`directory matrix`: for every need, municipality and kind of person, how near help is, and why it is not.

Owns: the table and its words. Never: the ranking, or who a line accepts.

Tiers: L a service near (same county or 60 km); R one further away; n only a national line that accepts the person and
is for the need; . nothing but the emergency number, which outside danger counts as empty.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from bot.directory import lines
from bot.directory.assurance import LISTED, STRICT
from bot.directory.model import Directory
from bot.directory.ranking import Person, offers

TIERS: Final = {
    "L": "a service near",
    "R": "a service further away",
    "n": "a national line",
    ".": "the emergency number only",
}
AUDIENCES: Final = {
    "woman": Person(age="adult", sex="f"),
    "man": Person(age="adult", sex="m"),
    "girl of 15": Person(years=15, sex="f"),
    "boy of 15": Person(years=15, sex="m"),
    "mother with children": Person(age="adult", sex="f", children=True),
    "nothing said": Person(),
}


class Cell(msgspec.Struct, frozen=True):
    """One need, one municipality, one kind of person."""

    need: str
    audience: str
    place: str  # id of the municipality
    tier: str
    why: tuple[str, ...]  # for an empty one: what the facts say, service by service


def arguments(parser: argparse.ArgumentParser) -> None:
    """How to print."""
    parser.add_argument("--assurance", choices=(LISTED, STRICT), default=LISTED)
    parser.add_argument("--json", action="store_true", help="for programs")


def run(directory: Directory, args: argparse.Namespace) -> int:
    """0 where every empty cell has its reasons."""
    found = list(cells(directory, datetime.now(UTC), args.assurance))
    if args.json:
        print(json.dumps(msgspec.to_builtins(found), ensure_ascii=False))
    else:
        _print(directory, found)
    return 1 if any(cell.tier == "." and not cell.why for cell in found) else 0


def cells(directory: Directory, now: datetime, assurance: str) -> Iterator[Cell]:
    """All needs that are services, all municipalities, all audiences."""
    seats = sorted(directory.places.seats.values())
    for need, row in directory.needs.items():
        if row.service:
            for audience, said in AUDIENCES.items():
                for seat in seats:
                    person = msgspec.structs.replace(said, needs=(need,), place=seat)
                    yield _cell(directory, person, audience, now, assurance)


def _cell(directory: Directory, person: Person, audience: str, now: datetime, assurance: str) -> Cell:
    need, place = person.needs[0], directory.places.ids[person.place]
    choices, refusals = offers(directory, person, now)
    if choices:
        near = choices[0].near and choices[0].km >= 0  # who has no place is near nobody
        return Cell(need, audience, place, "L" if near else "R", ())
    _, line = lines.hotline(directory, person, now, assurance)
    if line is not None and need in line.needs:
        return Cell(need, audience, place, "n", ())
    why = tuple(f"{refusal.offer.key} {refusal.reason}" for refusal in refusals)
    last = "the line for this person is not for this need" if line else "no line surely accepts this person"
    return Cell(need, audience, place, ".", (*(why or ("no organisation offers it",)), last))


def _print(directory: Directory, found: list[Cell]) -> None:
    print("Municipalities, in the order of the letters:")
    print(", ".join(directory.places.names_sq[row] for row in sorted(directory.places.seats.values())) + ".")
    for tier, meaning in TIERS.items():
        print(f"{tier}  {meaning}")
    rows: dict[tuple[str, str], list[Cell]] = {}
    for cell in found:
        rows.setdefault((cell.need, cell.audience), []).append(cell)
    for (need, audience), row in rows.items():
        print(f"{need:<25}{audience:<21}{''.join(cell.tier for cell in row)}")
    total = Counter(cell.tier for cell in found)
    print(f"{len(found)} cells: " + ", ".join(f"{total[tier]} {meaning}" for tier, meaning in TIERS.items()) + ".")
    empty = Counter((cell.need, cell.audience, cell.why) for cell in found if cell.tier == ".")
    for (need, audience, why), count in empty.items():
        print(f"Empty: {need}, {audience}, {count} municipalities: {'; '.join(why)}.")
