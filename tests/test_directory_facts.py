"""Hours and holidays, how old a fact may be, and where a pin lies."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from bot.directory import assurance, hours
from bot.directory.load import load
from bot.directory.model import Phone, Schedule

ROOT = Path(__file__).parent.parent
DIRECTORY = load(ROOT / "data")
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
WEEK = ("MO", "TU", "WE", "TH", "FR")


def schedule(opens: str, closes: str, days: tuple[str, ...] = WEEK, holidays: bool = False) -> Schedule:
    """Office hours of somebody."""
    return Schedule(
        byday=days, opens_at=opens, closes_at=closes, holidays=holidays, source=("a",), confidence="C1"
    )  # fmt: skip


OFFICE = (schedule("08:00", "16:00"),)
NIGHT = (schedule("20:00", "06:00", ("FR",)),)
ALWAYS = (schedule("00:00", "24:00", hours.DAYS, True),)


def tirana(text: str) -> datetime:
    """A moment by the clocks of Albania."""
    return datetime.fromisoformat(text).replace(tzinfo=hours.ZONE)


OPEN = [
    (OFFICE, "2026-11-25T07:59", False, "2026-11-25T08:00"),
    (OFFICE, "2026-11-25T08:00", True, None),
    (OFFICE, "2026-11-25T15:59", True, None),
    (OFFICE, "2026-11-25T16:00", False, "2026-11-26T08:00"),
    (
        OFFICE,
        "2026-11-27T17:00",
        False,
        "2026-12-02T08:00",
    ),  # the 28th and 29th fall on a weekend: Monday and Tuesday are free
    (OFFICE, "2027-01-01T10:00", False, "2027-01-05T08:00"),  # the 2nd falls on a Saturday: Monday is free instead
    (OFFICE, "2026-10-24T10:00", False, "2026-10-26T08:00"),  # the clocks go back in between
    (NIGHT, "2026-11-27T19:00", False, "2026-11-27T20:00"),
    (NIGHT, "2026-11-28T05:00", True, None),  # Friday's night reaches into Saturday, holiday or not
    (NIGHT, "2026-11-28T06:00", False, "2026-12-04T20:00"),
    (ALWAYS, "2027-01-01T03:00", True, None),
    ((), "2026-11-25T10:00", None, None),
]


@pytest.mark.parametrize(("schedules", "at", "is_open", "opens"), OPEN)
def test_open_and_next_opening(
    schedules: tuple[Schedule, ...], at: str, is_open: bool | None, opens: str | None
) -> None:
    moment = tirana(at)
    assert hours.is_open(schedules, moment) is is_open
    assert hours.is_open(schedules, moment.astimezone(UTC)) is is_open
    following = hours.next_opening(schedules, moment.astimezone(UTC))
    assert following == (tirana(opens) if opens else None)


def test_albanian_holidays() -> None:
    days = hours.public_holidays(2026)
    assert {date(2026, 11, 28), date(2026, 11, 29), date(2026, 3, 14), date(2026, 5, 1), date(2026, 12, 25)} <= days
    assert date(2026, 11, 25) not in days


def test_always_means_holidays_too() -> None:
    assert hours.always(ALWAYS)
    assert not hours.always((schedule("00:00", "24:00", hours.DAYS),))
    assert not hours.always(OFFICE)


def phone(
    number: str, confidence: str = "C1", days_ago: int | None = None, *, by: str = "A. B.", gone: bool = False
) -> Phone:
    """A number, dialled some days ago or never."""
    when = None if days_ago is None else NOW.date() - timedelta(days=days_ago)
    return Phone(
        id=number, number=number, source=("a",), confidence=confidence, withdrawn=gone,
        assured_date=when, assured_by=by if when else "",
    )  # fmt: skip


AGES = [(0, True), (180, True), (181, False), (-1, False), (None, False)]


@pytest.mark.parametrize(("days", "sure"), AGES)
def test_assured_for_180_days(days: int | None, sure: bool) -> None:
    assert assurance.assured(phone("1", days_ago=days), NOW) is sure
    shown = assurance.first_shown([phone("1", days_ago=days)], NOW, "strict")
    assert (shown is not None) is sure


def test_nobody_is_no_confirmation() -> None:
    assert not assurance.assured(phone("1", days_ago=3, by=""), NOW)


def test_which_number_is_given() -> None:
    old, listed, dialled = phone("1", "S"), phone("2", "C1"), phone("3", "S", 10)
    assert assurance.first_shown([old, listed, dialled], NOW, "listed") == dialled
    assert assurance.first_shown([old, listed], NOW, "listed") == listed
    assert assurance.first_shown([old, listed], NOW, "strict") is None
    assert assurance.first_shown([], NOW, "listed") is None
    gone = DIRECTORY.offers["vatra.shelter"]
    only = msgspec.structs.replace(gone.organization, phones=(phone("4", gone=True),))
    assert assurance.phone_of(msgspec.structs.replace(gone, organization=only), NOW, "listed") is None
    assert not msgspec.structs.replace(gone, organization=only).callable


LINES = [
    ("al-112", True, True),
    ("al-129", True, True),
    ("al-116117", True, True),
    ("al-116111", True, True),
    ("al-116000", False, False),  # whether it works is not known
    ("al-komisariati", False, False),  # neither number nor address
    ("gb-modernslavery", True, False),  # one source
    ("xk-police", True, False),
    ("it-antitratta", True, True),
]


@pytest.mark.parametrize(("ident", "listed", "strict"), LINES)
def test_which_lines_are_shown(ident: str, listed: bool, strict: bool) -> None:
    line = DIRECTORY.lines[ident]
    assert assurance.line_shown(line, NOW, "listed") is listed
    assert assurance.line_shown(line, NOW, "strict") is strict


def test_only_116_006_is_never_alone_though_it_may_be_shown() -> None:
    line = DIRECTORY.lines["al-116006"]
    assert assurance.line_shown(line, NOW, "strict")
    assert not assurance.alone(line)


PINS = [
    ("Elbasan", 41.1125, 20.0822, "one", "m-elbasan"),
    ("Shëngjin, on the coast", 41.8135, 19.5944, "one", "g-3184136"),
    ("Kakavijë, at the border", 39.911, 20.360, "one", "g-363341"),
    ("Prizren", 42.2139, 20.7397, "abroad", "XK"),
    ("Gjakova", 42.3803, 20.4308, "abroad", "XK"),
    ("Podgorica", 42.4411, 19.2636, "abroad", "ME"),
    ("Ulcinj", 41.9290, 19.2240, "abroad", "ME"),
    ("Struga", 41.1780, 20.6780, "abroad", "MK"),
    ("Debar", 41.5240, 20.5240, "abroad", "MK"),
    ("Ioannina", 39.6650, 20.8530, "abroad", "GR"),
    ("Corfu", 39.6240, 19.9210, "abroad", "GR"),
    ("Bari", 41.1170, 16.8700, "abroad", "IT"),
    ("Milan", 45.4640, 9.1900, "abroad", "IT"),
    ("London", 51.5000, -0.1000, "abroad", ""),
    ("the Adriatic", 41.2000, 18.9000, "unknown", ""),
    ("nowhere", 95.0, 20.0, "unknown", ""),
]


@pytest.mark.parametrize(("name", "lat", "lon", "kind", "what"), PINS, ids=[row[0] for row in PINS])
def test_pins(name: str, lat: float, lon: float, kind: str, what: str) -> None:
    reading = DIRECTORY.pins.at(lat, lon)
    assert reading.kind == kind, name
    assert (reading.ids[0] if reading.ids else reading.country) == what


def test_every_place_is_found_at_its_own_coordinates() -> None:
    places = DIRECTORY.places
    for row in range(len(places)):
        reading = DIRECTORY.pins.at(places.lat[row], places.lon[row])
        assert reading.kind == "one"
        assert places.km(row, places.row(reading.ids[0])) < 0.5


def test_places_keep_what_is_only_a_guess_to_themselves() -> None:
    places = DIRECTORY.places
    assert len(places.seats) == 61
    assert places.municipality(places.row("m-elbasan")) == "Elbasan"
    assert places.municipality(places.row("g-12045603")) == ""  # knn-weak
    assert places.name(places.row("m-tirane"), "en") == "Tirana"
    assert places.name(places.row("g-12045603"), "en") == "Currilat"
    ident, forms, kind, municipality, _, own = next(row for row in places.names() if row[0] == "m-berat")
    assert (ident, forms[:3], kind, municipality) == ("m-berat", ("Berat", "Berati", "Berat"), "municipality", "Berat")
    assert own == 2  # its name and the definite form of it
