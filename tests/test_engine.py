"""What the engine does with a reading, on the real flows and the real directory: readings are made here, not read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from bot import build, settings
from bot.dialogue import session as stored
from bot.dialogue.engine import advance, expecting, fresh
from bot.dialogue.reading import Audience, PlaceReading, Reading
from bot.dialogue.session import Session
from bot.dialogue.turn import Turn
from bot.helpline import Parts
from bot.storage.memory import Memory

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
ELBASAN = PlaceReading(kind="one", ids=("m-elbasan",))
ITALY = PlaceReading(kind="abroad", country="IT")


@pytest.fixture(scope="module")
def parts() -> Parts:
    return build.house(settings.read(environ={}), Memory()).helpline.parts


class Talk:
    """Readings one after the other; the session goes through its stored form before each."""

    def __init__(self, parts: Parts, language: str = "en") -> None:
        self.parts = parts
        self.session: Session | None = fresh(parts.script, language, "sms", NOW)
        self.turn: Turn | None = None

    def hear(self, **fields: Any) -> list[str]:
        session = self.session or fresh(self.parts.script, "sq", "sms", NOW)
        session = stored.load(stored.dump(session)) or session
        self.turn = advance(self.parts.script, session, Reading(**fields), self.parts.lookups, NOW)
        self.session = self.turn.session
        return [one.say for one in self.turn.says]

    @property
    def step(self) -> str:
        return self.session.step if self.session else ""


@pytest.fixture
def talk(parts: Parts) -> Talk:
    return Talk(parts)


def menu(talk: Talk) -> Talk:
    talk.hear(command="greeting")
    talk.hear(choice="en")
    assert talk.step == "intake.menu"
    return talk


def test_a_hello_is_answered_by_the_choice_of_a_language_alone(talk: Talk) -> None:
    assert talk.hear(command="greeting") == ["intake.hello.say"]
    assert talk.session
    assert talk.session.told == 0


def test_nothing_understood_at_first_is_a_hello(talk: Talk) -> None:
    assert talk.hear() == ["intake.hello.say"]
    assert talk.session
    assert talk.session.misses == 0


@pytest.mark.parametrize("step", ["", "intake.hello", "intake.menu", "place.ask", "result.choose", "checkin.when"])
def test_danger_comes_first_in_every_state(talk: Talk, step: str) -> None:
    talk.session = msgspec.structs.replace(talk.session, step=step, told=3)
    assert talk.hear(danger="now", needs=("immediate_danger",), command="close", choice="en") == ["danger.now.say"]


def test_danger_while_she_cannot_speak_names_what_works_without_a_voice(talk: Talk) -> None:
    said = talk.hear(danger="now", cannot_call=True)
    assert said[0].startswith("silent.")


def test_no_wish_to_live_has_its_own_words(talk: Talk) -> None:
    assert talk.hear(danger="now", needs=("suicide_self_harm",)) == [
        "danger.suicide_line.say",
        "danger.suicide_young.say",
        "danger.suicide_ask.say",
    ]


def test_a_need_and_a_place_in_one_message_are_answered_without_a_question(talk: Talk) -> None:
    said = talk.hear(needs=("domestic_violence",), place=ELBASAN, audience=Audience(sex="f", children=True))
    assert said[0] == "intake.urgent_women.say"
    assert any(address.startswith("result.card") for address in said)
    assert talk.step == "result.choose"


def test_fragments_add_up(talk: Talk) -> None:
    talk.hear(place=ELBASAN)
    assert talk.step == "intake.menu"
    said = talk.hear(needs=("legal_aid",))
    assert any(address.startswith("result.card") for address in said)


def test_a_later_place_takes_the_place_of_an_earlier_one(talk: Talk) -> None:
    talk.hear(needs=("legal_aid",), place=ELBASAN)
    talk.hear(place=PlaceReading(kind="one", ids=("m-vlore",)))
    assert talk.session
    assert talk.session.facts["place"] == "m-vlore"
    assert talk.step == "result.choose"


def test_several_needs_are_kept_with_the_newest_first(talk: Talk) -> None:
    talk.hear(needs=("legal_aid", "supporter"))
    talk.hear(needs=("shelter",))
    assert talk.session
    assert talk.session.facts["needs"] == "shelter,legal_aid"
    assert talk.session.facts["need"] == "shelter"


def test_skipping_the_place_goes_on(talk: Talk) -> None:
    menu(talk).hear(choice="advice")
    assert talk.step == "place.ask"
    talk.hear(command="skip")
    assert talk.session
    assert talk.session.facts["placed"] == "skipped"
    assert talk.step in ("result.choose", "result.ways_on")


def test_back_asks_the_question_before(talk: Talk) -> None:
    menu(talk).hear(choice="advice")
    talk.hear(command="back")
    assert talk.step == "intake.menu"
    assert talk.session
    assert "group" not in talk.session.facts


def test_back_at_the_beginning_says_so(talk: Talk) -> None:
    talk.hear(command="greeting")
    assert talk.hear(command="back")[0] == "everywhere.at_start.say"
    assert talk.step == "intake.hello"


@pytest.mark.parametrize("command", ["numbers", "human", "cost"])
def test_asking_for_something_dull_keeps_the_question_waiting(talk: Talk, command: str) -> None:
    menu(talk).hear(choice="courses")
    talk.hear(command=command)
    assert talk.step == "place.ask"


def test_a_language_switch_keeps_the_place_in_the_talk(talk: Talk) -> None:
    menu(talk).hear(choice="work")
    assert talk.hear(command="language_sq") == ["everywhere.language.say", "place.ask.say"]
    assert talk.session
    assert (talk.session.language, talk.step) == ("sq", "place.ask")


def test_the_language_changes_only_for_clear_text(talk: Talk) -> None:
    talk.hear(language="sq", clear=False)
    assert talk.session
    assert talk.session.language == "en"
    talk.hear(language="sq", clear=True)
    assert talk.session
    assert talk.session.language == "sq"


def test_three_misses_in_a_row_give_numbers_and_a_way_on(talk: Talk) -> None:
    menu(talk)
    assert talk.hear() == ["everywhere.miss.say"]
    assert talk.hear() == ["everywhere.miss_again.say"]
    assert talk.hear() == ["everywhere.miss_again.say"]
    talk.hear(choice="courses")
    assert talk.session
    assert talk.session.misses == 0


def test_an_unknown_place_is_asked_for_once_more_and_then_numbers_come(talk: Talk) -> None:
    menu(talk).hear(choice="courses")
    assert talk.hear(place=PlaceReading(kind="unknown")) == ["place.unknown.say"]
    assert talk.hear() == ["everywhere.miss_again.say"]


@pytest.mark.parametrize("command", ["close", "delete"])
def test_leaving_wipes_the_session(talk: Talk, command: str) -> None:
    menu(talk).hear(command=command)
    assert talk.session is None


def test_stop_keeps_a_number_and_opts_out(talk: Talk) -> None:
    talk.hear(command="stop")
    assert talk.turn
    assert "optout" in {effect.kind for effect in talk.turn.effects}


def test_a_child_is_never_asked_for_a_check_in(talk: Talk) -> None:
    talk.hear(needs=("child_at_risk",), audience=Audience(age="child", years=14), place=ELBASAN)
    talk.hear(choice="yes")
    assert talk.hear(command="thanks") == ["checkin.bye_child.say"]
    assert talk.turn
    assert talk.turn.child


def test_a_supporter_of_a_child_is_spoken_to_as_an_adult(talk: Talk) -> None:
    talk.hear(needs=("child_at_risk",), other=True, audience=Audience(age="child", years=8))
    assert talk.turn
    assert not talk.turn.child
    assert talk.turn.says[0].say == "supporter.child.say"


def test_abroad_binds_the_lines_of_that_country(talk: Talk) -> None:
    talk.hear(needs=("trafficking_exploitation",), place=ITALY)
    assert talk.turn
    first = talk.turn.says[0]
    assert first.say == "abroad.line.say"
    assert first.bind["line"] == "IT"


def test_abroad_can_be_corrected(talk: Talk) -> None:
    talk.hear(needs=("trafficking_exploitation",), place=ITALY)
    talk.hear(choice="no")
    assert talk.session
    assert "country" not in talk.session.facts
    assert talk.step == "place.ask"


def test_an_old_button_is_understood_as_what_it_was(talk: Talk) -> None:
    menu(talk).hear(choice="courses")
    talk.hear(kind="choice", step="intake.menu", choice="family")
    assert talk.session
    assert talk.session.facts["group"] == "family"


def test_a_button_of_no_step_shows_the_list_of_now(talk: Talk) -> None:
    menu(talk)
    assert talk.hear(kind="choice", step="gone.step", choice="x") == ["everywhere.old_button.say", "intake.menu.say"]


def test_names_are_said_to_be_unneeded_once(talk: Talk) -> None:
    menu(talk)
    assert talk.hear(personal=True)[0] == "everywhere.personal.say"
    assert talk.hear(personal=True)[0] == "everywhere.miss.say"


def test_after_a_check_in_anything_else_is_a_first_hello(talk: Talk) -> None:
    waiting = talk.parts.script.entries["checkin_reply"]
    talk.session = msgspec.structs.replace(talk.session, step=waiting)
    assert talk.hear() == ["intake.hello.say"]


def test_after_a_check_in_one_leads_to_the_menu_and_two_closes(parts: Parts) -> None:
    waiting = parts.script.entries["checkin_reply"]
    for choice, said in (("go_on", "intake.menu.say"), ("close", "leaving.close.say")):
        talk = Talk(parts)
        talk.session = msgspec.structs.replace(talk.session, step=waiting)
        assert talk.hear(choice=choice) == [said]


def test_the_reader_is_told_what_waits(talk: Talk) -> None:
    menu(talk)
    assert talk.session
    waits = expecting(talk.parts.script, talk.session)
    assert waits.asks == "choice"
    assert [ident for ident, _ in waits.choices] == ["stay", "work", "family", "children", "advice", "courses"]
    assert "pune" in dict(waits.choices)["work"]


def test_a_stored_session_that_cannot_be_read_is_a_blank_start() -> None:
    for data in (b"", b"{}", b'{"v":99,"script":"x"}', b'{"v":1,"script":3}', b"\xff\xfe"):
        assert stored.load(data) is None


def test_the_same_arguments_give_the_same_turn(parts: Parts) -> None:
    session = fresh(parts.script, "sq", "sms", NOW)
    reading = Reading(needs=("shelter",), place=ELBASAN)
    turns = [advance(parts.script, session, reading, parts.lookups, NOW) for _ in range(2)]
    assert turns[0] == turns[1]


@pytest.mark.parametrize("step", ["checkin.offer", "checkin.when"])
def test_only_a_yes_is_a_yes(talk: Talk, step: str) -> None:
    facts = {"helped": "yes", "asked": "yes", "age": "adult"}
    talk.session = msgspec.structs.replace(talk.session, step=step, told=3, facts=facts)
    assert talk.hear(command="skip") == ["checkin.bye.say"]
    assert talk.turn
    assert not {effect.kind for effect in talk.turn.effects} & {"schedule", "checkin"}


def test_an_answer_that_only_sounds_worried_moves_the_talk_on(talk: Talk) -> None:
    talk.hear(needs=("domestic_violence",), audience=Audience(sex="f"))
    assert talk.hear(danger="ask", place=ELBASAN)[0].startswith("result.card")
    assert talk.hear(danger="ask") == ["danger.unsure.say"]


def test_perhaps_danger_is_asked_about_before_anything_was_told(talk: Talk) -> None:
    assert talk.hear(danger="ask", place=ELBASAN) == ["danger.unsure.say"]


def test_a_need_counts_more_than_which_of_two_places(talk: Talk) -> None:
    which = PlaceReading(kind="which", ids=("g-3185527", "g-3315380"))
    said = talk.hear(needs=("domestic_violence",), place=which, audience=Audience(sex="f"))
    assert said == ["intake.urgent_women.say", "intake.urgent_young.say", "place.which.say"]


def test_a_language_named_in_words_answers_the_first_question(talk: Talk) -> None:
    talk.hear(command="greeting")
    assert talk.hear(command="language_sq") == ["intake.menu.say"]
    assert talk.session
    assert talk.session.language == "sq"
