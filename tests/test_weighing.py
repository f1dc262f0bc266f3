"""Weighing finds danger in messages that no line was written for, and stops where something is taken back."""

from __future__ import annotations

import msgspec
import pytest
from understanding_score import measures, read, real, rows

from bot.authoring import lexicon
from bot.commands.explain import LOCALES
from bot.commands.weights import LEARNED, learned, lines, weighed
from bot.understanding.learning import held_out, weights_of
from bot.understanding.lexicon import Lexicon, Weights
from bot.understanding.places import PlaceNames
from bot.understanding.reader import Reader

TOY = Lexicon(
    classes={"cue_weapon": ("thik*", "axe"), "cue_door": ("der*", "door"), "cue_film": ("film*",), "other": ("x",)},
    weights=Weights(cue_bias=-1.0, cues={"cue_weapon": 2.0, "cue_door": 1.0, "cue_film": -3.0}, alarm=1.5, ask=0.5),
)


@pytest.fixture(name="reader")
def _reader() -> Reader:
    return Reader(TOY, PlaceNames.build([]), {})


def test_groups_add_up_in_any_order_and_in_both_languages(reader: Reader) -> None:
    for text in ("dikush prane deres me thike", "somebody with an axe behind my door", "thika, ai, dera ime"):
        assert reader.read(text).danger == "now", text
        assert "words weighed together: 2.0" in reader.read(text).rules


def test_less_only_asks_and_what_speaks_against_it_counts(reader: Reader) -> None:
    assert reader.read("dikush ka nje thike ketu").danger == "ask"
    assert reader.read("nje film me thike te dera").danger == "none"
    assert reader.read("thike te dera").danger == "ask"  # too few words for an alarm without a line


def test_groups_are_told_by_name(reader: Reader) -> None:
    assert reader.weighed("thika te dera x")[0] == {"cue_weapon", "cue_door"}


def test_both_languages_know_every_group() -> None:
    words = lexicon.load(LOCALES)
    names = {name for name in words.classes if name.startswith("cue_")}
    assert names == set(words.weights.cues)
    assert words.weights.ask < words.weights.alarm


@pytest.mark.parametrize(
    "text",
    [
        "te lutem shkruaj shpejt, kunati po mpreh kosoren poshte shkalleve",
        "vllau jem asht nis me dyfek kah shpija e tezes ku jom",
        "my cousin is at the gate with a crowbar and my kids are inside",
    ],
)
def test_danger_that_no_line_says_is_found_by_weight(text: str) -> None:
    reading = real().reader.read(text)
    assert reading.danger == "now"
    assert any(rule.startswith("words weighed") for rule in reading.rules)


@pytest.mark.parametrize(
    "text",
    [
        "ne filmin e djeshem vrasesi e ndjek vajzen me sopate deri te dera e garazhit",
        "dikur im ate na priste me rrip te dera, sot jam mire dhe larg tij",
        "in the game he waits at the door with an axe and i am the killer lol",
    ],
)
def test_a_film_and_long_ago_are_no_alarm_by_weight(text: str) -> None:
    assert real().reader.read(text).danger != "now"


def test_the_weights_hold_for_messages_that_were_held_out() -> None:
    """Learned from four fifths of the seen messages, the groups alone find danger in the last fifth."""
    reader = real().reader
    told = [row for name in ("seen_danger.jsonl", "seen_general.jsonl") for row in rows(name)]
    told = [row for row in told if row["labels"]["risk"] != "ongoing"]
    samples = [(weighed(reader, row["text"]), row["labels"]["danger"], 1.0) for row in told]
    scores = held_out(samples, weights_of, range(len(samples)))
    harmless = sorted((scores[at] for at, row in enumerate(told) if not row["labels"]["danger"]), reverse=True)
    edge = harmless[len(harmless) * 12 // 100]
    now = [scores[at] > edge for at, row in enumerate(told) if row["labels"]["danger"]]
    assert sum(now) / len(now) >= 0.88


def test_learning_gives_the_same_numbers_every_time_and_leaves_the_dev_set_out() -> None:
    assert not any("devset" in pattern for pattern in LEARNED)
    words = lexicon.load(LOCALES)
    few = [(row["text"], row["labels"]["risk"]) for row in rows("pairs_time.jsonl")]
    small = msgspec.structs.replace(words, lines=words.lines[:200], sayings=())
    assert learned(small, few) == learned(small, few)
    assert sum(told for _, told in lines(small)) > 0


def test_seen_messages_stay_carried() -> None:
    danger, general = (measures(gold, read(gold)) for gold in map(rows, ("seen_danger.jsonl", "seen_general.jsonl")))
    share = {name: hits / of for name, (hits, of) in danger.items()}
    assert share["danger: alarm"] >= 0.77
    assert share["danger: alarm or question"] >= 0.95
    assert share["alarms on harmless"] <= 0.08
    hits, of = general["alarms on harmless"]
    assert hits / of <= 0.03
