"""What a card says of a service: how far about, the number early, and nothing that is not known."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.authoring import phrasebook
from bot.authoring.placeholders import rules
from bot.channels import sms
from bot.channels.fill import fill
from bot.dialogue.lookups import Query
from bot.directory.answers import Answers
from bot.directory.cards import about
from bot.directory.load import load

ROOT = Path(__file__).parent.parent
DIRECTORY = load(ROOT / "data")
BOOK = phrasebook.load(ROOT / "bot" / "locales")
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
ANSWERS = Answers(DIRECTORY, {"sq": BOOK.texts("sq")}, "listed")
PART = 153  # letters of the first of two parts


def service(key: str, place: str) -> dict[str, str]:
    return dict(ANSWERS.values("service", f"{key}@{place}", "sq", NOW))


@pytest.mark.parametrize(
    ("km", "said"),
    [(2.6, 5), (7.4, 5), (7.6, 10), (27.0, 25), (48.0, 50), (52.0, 50), (96.0, 100), (143.0, 140)],
)
def test_kilometres_are_said_in_fives_and_from_fifty_on_in_tens(km: float, said: int) -> None:
    assert about(km) == said


def test_the_distance_is_from_the_town_that_was_named() -> None:
    assert service("different-and-equal.men-and-boys", "m-durres")["km"] == "30"
    assert service("different-and-equal.men-and-boys", "m-kukes")["km"] == "100"


def test_in_the_town_itself_and_at_its_gates_no_distance_is_said() -> None:
    assert service("different-and-equal.men-and-boys", "m-tirane")["km"] == ""
    assert service("different-and-equal.men-and-boys", "g-3316584")["km"] == ""  # Selita e Vogël, 3 km
    assert service("different-and-equal.men-and-boys", "m-kamez")["km"] == "10"


def test_where_no_town_was_named_no_distance_is_said() -> None:
    assert ANSWERS.values("service", "vatra.shelter", "sq", NOW)["km"] == ""
    assert service("vatra.shelter", "nowhere")["km"] == ""


def test_without_a_distance_the_town_and_the_clause_stay() -> None:
    card = "{service.name}, {service.town} (about {service.km} km): {service.what}. Number: {service.phone}."
    known = {"name": "Vatra", "town": "Vlora", "km": "", "what": "a safe place", "phone": "1 2 3"}
    assert fill(card, lambda _: known) == "Vatra, Vlora: a safe place. Number: 1 2 3."
    assert fill(card, lambda _: {**known, "km": "30"}) == "Vatra, Vlora (about 30 km): a safe place. Number: 1 2 3."
    assert fill(card, lambda _: {**known, "town": ""}) == "Vatra. Number: 1 2 3."


@pytest.mark.parametrize("language", ["sq", "en"])
def test_a_card_fits_two_parts_with_its_number_in_the_first(language: str) -> None:
    """Every service, seen from the place furthest away, as an SMS carries it."""
    script = BOOK.catalogue("sq").by_context()
    for key, offer in DIRECTORY.offers.items():
        entry = script["result.card_number.say"]
        fields = ANSWERS.values("service", f"{key}@m-tropoje", language, NOW)
        text = sms.plain(fill(entry.text if language == "sq" else entry.english, lambda _, f=fields: f))
        assert sms.parts(text).parts <= 2
        phone = fields["phone"]
        if offer.callable and phone:
            assert 0 <= text.index(phone) <= PART - len(phone), text


@pytest.mark.parametrize("language", ["sq", "en"])
def test_all_services_of_an_organisation_are_told_in_one_message(language: str) -> None:
    """Each in its clause; where those do not fit, each in a word or two, as many as there are."""
    for ident, org in DIRECTORY.organizations.items():
        told = ANSWERS.values("org", ident, language, NOW)["services"]
        offered = [f"service.{ident}.{s.id}.what" for s in org.services if s.offered and s.status == "active"]
        clauses = list(dict.fromkeys(ANSWERS.text(language, context) for context in offered))
        assert len(told) <= 200
        assert len(told.split("; ") if told else []) == len(clauses), ident
        if len("; ".join(clauses)) <= 200:
            assert told == "; ".join(clauses)
        else:
            assert told == ANSWERS.text(language, f"org.{ident}.brief")


def test_what_is_only_told_of_an_organisation_is_not_among_its_services() -> None:
    told = ANSWERS.values("org", "vatra", "en", NOW)["services"]
    assert "a safe place for women and children" in told
    assert "law-making" not in told


@pytest.mark.parametrize(
    ("shown", "current", "fee"),
    [("legal-aid-centres.centre", "service", "free"), ("vatra.shelter", "service", "unknown"),
     ("it-antitratta", "line", "free"), ("closed.since", "no", "unknown")],
)  # fmt: skip
def test_what_is_known_of_the_cost_of_what_was_offered_last(shown: str, current: str, fee: str) -> None:
    found = ANSWERS.lookups["current"](Query(facts={}, shown=("vatra.legal-clinic", shown), now=NOW))
    assert (found.facts["current"], found.facts["fee"]) == (current, fee)
    assert ("org" in found.bind) == (current == "service")


@pytest.mark.parametrize("language", ["sq", "en"])
def test_no_fact_is_longer_than_it_is_counted_with(language: str) -> None:
    """The rules on length trust these: a longer fact would make a third part of a message."""
    lengths = rules()["lengths"]
    services = {("service", key) for key in (*DIRECTORY.offers, *DIRECTORY.lines)}
    for name, key in sorted(services | {("hotline", "al-116111"), ("hotline", "al-116117")}):
        fields = ANSWERS.values(name, key, language, NOW)
        for field in ("cost", "hours", "who") if name == "hotline" else ("cost", "hours"):
            assert len(fields[field]) <= lengths[f"{name}.{field}"], (key, fields[field])
    assert all(len(ANSWERS.values("hotline", key, language, NOW)["phone"]) <= 7 for key in ("al-116111", "al-116117"))


def test_of_a_line_beside_a_service_only_what_is_known_is_told() -> None:
    women, children = (ANSWERS.values("hotline", key, "sq", NOW) for key in ("al-116117", "al-116111"))
    assert (women["cost"], women["hours"], women["who"]) == ("falas", "ditë e natë", "përgjigjet një person")
    assert (children["cost"], children["hours"]) == ("falas", "")
    assert ANSWERS.values("service", "al-116111", "sq", NOW)["hours"] == "orari nuk dihet"
