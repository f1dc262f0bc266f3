"""Counts for partners: nobody can be found in them, however many reports are laid side by side."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from bot import cli, report
from bot.directory import load
from bot.report import LEAST, ROUND, cells, quarter, table
from bot.settings import DATA
from bot.storage import keys
from bot.storage.embedded import Embedded

NAMES = ("a", "b", "c", "d")
SUMS = st.fixed_dictionaries({name: st.integers(0, 400) for name in NAMES})
NOW = datetime(2027, 1, 2, tzinfo=UTC)


@given(SUMS)
def test_prv_07_no_cell_under_ten_is_shown_or_stands_alone(sums: dict[str, int]) -> None:
    rows = {row.name: row.shown for row in cells(sums, NAMES)}
    hidden = [name for name, shown in rows.items() if shown is None]
    assert {name for name in NAMES if sums[name] < LEAST} <= set(hidden)
    assert len(hidden) != 1, "one hidden cell alone is what a known total leaves"
    for name, shown in rows.items():
        if shown is not None:
            assert shown % ROUND == 0
            assert abs(shown - sums[name]) <= ROUND // 2
            assert shown >= LEAST


@given(SUMS, st.sampled_from(NAMES))
def test_prv_07_one_person_more_never_shows_that_there_were_under_ten(sums: dict[str, int], name: str) -> None:
    """Whoever knows all but one person learns at most that a cell passed 10, or a multiple of 5."""
    more = sums | {name: sums[name] + 1}
    before = {row.name: row.shown for row in cells(sums, NAMES)}
    after = {row.name: row.shown for row in cells(more, NAMES)}
    if sums[name] + 1 < LEAST:
        assert before == after
    if before[name] is not None and after[name] is not None:
        assert after[name] - before[name] in (0, ROUND)


@given(SUMS)
def test_what_is_hidden_can_be_at_least_two_things(sums: dict[str, int]) -> None:
    """A known total leaves many ways to fill the hidden cells."""
    rows = cells(sums, NAMES)
    hidden = [row.name for row in rows if row.shown is None]
    if not hidden:
        return
    rest = sum(sums[name] for name in hidden)
    ways = 0
    for filled in itertools.product(range(LEAST), repeat=len(hidden) - 1):
        ways += rest - sum(filled) >= 0
    assert ways > 1 or rest == 0


def test_only_whole_quarters_that_are_over() -> None:
    assert quarter("", NOW) == ("2026Q4", ("2026-10", "2026-11", "2026-12"))
    assert quarter("2026q3", NOW) == ("2026Q3", ("2026-07", "2026-08", "2026-09"))
    assert quarter("", datetime(2026, 12, 31, 23, 59, tzinfo=UTC))[0] == "2026Q3"
    assert quarter("", datetime(2026, 4, 1, tzinfo=UTC))[0] == "2026Q1"
    for wrong in ("2027Q1", "2027Q2", "2026", "2026Q5", "2026-12", "Q1"):
        with pytest.raises(ValueError, match="quarter"):
            quarter(wrong, NOW)


def test_a_report_a_day_later_is_the_same_report() -> None:
    assert quarter("2026Q3", NOW) == quarter("2026Q3", datetime(2028, 5, 5, tzinfo=UTC))


def test_the_table_has_a_bar_for_what_is_shown_and_none_for_what_is_not() -> None:
    text = table("needs", cells({"a": 400, "b": 100, "c": 3, "d": 9}, NAMES))
    lines = text.splitlines()
    assert lines[1].split() == ["a", "400", "█" * 40]
    assert lines[2].split() == ["b", "100", "█" * 10]
    assert lines[3].split() == ["c", "<10"]


def test_the_command(valkey: Embedded, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    client = redis.Redis.from_url(valkey.url)
    client.flushall()
    name, months = quarter("", datetime.now(UTC))
    for shard, month in enumerate(months):
        client.hset(keys.counts(f"{shard:02}", month), mapping={"offered:shelter": 41, "county:11": 12})
    client.hset(keys.counts("07", months[0]), mapping={"offered:legal_aid": 9, "entered:intake.need": 900})
    monkeypatch.setenv("REDIS_URL", valkey.url)
    assert cli.main(["report", "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["quarter"] == name
    assert found["needs"]["shelter"] == 125
    assert found["needs"]["legal_aid"] is None
    assert len(found["needs"]) == 16
    assert len(found["counties"]) == 12
    assert {county: shown for county, shown in found["counties"].items() if shown} == {"Tiranë": 35}
    assert cli.main(["report", name]) == 0
    said = capsys.readouterr().out
    assert "125" in said
    assert "900" not in said
    assert " 9" not in said
    assert cli.main(["report", "2099Q1"]) == 2
    assert "not over" in capsys.readouterr().err
    monkeypatch.delenv("REDIS_URL")
    assert cli.main(["report"]) == 1


def test_the_counties_are_those_of_the_directory() -> None:
    places = load.load(DATA).places
    assert sorted(report.COUNTIES.values()) == sorted(set(places.counties))
