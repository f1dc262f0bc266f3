"""Words that a carrier may answer by itself: nobody is stranded by them, and no consent comes back."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import UTC, datetime

import pytest
from carrier import message

from bot import build, settings
from bot.carriers.twilio.form import inbound
from bot.helpline import Heard, Helpline
from bot.storage.memory import Memory

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
NUMBER = "+355690000077"
SIDS = itertools.count(1)


@pytest.fixture(scope="module")
def built() -> build.House:
    return build.house(settings.read({"ASSURANCE": "listed"}), Memory())


@pytest.fixture
def house(built: build.House) -> build.House:
    """The same house with a memory of its own."""
    store = Memory()
    return dataclasses.replace(built, store=store, helpline=Helpline(built.helpline.parts, store))


def write(house: build.House, text: str, **more: str) -> Heard:
    one = inbound(message(text, next(SIDS), NUMBER, **more))
    assert one is not None
    return house.helpline.hear(one, NOW)


def text(heard: Heard) -> str:
    return heard.outbound.text if heard.outbound else ""


def opted_out(house: build.House) -> bool:
    store = house.store
    return store.open(store.texter(NUMBER), "sms", store.dedup("sms", "never")).opted_out


def test_start_ends_the_carriers_block_and_never_a_no_to_us(house: build.House) -> None:
    assert write(house, "STOP", OptOutType="STOP").outcome == "carrier_answered"
    assert opted_out(house)
    assert "112" in text(write(house, "START", OptOutType="START")) + text(write(house, "0"))
    assert opted_out(house)
    assert text(write(house, "burri me rreh"))
    assert opted_out(house)


def test_help_is_a_cry_for_help_whatever_the_carrier_answered(house: build.House) -> None:
    assert text(write(house, "HELP", OptOutType="HELP"))


@pytest.mark.parametrize(
    "word", ["STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "UNSTOP", "INFO"]
)
@pytest.mark.parametrize("language", ["1", "2"])
def test_a_carriers_word_strands_nobody(house: build.House, word: str, language: str) -> None:
    for typed in ("pershendetje", language, word):
        assert text(write(house, typed))
    assert "112" in text(write(house, "0"))
    assert "112" in text(write(house, "burri me rreh"))


@pytest.mark.parametrize("first", ["stop", "ndal", "STOP"])
@pytest.mark.parametrize("language", ["1", "2"])
def test_the_answer_to_our_own_stop_says_how_to_come_back_and_a_number(
    house: build.House, first: str, language: str
) -> None:
    for typed in ("pershendetje", language):
        write(house, typed)
    said = text(write(house, first))
    assert opted_out(house)
    assert "112" in said
    assert ("hello" if language == "2" else "pershendetje") in said.lower()


def test_a_yes_to_another_question_is_no_new_consent(house: build.House) -> None:
    write(house, "ndal")
    for typed in ("burri me rreh", "yes", "po", "YES"):
        assert text(write(house, typed))
    assert opted_out(house)
