"""Who is offered what: the table that was worked out by hand, and the rules of the ranking one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.directory.load import load
from bot.directory.ranking import Person, offers, rank

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
    seed = {"different-and-equal", "mary-ward-loreto", "shkej", "nisma-arsis", "tjeter-vizion", "vatra", "medaille-trust",
            "papa-giovanni", "world-vision"}  # fmt: skip
    assert seed <= {case["first"] for case in CASES}


def test_reasons_add_up_to_the_cost() -> None:
    for case in CASES:
        choices, refusals = offers(DIRECTORY, person(case), NOW)
        for choice in choices:
            assert choice.cost == pytest.approx(sum(km for _, km in choice.why))
        assert all(refusal.reason for refusal in refusals)
