"""The named lookups and the fields: what they promise, for every kind of person, need and place, in both languages."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.authoring import phrasebook
from bot.dialogue.lookups import FIELDS, LOOKUPS, Found, Query
from bot.directory import hours
from bot.directory.answers import Answers
from bot.directory.load import load
from bot.directory.model import Directory, Schedule

ROOT = Path(__file__).parent.parent
DIRECTORY = load(ROOT / "data")
TEXTS = {"sq": phrasebook.load(ROOT / "bot" / "locales").texts("sq")}
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
LISTED = Answers(DIRECTORY, TEXTS, "listed")
STRICT = Answers(DIRECTORY, TEXTS, "strict")
OURS = set(LOOKUPS) - {"checkin"}

PEOPLE = [
    {},
    {"age": "adult", "sex": "f"},
    {"age": "adult", "sex": "m"},
    {"age": "child"},
    {"age": "child", "sex": "m", "who": "other"},
    {"sex": "f", "children": "yes"},
]
WHERE = [{}, {"place": "m-elbasan"}, {"place": "m-kukes"}, {"country": "IT", "placed": "abroad"}, {"country": "BE"}]
WHAT = [{"need": code, "needs": code} for code in DIRECTORY.needs] + [{"group": "work"}, {"group": "courses"}, {}]
SITUATIONS = [
    {**who, **where, **what, "organization": "shkej"} for who, where, what in itertools.product(PEOPLE, WHERE, WHAT)
]


def ask(answers: Answers, name: str, facts: dict[str, str], shown: tuple[str, ...] = ()) -> Found:
    """One lookup."""
    return answers.lookups[name](Query(facts=facts, shown=shown, now=NOW))


def test_every_lookup_but_the_checkin_is_answered() -> None:
    assert set(LISTED.lookups) == OURS


@pytest.mark.parametrize("answers", [LISTED, STRICT], ids=["listed", "strict"])
@pytest.mark.parametrize("name", sorted(OURS))
def test_lookups_keep_their_promise(answers: Answers, name: str) -> None:
    spec = LOOKUPS[name]
    words = set()
    for facts in SITUATIONS:
        found = ask(answers, name, facts)
        assert set(found.facts) == set(spec.yields)
        for fact, word in found.facts.items():
            assert word in spec.yields[fact]
            words.add(word)
        assert set(found.bind) <= set(spec.fills)
        for placeholder, ident in found.bind.items():
            for language in ("sq", "en"):
                values = answers.values(placeholder, ident, language, NOW)
                assert set(values) >= set(FIELDS[placeholder])
                assert all(isinstance(value, str) for value in values.values())
                assert values["name"]
    assert words


@pytest.mark.parametrize(
    "name", ["line", "cost", "hours", "who", "need", "place", "country", "org", "service", "hotline"]
)
def test_every_declared_field_is_filled(name: str) -> None:
    idents = {
        **{key: "" for key in ("line", "cost", "hours", "who")},
        "need": "shelter", "place": "m-berat", "country": "IT", "org": "vatra",
        "service": "vatra.shelter", "hotline": "al-116117",
    }  # fmt: skip
    for language in ("sq", "en"):
        assert set(LISTED.values(name, idents[name], language, NOW)) >= set(FIELDS[name])


def numbers_of(directory: Directory) -> set[str]:
    """Every number that the files hold."""
    known = {phone.number for org in directory.organizations.values() for phone in org.phones}
    return (
        known | {line.number for line in directory.lines.values()} | {line.website for line in directory.lines.values()}
    )


def test_every_number_given_is_one_of_the_files() -> None:
    known = numbers_of(DIRECTORY)
    given = set()
    for facts, name in itertools.product(SITUATIONS, ("service", "further", "hotline", "abroad", "silent")):
        for placeholder, ident in ask(LISTED, name, facts).bind.items():
            if placeholder in ("service", "hotline"):
                given.add(LISTED.values(placeholder, ident, "sq", NOW)["phone"])
    assert given - {""} <= known
    assert len(given) >= 10


def test_strict_names_organisations_without_numbers_until_somebody_dialled() -> None:
    for facts in SITUATIONS:
        found = ask(STRICT, "service", facts)
        assert found.facts["number"] == "no"
        if found.bind:
            assert STRICT.values("service", found.bind["service"], "en", NOW)["phone"] == ""
    org = DIRECTORY.organizations["vatra"]
    phone = msgspec.structs.replace(org.phones[0], assured_date=NOW.date(), assured_by="A. B.")
    offers = {
        key: msgspec.structs.replace(offer, organization=msgspec.structs.replace(org, phones=(phone,)))
        for key, offer in DIRECTORY.offers.items()
        if offer.organization.id == "vatra"
    }
    dialled = msgspec.structs.replace(
        DIRECTORY, by_need={"shelter": tuple(o for o in offers.values() if "shelter" in o.service.needs)}, offers=offers
    )
    strict = Answers(dialled, TEXTS, "strict")
    found = ask(strict, "service", {"need": "shelter", "sex": "f"})
    assert found.facts["number"] == "yes"
    shown = strict.values("service", found.bind["service"], "sq", NOW)
    assert shown["phone"] == phone.number
    assert shown["verified_on"] == "25.11.2026"


def test_number_says_whether_there_is_one_to_give() -> None:
    for facts in SITUATIONS:
        found = ask(LISTED, "service", facts)
        if found.bind:
            shown = LISTED.values("service", found.bind["service"], "sq", NOW)
            assert (found.facts["number"] == "yes") == bool(shown["phone"])


def test_nobody_is_offered_twice_and_it_ends() -> None:
    facts = {"need": "domestic_violence", "place": "m-tirane", "sex": "f", "age": "adult"}
    shown: tuple[str, ...] = ()
    organizations = []
    while (found := ask(LISTED, "service", facts, shown)).facts["found"] != "none":
        organizations.append(found.bind["service"].partition(".")[0])
        shown += found.shown
    assert len(organizations) == len(set(organizations)) >= 4


def test_details_are_those_of_the_service_offered_last() -> None:
    assert ask(LISTED, "current", {}).facts["current"] == "no"
    facts = {"need": "legal_aid", "place": "m-shkoder", "sex": "m", "age": "adult"}
    found = ask(LISTED, "current", facts, ("vatra.shelter", "mary-ward-loreto.advice-centre"))
    assert LISTED.values("service", found.bind["service"], "sq", NOW)["town"] == "Lezhë"
    abroad = ask(LISTED, "current", facts, ("it-antitratta",)).bind["service"]
    assert LISTED.values("service", abroad, "sq", NOW)["phone"] == "800 290 290"


def test_further_is_in_another_county() -> None:
    for place in ("m-tirane", "m-elbasan", "m-vlore"):
        facts = {"need": "domestic_violence", "place": place, "sex": "f"}
        found = ask(LISTED, "further", facts)
        town = LISTED.values("service", found.bind["service"], "sq", NOW)["town"]
        row = DIRECTORY.places.seats[town]
        assert DIRECTORY.places.counties[row] != DIRECTORY.places.counties[DIRECTORY.places.row(place)]


def test_abroad_never_gets_an_albanian_number() -> None:
    albanian = {line.number for line in DIRECTORY.lines.values() if line.country == "AL"} - {"112", "", "116 006"}
    for code in DIRECTORY.countries:
        if code == "AL":
            continue
        for who, what in itertools.product(PEOPLE, WHAT):
            found = ask(LISTED, "abroad", {**who, **what, "country": code})
            assert found.facts["abroad"] in ("line", "emergency")
            if found.facts["abroad"] == "line":
                line = DIRECTORY.lines[found.bind["service"]]
                assert line.country == code
                assert LISTED.values("service", line.id, "sq", NOW)["phone"]
        numbers = LISTED.values("line", code, "sq", NOW)
        assert not set(numbers.values()) & albanian
        own = {line.number for line in DIRECTORY.lines.values() if line.country == code and line.number}
        assert set(numbers.pop("others").split(", ")) - {""} <= own
        assert set(numbers.values()) == {DIRECTORY.countries[code].emergency}
    assert ask(LISTED, "abroad", {"country": "ZZ"}).facts["abroad"] == "unknown"


def test_a_line_reported_not_to_answer_is_nobodys_hotline() -> None:
    for answers, facts in itertools.product((LISTED, STRICT), SITUATIONS):
        assert ask(answers, "hotline", facts).bind.get("hotline") not in ("al-116006", "al-116000")


HOTLINES = [
    ({"sex": "f", "age": "adult"}, "women", "women"),
    ({"sex": "f", "age": "child"}, "children", "children"),
    ({"sex": "m", "age": "child"}, "children", "children"),
    ({"sex": "m", "age": "adult"}, "anyone", "none"),
    ({"need": "child_at_risk"}, "children", "children"),
    ({"need": "domestic_violence"}, "women", "women"),
    ({}, "women", "women"),
]


@pytest.mark.parametrize(("facts", "listed", "strict"), HOTLINES)
def test_the_national_line_that_accepts_the_person(facts: dict[str, str], listed: str, strict: str) -> None:
    """That 116 117 takes men stands in one source only (top-channel.tv 2017): enough when listed ones may be shown."""
    assert ask(LISTED, "hotline", facts).facts["hotline"] == listed
    assert ask(STRICT, "hotline", facts).facts["hotline"] == strict


def test_without_a_voice() -> None:
    assert LISTED.values("service", ask(LISTED, "silent", {}).bind["service"], "sq", NOW)["web"] == "alo116.al"
    assert ask(LISTED, "silent", {"age": "child"}).facts["silent"] == "yes"
    assert ask(LISTED, "silent", {"age": "adult", "sex": "m"}).facts["silent"] == "no"


def test_kinds_of_need() -> None:
    kinds = [
        ({"need": "domestic_violence"}, "urgent"),
        ({"need": "legal_aid", "needs": "legal_aid,shelter"}, "urgent"),
        ({"need": "legal_aid"}, "plain"),
        ({"need": "education_training"}, "information"),
        ({"group": "family"}, "plain"),
        ({"group": "courses"}, "information"),
        ({}, "none"),
    ]
    for facts, kind in kinds:
        assert ask(LISTED, "need", facts).facts["kind"] == kind


def test_organisations_by_name() -> None:
    names = LISTED.directory.organization_names()
    for name in ("Vatra", "D&E", "Tjeter Vizion", "ARSIS", "World Vision", "Medaille", "Papa Xhovani", "SHKEJ", "MWL"):
        assert names[name] in DIRECTORY.organizations
    assert ask(LISTED, "organization", {"organization": "world-vision"}).facts["organization_kind"] == "prevention"
    assert ask(LISTED, "organization", {"organization": "vatra"}).facts == {
        "organization_kind": "direct",
        "number": "yes",
    }


def test_homonyms_are_told_apart() -> None:
    golems = [row[0] for row in LISTED.directory.places.names() if row[1][0] == "Golem"]
    assert len(golems) > 2
    assert len({LISTED.values("first", ident, "sq", NOW)["name"] for ident in golems}) == len(golems)
    found = ask(LISTED, "which", {"which": ",".join(golems[:3])})
    assert found.facts == {"several": "yes"}
    assert found.bind == {"first": golems[0], "second": golems[1]}
    assert ask(LISTED, "which", {"which": golems[0]}).facts == {"several": "no"}


def test_town_and_kilometres_are_seen_from_the_person() -> None:
    shown = LISTED.values("service", "mary-ward-loreto.advice-centre@m-shkoder", "sq", NOW)
    assert (shown["town"], shown["km"]) == ("Lezhë", "35")
    assert LISTED.values("service", "mary-ward-loreto.advice-centre", "sq", NOW)["km"] == ""
    unit = LISTED.values("service", "child-protection-unit.unit@m-kukes", "sq", NOW)
    assert (unit["town"], unit["km"], unit["name"]) == ("Kukës", "", "Mbrojtja e Fëmijëve")


def test_what_is_not_known_is_not_made_up() -> None:
    shown = LISTED.values("service", "different-and-equal.legal", "sq", NOW)
    assert (shown["cost"], shown["hours"], shown["who"], shown["phone"]) == ("", "", "", "")
    assert shown["languages"] == "nuk dihet"
    assert LISTED.values("service", "al-116111", "sq", NOW)["hours"] == "orari nuk dihet"
    assert LISTED.values("service", "it-antitratta", "en", NOW)["languages"] == "Italian, Albanian"


AUDIENCE_WORDS = {
    "women": r"women|grat?\b|grave",
    "men": r"\bmen\b|burra",
    "children": r"child|under 18|nën 18|fëmijë|internet",
    "youth": r"young|youth|teenagers|students|people|të rinj|adoleshent|studentë",
    "mothers": r"mothers|nëna",
    "families": r"famil|parents|prindër",
}


@pytest.mark.parametrize("language", ["sq", "en"])
def test_a_clause_says_for_whom_it_is(language: str) -> None:
    """A card holds no other word on it, and who says nothing of themselves may be offered any of them."""
    for key, offer in DIRECTORY.offers.items():
        if offer.service.offered and offer.service.serves != "anyone":
            what = LISTED.values("service", key, language, NOW)["what"]
            assert re.search(AUDIENCE_WORDS[offer.service.serves], what), (key, what)


def test_a_card_and_a_line_fit_two_parts() -> None:
    """The longest card as the flow says it, twice, and the line: 306 letters of GSM-7 in Albanian."""
    for key, offer in DIRECTORY.offers.items():
        if offer.service.offered:
            shown = LISTED.values("service", key, "sq", NOW)
            card = f"{shown['name']}, {shown['town']}: {shown['what']}. Numri: {shown['phone'] or shown['web']}. "
            assert len(card) <= 125, card
            assert 2 * len(card) + len("Nëse nuk përgjigjet askush: 116 117.") <= 306


def test_what_was_withdrawn_while_somebody_talked_is_empty_not_wrong() -> None:
    for name, fields in FIELDS.items():
        if name in ("service", "hotline", "org", "place", "first", "country", "need"):
            assert LISTED.values(name, "gone.gone@nowhere", "sq", NOW) == dict.fromkeys(fields, "")


@given(
    facts=st.dictionaries(
        st.sampled_from(["need", "needs", "place", "country", "age", "sex", "group", "which"]), st.text()
    )
)
@settings(max_examples=300, deadline=None)
def test_no_facts_break_a_lookup(facts: dict[str, str]) -> None:
    for name in OURS - {"organization"}:
        found = ask(LISTED, name, facts, ("gone.gone",))
        assert set(found.facts) == set(LOOKUPS[name].yields)


HOURS = [
    (("MO", "TU", "WE", "TH", "FR"), "08:00", "16:00", "e hënë-e premte 8-16", "Mon-Fri 8-16"),
    (("FR", "MO", "WE"), "08:30", "12:00", "e hënë, e mërkurë, e premte 8:30-12", "Mon, Wed, Fri 8:30-12"),
    (("SA", "SU"), "10:00", "24:00", "e shtunë, e diel 10-24", "Sat, Sun 10-24"),
    (("TU",), "09:00", "10:00", "e martë 9-10", "Tue 9-10"),
]


@pytest.mark.parametrize(("days", "opens", "closes", "albanian", "english"), HOURS)
def test_hours_are_said_in_words(days: tuple[str, ...], opens: str, closes: str, albanian: str, english: str) -> None:
    shown = with_hours(days, opens, closes)
    assert shown.values("service", "vatra.legal-clinic", "sq", NOW)["hours"] == albanian
    assert shown.values("service", "vatra.legal-clinic", "en", NOW)["hours"] == english


def with_hours(days: tuple[str, ...], opens: str, closes: str) -> Answers:
    """The directory, with hours for one service."""
    schedule = Schedule(byday=days, opens_at=opens, closes_at=closes, source=("seed",), confidence="C1")
    offer = DIRECTORY.offers["vatra.legal-clinic"]
    timed = msgspec.structs.replace(offer, service=msgspec.structs.replace(offer.service, schedules=(schedule,)))
    offers = {**DIRECTORY.offers, offer.key: timed}
    return Answers(msgspec.structs.replace(DIRECTORY, offers=offers), TEXTS, "listed")


OPENINGS = [
    ("2026-11-25T06:30", "sot në 8", "today at 8"),
    ("2026-11-25T17:00", "nesër në 8", "tomorrow at 8"),
    ("2026-11-20T18:00", "e martë 8", "Tue 8"),  # Alphabet Day falls on a Sunday: Monday is free instead
    ("2026-11-25T10:00", "", ""),
]


@pytest.mark.parametrize(("at", "albanian", "english"), OPENINGS)
def test_when_it_opens_next(at: str, albanian: str, english: str) -> None:
    shown = with_hours(("MO", "TU", "WE", "TH", "FR"), "08:00", "16:00")
    now = datetime.fromisoformat(at).replace(tzinfo=hours.ZONE).astimezone(UTC)
    assert shown.values("service", "vatra.legal-clinic", "sq", now)["opens"] == albanian
    assert shown.values("service", "vatra.legal-clinic", "en", now)["opens"] == english


def test_no_text_of_a_field_holds_a_stray_brace_or_nothing_typed() -> None:
    for key in DIRECTORY.offers:
        for value in LISTED.values("service", key, "sq", NOW).values():
            assert not re.search(r"[{}\n]", value)
