"""Reads data/ into a Directory, and refuses what cannot be used.

Owns: the file layout of data/, turning TOML into the types of `model`, references between tables. Never: rules about
what the facts should say (see `rules`), any later reading.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bot.directory.model import (
    Country,
    Directory,
    Finding,
    Line,
    Location,
    Need,
    Offer,
    Organization,
    Phone,
    Service,
    Source,
)
from bot.directory.pins import Pins
from bot.directory.places import Places
from bot.errors import AdminError

MENDED = "places_mended.csv"
FILES = ("needs.toml", "words.toml", "lines.toml", "places.csv", MENDED, "borders.csv")
EVERYWHERE = "municipalities"
LINES = frozenset({"al-112", "al-116111", "al-116117"})
WORDS = frozenset(
    f"{table}.{word}"
    for table, names in {
        "fact": "free free_mobile paid cost_unknown day_night hours_unknown everywhere unknown police_yes police_no "
        "police_unknown",
        "who": "unknown",
        "serves": "anyone",
        "day": "MO TU WE TH FR SA SU today tomorrow",
        "group": "stay work family children advice courses",
        "map": "title everywhere",
        "page": "title lines abroad organizations prevention unconfirmed police not_answering credits",
    }.items()
    for word in names.split()
)
T = TypeVar("T")
LISTS = {"phones": Phone, "locations": Location, "services": Service}


def load(data: Path) -> Directory:
    """The whole directory. Raises AdminError with every finding, one a line, if a file cannot be used."""
    found: list[Finding] = []
    raw = _files(data)
    needs = {
        code: _shape(row, Need, "needs.toml", code, found) for code, row in _toml(raw, "needs.toml", found).items()
    }
    words = {
        f"{table}.{key}": text for table, row in _toml(raw, "words.toml", found).items() for key, text in row.items()
    }
    table = _toml(raw, "lines.toml", found)
    lines = [_shape(row, Line, "lines.toml", _label(row, "lines"), found) for row in table.get("lines", [])]
    countries = [
        _shape(row, Country, "lines.toml", _label(row, "countries"), found) for row in table.get("countries", [])
    ]
    sources = {
        k: _shape(row, Source, "lines.toml", f"sources.{k}", found) for k, row in table.get("sources", {}).items()
    }
    places = _places(raw, found)
    pins = _pins(places, raw, found)
    names = sorted(name for name in raw if name.startswith("organizations/"))
    organizations = [_organization(name, _toml(raw, name, found), found) for name in names]
    found += _missing(lines, countries, words)
    _refuse(found)
    offers = {offer.key: offer for org in organizations if org for offer in _offers(org, places, found)}
    _refuse(found)
    return Directory(
        needs={code: need for code, need in needs.items() if need},
        organizations={org.id: org for org in organizations if org},
        lines={line.id: line for line in lines if line},
        countries={country.code: country for country in countries if country},
        sources={key: source for key, source in sources.items() if source},
        words=words,
        places=places,
        pins=pins,
        offers=offers,
        by_need=_by_need(offers),
        digest=hashlib.sha256(b"\0".join(name.encode() + b"\0" + raw[name] for name in sorted(raw))).hexdigest()[:16],
    )


def _missing(lines: list[Line | None], countries: list[Country | None], words: Mapping[str, str]) -> list[Finding]:
    """What the texts cannot do without: the lines and the country they name by themselves, and the words for facts."""
    ids = {line.id for line in lines if line}
    codes = {country.code for country in countries if country}
    gone = [Finding("lines.toml", f"lines.{ident}", "is missing", "Restore it.") for ident in sorted(LINES - ids)]
    if "AL" not in codes:
        gone.append(Finding("lines.toml", "countries.AL", "is missing", "Restore it."))
    return gone + [Finding("words.toml", word, "is missing", "Restore it.") for word in sorted(WORDS - words.keys())]


def _files(data: Path) -> dict[str, bytes]:
    paths = [*(data / name for name in FILES)]
    paths += sorted((data / "organizations").glob("*.toml"))
    try:
        return {path.relative_to(data).as_posix(): path.read_bytes() for path in paths}
    except OSError as error:
        raise AdminError(f"{error.filename}: cannot be read. The directory needs this file.") from error


def _toml(raw: Mapping[str, bytes], name: str, found: list[Finding]) -> dict[str, Any]:
    try:
        return tomllib.loads(raw[name].decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        found.append(Finding(name, "the file", f"is no TOML in UTF-8 ({error})", "Mend the line it names."))
        return {}


def _shape(row: Any, kind: type[T], file: str, place: str, found: list[Finding]) -> T | None:
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as error:
        found.append(Finding(file, place, str(error), f"See data/README.md for what a {kind.__name__.lower()} holds."))
        return None


def _label(row: Any, table: str) -> str:
    return f"{table}.{row.get('id') or row.get('code') or '?'}" if isinstance(row, dict) else table


def _places(raw: Mapping[str, bytes], found: list[Finding]) -> Places:
    try:
        return Places(raw["places.csv"].decode("utf-8"), raw[MENDED].decode("utf-8"))
    except (KeyError, ValueError) as error:
        wrong = f"has a row that cannot be read ({error})"
        found.append(Finding(f"places.csv or {MENDED}", "the table", wrong, "Restore the row."))
        return Places("id\n")


def _pins(places: Places, raw: Mapping[str, bytes], found: list[Finding]) -> Pins:
    try:
        return Pins(places, raw["borders.csv"].decode("utf-8"))
    except (KeyError, ValueError) as error:
        found.append(
            Finding("borders.csv", "the table", f"has a row that cannot be read ({error})", "Restore the row.")
        )
        return Pins(places, "")


def _organization(name: str, table: dict[str, Any], found: list[Finding]) -> Organization | None:
    """An organisation; its lists are shaped one by one so that a finding names the row."""
    lists: dict[str, Any] = {}
    for key, kind in LISTS.items():
        rows = table.get(key, [])
        if not isinstance(rows, list):
            found.append(Finding(name, key, "is no list of tables", f"Write [[{key}]]."))
            rows = []
        lists[key] = tuple(_shape(row, kind, name, _label(row, key), found) for row in rows)
    head = {key: value for key, value in table.items() if key not in LISTS}
    org = _shape(head, Organization, name, "the head", found)
    if org and f"organizations/{org.id}.toml" != name:
        found.append(Finding(name, "id", f"is {org.id!r}, unlike the file's name", "Give both the same name."))
    return msgspec.structs.replace(org, **lists) if org else None


def _offers(org: Organization, places: Places, found: list[Finding]) -> list[Offer]:
    file = f"organizations/{org.id}.toml"
    where = {location.id: _rows(location, places) for location in org.locations}
    for location in org.locations:
        if not where[location.id]:
            wrong = f"names the place {location.place!r}, which places.csv does not have"
            found.append(Finding(file, f"locations.{location.id}", wrong, "Take an id of data/places.csv."))
    offers = []
    for service in org.services:
        ids = service.locations or tuple(where)
        for ident in (*ids, *service.phones):
            if ident not in where and all(phone.id != ident for phone in org.phones):
                wrong = f"names {ident!r}, which the file does not define"
                found.append(Finding(file, f"services.{service.id}", wrong, "Add it, or mend the name."))
        rows = tuple(row for ident in ids for row in where.get(ident, ()))
        everywhere = any(location.place == EVERYWHERE for location in org.locations if location.id in ids)
        offers.append(Offer(f"{org.id}.{service.id}", org, service, rows, everywhere))
    return offers


def _rows(location: Location, places: Places) -> tuple[int, ...]:
    if location.place == EVERYWHERE:
        return tuple(places.seats.values())
    row = places.row(location.place)
    return (row,) if row >= 0 else ()


def _by_need(offers: Mapping[str, Offer]) -> dict[str, tuple[Offer, ...]]:
    table: dict[str, list[Offer]] = {}
    for offer in offers.values():
        service = offer.service
        if service.on_offer:
            for code in dict.fromkeys((*service.needs, *service.also)):
                table.setdefault(code, []).append(offer)
    return {code: tuple(rows) for code, rows in table.items()}


def _refuse(found: list[Finding]) -> None:
    if found:
        raise AdminError("\n".join(str(finding) for finding in sorted(found)))
