"""Who is offered what: the table that was worked out by hand, and the rules of the ranking one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.directory.load import load
from bot.directory.model import Directory, Schedule
from bot.directory.ranking import Choice, Person, accepts, offers, person_of, rank

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
DIRECTORY = load(ROOT / "data")
TABLE = (ROOT / "tests" / "data" / "ranking_cases.tsv").read_text(encoding="utf-8")
ROWS = [line.split("\t") for line in TABLE.splitlines() if line and not line.startswith("#")]
COLUMNS = ROWS[0]
CASES = [dict(zip(COLUMNS, row, strict=True)) for row in ROWS[1:]]


def person(case: dict[str, str]) -> Person:
    """The person of a row."""
    return Person(
        needs=tuple(case["needs"].split(",")),
        place=-1 if case["place"] == "-" else DIRECTORY.places.row(case["place"]),
        years=int(case["age"]) if case["age"].isdigit() else -1,
        age=case["age"] if case["age"].isalpha() else "",
        sex=case["sex"].strip("-"),
        children=case["with"] == "children",
    )


@pytest.mark.parametrize("case", CASES, ids=lambda c: " ".join(list(c.values())[:5]))
def test_the_table_worked_out_by_hand(case: dict[str, str]) -> None:
    assert case["place"] == "-" or DIRECTORY.places.row(case["place"]) >= 0
    assert case["why"]
    choices = rank(DIRECTORY, person(case), NOW)
    came = [choice.offer.organization.id for choice in choices]
    assert (came[0] if came else "none") == case["first"], came
    never = set(case["never"].split(",")) - {"-"}
    assert never <= set(DIRECTORY.organizations)
    assert not never & set(came)
    assert ("near" if choices[0].near else "far") == case["found"] if choices else case["found"] == "none"


def test_the_table_is_wide() -> None:
    assert len(CASES) >= 80
    assert len({case["needs"].split(",")[0] for case in CASES}) >= 14
    assert len({case["place"] for case in CASES}) >= 18
    first_rows = {"different-and-equal", "mary-ward-loreto", "shkej", "nisma-arsis", "tjeter-vizion"}
    seed = first_rows | {"vatra", "medaille-trust", "papa-giovanni", "world-vision"}
    assert seed <= {case["first"] for case in CASES}


def test_reasons_add_up_to_the_cost() -> None:
    for case in CASES:
        choices, refusals = offers(DIRECTORY, person(case), NOW)
        for choice in choices:
            assert choice.cost == pytest.approx(sum(km for _, km in choice.why))
        assert all(refusal.reason for refusal in refusals)


def first(person: Person, directory: Directory = DIRECTORY, now: datetime = NOW) -> Choice:
    """The best."""
    return rank(directory, person, now)[0]


def costs(person: Person, key: str, now: datetime = NOW) -> dict[str, float]:
    """Why a service weighs what it weighs."""
    found = [choice for choice in offers(DIRECTORY, person, now)[0] if choice.offer.key == key]
    return dict(found[0].why)


def place(ident: str) -> int:
    """The row of a place that there is."""
    row = DIRECTORY.places.row(ident)
    assert row >= 0
    return row


def test_the_order_does_not_depend_on_the_order_of_the_files() -> None:
    turned = msgspec.structs.replace(DIRECTORY, by_need={code: rows[::-1] for code, rows in DIRECTORY.by_need.items()})
    for case in CASES:
        ours, theirs = rank(DIRECTORY, person(case), NOW), rank(turned, person(case), NOW)
        assert [choice.offer.key for choice in ours] == [choice.offer.key for choice in theirs]


def test_nobody_surely_not_accepted_ever_comes() -> None:
    for case in CASES:
        who = person(case)
        for choice in offers(DIRECTORY, who, NOW)[0]:
            assert accepts(choice.offer.service.eligible, who) != "no"


def test_prevention_never_comes_when_anything_is_urgent() -> None:
    for code, need in DIRECTORY.needs.items():
        if need.kind == "urgent" and need.service:
            for other in ("education_training", "prevention_info"):
                who = Person(needs=(other, code), place=place("m-tirane"))
                assert all(choice.offer.service.urgent for choice in rank(DIRECTORY, who, NOW))


def test_equal_need_beats_nearness_by_30_km_only() -> None:
    """Vatra's unit stands in Berat and helps besides; its shelter in Vlora, 47 km off, is for it: 17 km too far."""
    assert (
        first(Person(needs=("domestic_violence",), place=place("m-berat"), sex="f")).offer.key == "vatra.mobile-units"
    )
    assert first(Person(needs=("domestic_violence",), place=place("m-fier"), sex="f")).offer.key == "vatra.shelter"


