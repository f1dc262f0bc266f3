"""What is said beside the question that waits: no police, nobody is to be told, and a yes that nobody asked for."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import msgspec
import pytest

from bot import build, settings
from bot.dialogue.engine import advance, expecting, fresh
from bot.dialogue.reading import Reading
from bot.dialogue.session import Session
from bot.dialogue.turn import Turn
from bot.helpline import Parts
from bot.storage.memory import Memory

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
NO_POLICE = ["no police", "i don't want the police in this", "nuk dua policin", "nuk dua fare policine ju lutem"]


@pytest.fixture(scope="module")
def parts() -> Parts:
    return build.house(settings.read(environ={}), Memory()).helpline.parts


def read(parts: Parts, text: str, session: Session) -> Reading:
    return parts.reader.read(text, expecting(parts.script, session))


def heard(parts: Parts, step: str, text: str, **facts: str) -> Turn:
    """One message where a step waits, after these facts."""
    session = msgspec.structs.replace(fresh(parts.script, "en", "sms", NOW), step=step, facts=facts, told=3)
    return advance(parts.script, session, read(parts, text, session), parts.lookups, NOW)


def said(turn: Turn) -> list[str]:
    return [one.say for one in turn.says]


@pytest.mark.parametrize("text", NO_POLICE)
@pytest.mark.parametrize("step", ["intake.menu", "place.ask", "result.choose"])
def test_no_police_is_answered_and_the_question_waits_on(parts: Parts, step: str, text: str) -> None:
    turn = heard(parts, step, text, need="legal_aid", needs="legal_aid")
    assert said(turn)[0] == "everywhere.no_police_here.say"
    assert turn.session is not None
    assert (turn.session.step, turn.session.misses) == (step, 0)


@pytest.mark.parametrize("text", ["no police", "nuk dua policin", "pa polici"])
def test_no_police_is_no_answer_to_another_question(parts: Parts, text: str) -> None:
    """Least of all to "are you safe?", where a no leads to calling 112."""
    for step in ("danger.unsure", "checkin.offer"):
        turn = heard(parts, step, text, helped="yes")
        assert said(turn)[0] == "everywhere.no_police_here.say"
        assert turn.session is not None
        assert turn.session.step == step


@pytest.mark.parametrize("text", ["dont tell my mum", "mos i thuj mamit"])
def test_who_may_be_a_child_hears_who_may_have_to_tell(parts: Parts, text: str) -> None:
    for age in ({}, {"age": "child"}):
        assert said(heard(parts, "place.ask", text, **age))[0] == "everywhere.secret_here.say"
    assert said(heard(parts, "place.ask", text, age="adult")) == ["everywhere.privacy.say"]
    assert said(heard(parts, "place.ask", text, age="child", who="other")) == ["everywhere.privacy.say"]
    abroad = heard(parts, "abroad.after", text, age="child", placed="abroad", country="IT")
    assert said(abroad) == ["everywhere.secret_there.say"]


@pytest.mark.parametrize("text", ["yes", "po", "yes please i want to go on", "po dua te vazhdoj"])
def test_a_yes_at_the_town_asks_for_the_town_and_for_nothing_else(parts: Parts, text: str) -> None:
    for step in ("place.ask", "place.unknown"):
        assert said(heard(parts, step, text, need="job_income", needs="job_income")) == ["place.ask.say"]


def test_a_session_on_an_older_script_meets_a_miss_for_what_it_has_no_entry_for(parts: Parts) -> None:
    entries = {name: at for name, at in parts.script.entries.items() if name not in ("no_police", "town")}
    script = msgspec.structs.replace(parts.script, entries=entries)
    older = dataclasses.replace(parts, script=script)
    session = msgspec.structs.replace(fresh(script, "en", "sms", NOW), step="place.unknown", told=3)
    turn = advance(script, session, read(older, "no police", session), parts.lookups, NOW)
    assert said(turn) == ["everywhere.miss.say"]
    again = advance(script, session, read(older, "yes", session), parts.lookups, NOW)
    assert said(again) == ["place.unknown.say"]
