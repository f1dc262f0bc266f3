"""How well the development messages are understood: floors that were reached, so that none is lost unseen.

The pairs are adversarial (each differs from a danger by one word); the dev set is the ordinary mix; the seen sets were
frozen once. All were seen while the lexicon was written, so these numbers say nothing of messages not yet seen.
"""

from __future__ import annotations

from functools import cache

import pytest
from understanding_score import PAIR_FILES, measures, read, rows, table

# Measure -> the least share for the dev set and for all pairs together; the two that are harm are the most.
DEV = {
    "danger: alarm": 0.95,
    "danger: alarm or question": 0.98,
    "needs, micro-F1": 0.92,
    "places, F1": 0.97,
    "language": 0.98,
    "intent": 0.97,
}
# What was asked for, on messages in the dev set's manner that nothing is learned from.
MANNER = {
    "danger: alarm": 0.95,
    "danger: alarm or question": 0.98,
    "needs, micro-F1": 0.81,
    "places, F1": 0.94,
    "language": 0.98,
}
PAIRS = {
    "danger: alarm": 0.95,
    "danger: alarm or question": 0.98,
    "needs, micro-F1": 0.86,
    "places, F1": 0.9,
    "language": 0.98,
}
MOST = {
    "devset.jsonl": {"alarms on harmless": 0.01, "needless questions": 0.06},
    "kept_manner.jsonl": {"alarms on harmless": 0.02, "needless questions": 0.06},
    "kept_second.jsonl": {"alarms on harmless": 0.02, "needless questions": 0.06},
    "pairs": {"alarms on harmless": 0.02, "needless questions": 0.14},
}
# Of each file of pairs, how many pairs have danger, and what it is not, both read rightly.
BOTH = {
    "pairs_command.jsonl": 49,
    "pairs_fiction.jsonl": 37,
    "pairs_idiom.jsonl": 43,
    "pairs_kinds.jsonl": 54,
    "pairs_negation.jsonl": 37,
    "pairs_person.jsonl": 35,
    "pairs_place.jsonl": 39,
    "pairs_time.jsonl": 42,
    "pairs_yes.jsonl": 33,
}


@cache
def measured(name: str) -> dict[str, tuple[int, int]]:
    gold = rows(name) if name != "pairs" else [row for file in PAIR_FILES for row in rows(file)]
    return measures(gold, read(gold))


@pytest.mark.parametrize(
    ("name", "floors"),
    [("devset.jsonl", DEV), ("kept_manner.jsonl", MANNER), ("kept_second.jsonl", MANNER), ("pairs", PAIRS)],
)
def test_shares_do_not_fall(name: str, floors: dict[str, float]) -> None:
    shares = {measure: hits / of for measure, (hits, of) in measured(name).items()}
    assert {measure: shares[measure] for measure, floor in floors.items() if shares[measure] < floor} == {}
    assert {measure: shares[measure] for measure, most in MOST[name].items() if shares[measure] > most} == {}


@pytest.mark.parametrize("name", ["devset.jsonl", "kept_manner.jsonl", "kept_second.jsonl", "pairs"])
def test_no_disclosure_is_read_as_a_command(name: str) -> None:
    assert measured(name)["disclosures read as a command"][0] == 0


@pytest.mark.parametrize("name", PAIR_FILES)
def test_both_of_a_pair_are_told_apart(name: str) -> None:
    gold = rows(name)
    wrong: dict[int, list[str]] = {}
    for row, said in zip(gold, read(gold), strict=True):
        if bool(row["labels"]["danger"]) != said["danger"] and row["labels"]["risk"] != "ongoing":
            wrong.setdefault(row["pair"], []).append(row["text"])
    assert len({row["pair"] for row in gold}) - len(wrong) >= BOTH[name], wrong


def test_the_table_holds_every_measure_with_its_interval() -> None:
    printed = table("devset.jsonl")
    assert "162 messages" in printed
    assert all(measure in printed for measure in DEV)