def test_what_was_not_said_costs_30() -> None:
    unsaid = Person(needs=("shelter",), place=place("m-vlore"))
    assert costs(unsaid, "vatra.shelter")["may not accept this person"] == 30
    said = msgspec.structs.replace(unsaid, sex="f")
    assert "may not accept this person" not in costs(said, "vatra.shelter")


def test_who_said_no_age_is_hardly_a_child() -> None:
    unsaid = Person(needs=("shelter",), place=place("m-elbasan"))
    assert costs(unsaid, "tjeter-vizion.children-home")["for children, and no age was said"] == 150
    assert first(unsaid).offer.organization.id == "mary-ward-loreto"
    assert first(msgspec.structs.replace(unsaid, age="child")).offer.key == "tjeter-vizion.children-home"
    about_a_child = msgspec.structs.replace(unsaid, needs=("shelter", "child_at_risk"))
    assert costs(about_a_child, "tjeter-vizion.children-home")["may not accept this person"] == 30


def test_a_man_beaten_at_home_is_sent_to_who_takes_men_however_far() -> None:
    """Korça has no service for him: Lushnja and Tirana come before the unit for children in his own town."""
    came = [
        c.offer.organization.id
        for c in rank(DIRECTORY, Person(needs=("domestic_violence",), place=place("m-korce"), sex="m"), NOW)
    ]
    assert came[:2] == ["mary-ward-loreto", "different-and-equal"]
    child = Person(needs=("domestic_violence",), place=place("m-korce"), sex="m", age="child")
    assert first(child).offer.organization.id == "child-protection-unit"


def test_a_bed_comes_before_a_doctor() -> None:
    thrown_out = Person(needs=("shelter", "medical"), place=place("m-tirane"), sex="f", age="adult")
    came = [choice.offer.key for choice in rank(DIRECTORY, thrown_out, NOW)]
    assert came[:2] == ["mary-ward-loreto.advice-centre", "different-and-equal.shelter"]
    hurt = msgspec.structs.replace(thrown_out, needs=("medical", "shelter"))
    assert first(hurt).offer.key == "mary-ward-loreto.health"


@pytest.mark.parametrize("town", ["m-tirane", "m-durres", "m-shkoder", "m-korce"])
def test_work_from_the_menu_is_not_for_returnees_first(town: str) -> None:
    best = rank(DIRECTORY, person_of(DIRECTORY, {"group": "work", "place": town}), NOW)[0]
    assert "return_migration" not in (*best.offer.service.needs, *best.offer.service.also)
    back = Person(needs=("return_migration",), place=place("m-tirane"))
    assert first(back).offer.key.startswith("shkej.")


def test_a_man_is_not_offered_what_is_for_women_because_it_takes_boys() -> None:
    def came(person: Person) -> set[str]:
        return {choice.offer.key for choice in offers(DIRECTORY, person, NOW)[0]}

    for_women = {"vatra.mobile-units", "tjeter-vizion.trafficked-women", "nisma-arsis.house-of-colors"}
    man = Person(needs=("trafficking_exploitation", "labour_exploitation"), place=place("m-vlore"), sex="m")
    assert not came(man) & for_women
    assert for_women <= came(msgspec.structs.replace(man, years=15))
    assert {"vatra.mobile-units", "vatra.shelter"} <= came(msgspec.structs.replace(man, sex=""))


