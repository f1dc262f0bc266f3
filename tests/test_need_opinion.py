"""The second opinion on needs: learned the same way every time, it adds what no line says, and takes nothing away."""

from __future__ import annotations

from itertools import islice

import msgspec
import pytest
from understanding_score import real

from bot.authoring import lexicon
from bot.commands.explain import LOCALES
from bot.commands.weights import MESSAGES, labelled, needed
from bot.understanding.need_learning import learn
from bot.understanding.need_opinion import NeedWeights, counted, rooted, told
from bot.understanding.places import PlaceNames
from bot.understanding.reader import Reader

WORDS = lexicon.load(LOCALES)


def test_words_stems_and_classes_are_counted() -> None:
    assert counted(["kerkoj", "pune"], ["{boss}"]) == {"kerkoj", "kerko*", "pune", "{boss}"}
    assert rooted(["kerkoj", "pune"]) == {"kerk-"}


def test_what_was_learned_is_told_and_the_same_every_time() -> None:
    samples = [(frozenset({"rent", "flat"}), frozenset({"housing"})), (frozenset({"bread", "milk"}), frozenset())] * 20
    weights = learn(samples, ("housing",), frozenset())
    assert weights == learn(samples, ("housing",), frozenset())
    assert told(["the", "rent", "flat", "now"], weights) == ("housing",)
    assert told(["the", "bread", "milk", "now"], weights) == ()


def test_few_words_are_too_few_for_an_opinion() -> None:
    assert "sounds like" not in " ".join(real().reader.read("rruga, qytet, klasa").rules)


def test_it_only_adds_to_what_the_lines_say() -> None:
    reader, added = real().reader, 0
    lines_only = Reader(msgspec.structs.replace(WORDS, need_weights=NeedWeights()), PlaceNames.build(()), {})
    for text, _ in needed(WORDS, lines_only, islice(labelled(MESSAGES), 0, None, 4)):
        with_it, without = set(reader.read(text).needs), set(lines_only.read(text).needs)
        assert without <= with_it, text
        added += with_it != without
    assert added > 50


@pytest.mark.parametrize(
    "text", ["nuk me rreh burri, ishte film", "ne film burri e rreh gruan", "my husband never hits me"]
)
def test_it_is_silent_where_something_was_taken_back(text: str) -> None:
    assert not any(rule.startswith("sounds like") for rule in real().reader.read(text).rules)


def test_immediate_danger_is_never_its_to_tell() -> None:
    assert WORDS.need_weights.needs
    assert "immediate_danger" not in WORDS.need_weights.needs


def test_a_disclosure_beats_a_wish_about_the_talk() -> None:
    reader = real().reader
    assert reader.read("please stop sending me messages").command == "stop"
    assert reader.read("he hits me, stop sending me messages he reads them").command == ""
    assert reader.read("burri me rreh, mos me dergoni me mesazhe").command == ""
