"""Rules on what the data says: problems that block, and dues that are only counted.

Owns: the rules below, each with its remedy. Never: reading files (`load`), how old a fact may be (`assurance`), the
clock.

A problem is a row that would mislead: an unknown word, a number that cannot be dialled, an address, a clause that is
too long for a message, prevention offered in danger, a claim of two sources that names one. A due is a telephone call
that somebody must make.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import msgspec

from bot.directory.assurance import LISTED, TWO_SOURCES, assured, line_shown
from bot.directory.model import SERVICES, Directory, Fact, Finding, Group, Line, Organization, Schedule, Service

LONGEST_CLAUSE: Final = 40
LONGEST_NAME: Final = 24
CONFIDENCE: Final = frozenset({"C2", "C1", "S"})
COSTS: Final = frozenset({"free", "free_mobile", "paid", "unknown"})
GROUPS: Final = ("stay", "work", "family", "children", "advice", "courses")
KINDS: Final = frozenset({"urgent", "plain", "information"})
REACH: Final = frozenset({"national", "region", "county", "municipality"})
POLICE: Final = frozenset({"yes", "no", "unknown"})
ROLES: Final = frozenset({"emergency", "police", "ambulance", "hotline", "report", "chat"})
ANSWERS: Final = frozenset({"yes", "reported_not", "unknown"})
NUMBER: Final = re.compile(r"\+\d{1,3}( \d{1,8}){1,4}")
SHORT: Final = re.compile(r"\d{2,5}( \d{2,7}){0,3}")
CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
ADDRESS: Final = re.compile(
    r"\b(rruga|rr\.|blv\b|bulevardi|boulevard|lagjja|pallati)|\b(street|road) (no|nr|\d)|\bnr\.? ?\d", re.IGNORECASE
)


class Due(msgspec.Struct, frozen=True, order=True):
    """A call to make, the most important first. `number` is empty where the number itself must be found."""

    weight: int
    file: str
    place: str
    name: str
    number: str
    what: str


def problems(directory: Directory) -> list[Finding]:
    """Everything that blocks, sorted by file."""
    found = [*_needs(directory)]
    for org in directory.organizations.values():
        found += _organization(directory, org)
    for line in directory.lines.values():
        found += _line(directory, line)
    for code, country in directory.countries.items():
        if not re.fullmatch(r"\d{3}", country.emergency):
            found.append(
                _finding("lines.toml", f"countries.{code}", "has no emergency number of three digits", "Mend it.")
            )
    return sorted(found)


def dues(directory: Directory, now: datetime) -> list[Due]:
    """Every number that nobody confirmed within the time that `assurance` gives, and every one still to be found."""
    found = []
    for line in directory.lines.values():
        if line.number and not assured(line, now) and line_shown(line, now, LISTED):
            found.append(Due(_weight(line), "lines.toml", f"lines.{line.id}", line.name, line.number, _ask(line)))
    for org in directory.organizations.values():
        file, prevention = f"organizations/{org.id}.toml", org.kind == "prevention"
        for phone in org.phones:
            if not phone.withdrawn and not assured(phone, now):
                weight = 3 if phone.confidence == "S" else 4
                found.append(Due(weight, file, f"phones.{phone.id}", org.short_name, phone.number, _ask(phone)))
        if not org.phoneless and not any(not phone.withdrawn for phone in org.phones):
            found.append(Due(6 if prevention else 5, file, "phones", org.short_name, "", "find its number"))
    return sorted(found)


def _weight(line: Line) -> int:
    if line.country != "AL":
        return 7
    return 0 if line.role in ("emergency", "police", "ambulance") else 1 if line.answers == "yes" else 2


def _ask(fact: Fact) -> str:
    return {"C2": "two sources", "C1": "one source", "S": "stale or contradictory"}[fact.confidence]


def _finding(file: str, place: str, wrong: str, remedy: str) -> Finding:
    return Finding(file, place, wrong, remedy)


def _word(file: str, place: str, key: str, value: str, words: Iterable[str]) -> Iterator[Finding]:
    known = sorted(words)
    if value not in known:
        yield _finding(file, place, f"{key} is {value!r}", f"Use one of: {', '.join(known)}.")


def _needs(directory: Directory) -> Iterator[Finding]:
    for code, need in directory.needs.items():
        yield from _word("needs.toml", code, "kind", need.kind, KINDS)
        yield from _word("needs.toml", code, "group", need.group, GROUPS if need.service else ("",))
        if len(need.label) > 20:
            yield _finding("needs.toml", code, f"the label has {len(need.label)} letters", "At most 20 fit a button.")


def _brief(file: str, org: Organization) -> Iterator[Finding]:
    """What is told of its services fits one message, and leaves none of them out."""
    offered = [service.what for service in org.services if service.on_offer]
    clauses = list(dict.fromkeys(offered))
    if org.brief and (len(org.brief) > SERVICES or len(org.brief.split("; ")) != len(clauses)):
        remedy = f"Write its {len(clauses)} services in {SERVICES} letters, `; ` between them."
        yield _finding(file, "brief", "does not tell each service in one message", remedy)
    if not org.brief and len("; ".join(clauses)) > SERVICES:
        yield _finding(file, "brief", "is missing: the clauses do not fit one message", "Write each in a word or two.")


def _organization(directory: Directory, org: Organization) -> Iterator[Finding]:
    file = f"organizations/{org.id}.toml"
    yield from _fact(org, org.sources, file, "the head")
    yield from _word(file, "kind", "kind", org.kind, ("direct", "prevention"))
    if org.place and directory.places.row(org.place) < 0:
        yield _finding(file, "place", f"{org.place!r} is not in places.csv", "Take an id of data/places.csv.")
    yield from _clauses(
        file,
        "the head",
        (("short_name", org.short_name, LONGEST_NAME), ("description", org.description, LONGEST_CLAUSE)),
    )
    yield from _brief(file, org)
    yield from _twice(file, org)
    for phone in org.phones:
        yield from _fact(phone, org.sources, file, f"phones.{phone.id}")
        yield from _word(file, f"phones.{phone.id}", "cost", phone.cost, COSTS)
        if not NUMBER.fullmatch(phone.number):
            remedy = "Write it as +355 4 2265398: with the country and spaces, nothing else."
            yield _finding(file, f"phones.{phone.id}", f"{phone.number!r} cannot be dialled as it stands", remedy)
    for location in org.locations:
        row = directory.places.row(location.place)
        if row >= 0 and directory.places.kinds[row] not in ("municipality", "town"):
            remedy = "Name the municipality: where a shelter is must not be guessed from it."
            yield _finding(file, f"locations.{location.id}", "is nearer than a town", remedy)
    for service in org.services:
        yield from _service(directory, org, service, file)


def _twice(file: str, org: Organization) -> Iterator[Finding]:
    for key, rows in (("services", org.services), ("phones", org.phones), ("locations", org.locations)):
        ids = [row.id for row in rows]
        for ident in sorted({ident for ident in ids if ids.count(ident) > 1}):
            yield _finding(file, f"{key}.{ident}", "stands there twice", "Give each its own id.")


def _service(directory: Directory, org: Organization, service: Service, file: str) -> Iterator[Finding]:
    place = f"services.{service.id}"
    yield from _fact(service, org.sources, file, place)
    yield from _common(directory, service, file, place)
    yield from _word(file, place, "reach", service.reach, REACH)
    yield from _word(file, place, "status", service.status, ("active", "inactive"))
    for county in service.counties:
        yield from _word(file, place, "counties", county, set(directory.places.counties))
    if service.offered and not (*service.needs, *service.also):
        yield _finding(file, place, "is offered for no need", "Name one in `needs` or `also`, or set offered = false.")
    if org.kind == "prevention" and service.urgent:
        yield _finding(file, place, "is prevention, but may be offered in danger", "Set urgent = false.")
    for schedule in service.schedules:
        yield from _schedule(schedule, org.sources, file, place)


def _common(directory: Directory, row: Service | Line, file: str, place: str) -> Iterator[Finding]:
    words = directory.words
    yield from _word(file, place, "cost", row.cost, COSTS)
    yield from _word(file, place, "police", row.police, POLICE)
    yield from _word(file, place, "who", row.who, _keys(words, "who."))
    yield from _word(file, place, "serves", row.serves, _keys(words, "serves."))
    for code in row.languages:
        yield from _word(file, place, "languages", code, _keys(words, "language."))
    also = row.also if isinstance(row, Service) else ()
    situations = tuple(code for group in row.eligible for code in group.needs)
    for code in (*row.needs, *also, *situations):
        yield from _word(file, place, "a need", code, directory.needs)
    for group in row.eligible:
        yield from _group(group, file, place)
    yield from _clauses(file, place, (("name", row.name, LONGEST_NAME + 4), ("what", row.what, LONGEST_CLAUSE)))


def _group(group: Group, file: str, place: str) -> Iterator[Finding]:
    yield from _word(file, place, "sex", group.sex, ("", "f", "m"))
    yield from _word(file, place, "confidence", group.confidence, CONFIDENCE)
    if not 0 <= group.min_age <= group.max_age:
        yield _finding(file, place, "accepts nobody: its ages are turned round", "Put the smaller into min_age.")


def _keys(words: Iterable[str], prefix: str) -> set[str]:
    return {word.removeprefix(prefix) for word in words if word.startswith(prefix)}


def _clauses(file: str, place: str, texts: Iterable[tuple[str, str, int]]) -> Iterator[Finding]:
    for key, text, most in texts:
        if not text or len(text) > most:
            yield _finding(file, place, f"{key} has {len(text)} letters", f"1 to {most} fit a message.")
        if ADDRESS.search(text):
            yield _finding(file, place, f"{key} looks like an address", "Name the town only: no address is ever kept.")


def _fact(fact: Fact, sources: Iterable[str], file: str, place: str) -> Iterator[Finding]:
    yield from _word(file, place, "confidence", fact.confidence, CONFIDENCE)
    for name in fact.source:
        yield from _word(file, place, "source", name, sources)
    if not fact.source:
        yield _finding(file, place, "has no source", "Name one of [sources].")
    if fact.confidence == TWO_SOURCES and len(set(fact.source)) < 2:
        yield _finding(file, place, "is C2 with one source", "Name the second source, or write C1.")
    if (fact.assured_date is None) != (not fact.assured_by):
        yield _finding(file, place, "is assured by halves", "Write both assured_date and assured_by, or neither.")
    if ADDRESS.search(fact.note):
        yield _finding(file, place, "the note looks like an address", "Name the town only: no address is ever kept.")


def _schedule(schedule: Schedule, sources: Iterable[str], file: str, place: str) -> Iterator[Finding]:
    yield from _fact(schedule, sources, file, f"{place}.schedules")
    for day in schedule.byday:
        yield from _word(file, place, "byday", day, ("MO", "TU", "WE", "TH", "FR", "SA", "SU"))
    if not schedule.byday or not all(CLOCK.fullmatch(clock) for clock in (schedule.opens_at, schedule.closes_at)):
        yield _finding(file, place, "has hours that cannot be read", 'Write byday = ["MO"], opens_at = "08:00".')


def _line(directory: Directory, line: Line) -> Iterator[Finding]:
    file, place = "lines.toml", f"lines.{line.id}"
    yield from _fact(line, directory.sources, file, place)
    yield from _common(directory, line, file, place)
    yield from _word(file, place, "role", line.role, ROLES)
    yield from _word(file, place, "answers", line.answers, ANSWERS)
    yield from _word(file, place, "country", line.country, directory.countries)
    for schedule in line.schedules:
        yield from _schedule(schedule, directory.sources, file, place)
    if line.number and not (NUMBER.fullmatch(line.number) or SHORT.fullmatch(line.number)):
        yield _finding(file, place, f"{line.number!r} cannot be dialled as it stands", "Digits and single spaces only.")
    if not (line.number or line.website) and line.role != "report":
        yield _finding(file, place, "has neither number nor website", "Name one of them.")