def test_a_child_without_a_place_meets_the_unit_before_a_family() -> None:
    boy = Person(needs=("shelter",), place=place("m-shkoder"), years=15, sex="m")
    assert first(boy).offer.organization.id == "child-protection-unit"


def test_closed_costs_10_and_only_where_hours_are_known() -> None:
    schedule = Schedule(byday=("MO",), opens_at="08:00", closes_at="16:00", source=("seed",), confidence="C1")
    offer = DIRECTORY.offers["tjeter-vizion.day-centre"]
    service = msgspec.structs.replace(offer.service, schedules=(schedule,))
    timed = msgspec.structs.replace(
        DIRECTORY, by_need={"family_support": (msgspec.structs.replace(offer, service=service),)}
    )
    who = Person(needs=("family_support",), place=place("m-elbasan"), sex="f")
    assert dict(first(who, timed).why)["closed now"] == 10
    monday = datetime(2026, 11, 16, 10, tzinfo=UTC)
    assert "closed now" not in dict(first(who, timed, monday).why)
    assert "closed now" not in dict(first(who).why)


def test_without_a_place_what_serves_all_albania_comes_first() -> None:
    who = Person(needs=("domestic_violence",), sex="f")
    assert first(who).offer.service.reach == "national"
    assert first(who).km == -1
    assert first(who).near


def test_a_group_of_the_menu_is_any_of_its_needs() -> None:
    person_said = person_of(DIRECTORY, {"group": "courses", "place": "m-elbasan", "sex": "f", "age": "adult"})
    assert set(person_said.needs) == {"education_training", "prevention_info"}
    assert not person_said.steps
    assert first(person_said).offer.key == "tjeter-vizion.courses"
    family = person_of(DIRECTORY, {"group": "family", "place": "m-elbasan", "sex": "f"})
    assert first(family).offer.key == "tjeter-vizion.day-centre"


def test_what_facts_say_of_a_person() -> None:
    said = {"need": "shelter", "needs": "shelter,immediate_danger,supporter,wings", "age": "child", "children": "yes"}
    assert person_of(DIRECTORY, said).needs == ("shelter",)
    assert person_of(DIRECTORY, said).child
    assert person_of(DIRECTORY, {"need": "immediate_danger"}).needs == ("shelter",)
    assert person_of(DIRECTORY, {"need": "immediate_danger", "age": "child"}).needs == ("child_at_risk", "shelter")
    assert person_of(DIRECTORY, {"place": "nowhere"}).place == -1


def test_a_child_protection_unit_is_met_in_the_own_municipality() -> None:
    for ident in ("m-kukes", "m-permet", "m-has"):
        who = Person(needs=("child_at_risk",), place=place(ident), years=9)
        found = [choice for choice in rank(DIRECTORY, who, NOW) if choice.offer.key == "child-protection-unit.unit"]
        assert found[0].row == place(ident)
        assert found[0].near


@given(
    needs=st.lists(st.sampled_from(sorted(DIRECTORY.by_need)), min_size=1, max_size=4, unique=True),
    row=st.integers(-1, len(DIRECTORY.places) - 1),
    years=st.integers(-1, 99),
    sex=st.sampled_from(["", "f", "m"]),
    children=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_any_person_anywhere(needs: list[str], row: int, years: int, sex: str, children: bool) -> None:
    """Sorted, one of an organisation, each with its reasons; and saying more never brings in who was out before."""
    who = Person(needs=tuple(needs), place=row, years=years, sex=sex, children=children)
    found = rank(DIRECTORY, who, NOW)
    assert [choice.cost for choice in found] == sorted(choice.cost for choice in found)
    assert len({choice.offer.organization.id for choice in found}) == len(found)
    assert all(choice.why and (choice.km >= 0 or row < 0 or not choice.offer.places) for choice in found)
    silent = msgspec.structs.replace(who, years=-1, sex="")
    accepted = {choice.offer.key for choice in offers(DIRECTORY, silent, NOW)[0]}
    assert {choice.offer.key for choice in offers(DIRECTORY, who, NOW)[0]} <= accepted
