"""Simulated people: their shares, what fits them, what is counted, and what the command says."""

from __future__ import annotations

import json
import tomllib
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bot import build, cli, settings
from bot.dialogue.session import Said, Session
from bot.dialogue.turn import Turn
from bot.helpline import Heard
from bot.people import speech
from bot.people.chart import chart, shares
from bot.people.figures import Way, figures, table
from bot.people.fitting import Fitting, holds
from bot.people.person import HERE, Cast, Person
from bot.people.talks import START, Talk, Talks
from bot.storage.memory import Memory
from bot.transcripts import Player

BOOK = tomllib.loads((HERE / "people.toml").read_text(encoding="utf-8"))
LANGUAGES = ("sq", "en")


@pytest.fixture(scope="module")
def house() -> build.House:
    return build.house(settings.read(environ={"SMS_TWO_WAY": "yes"}), Memory())


@pytest.fixture(scope="module")
def talks(house: build.House) -> Talks:
    return Talks(house, 7)


@pytest.fixture(scope="module")
def played(talks: Talks) -> list[Talk]:
    return [talks.talk(number) for number in range(300)]


def person(**changes: object) -> Person:
    """A woman of 30 in Elbasan, beaten at home, who writes a sentence by SMS."""
    base = Person(
        number=0, persona="sentences", style="sentences", language="sq", channel="sms", opening="need",
        gibberish_later=False, need="domestic_violence", next_need="", danger=False, years=30, sex="f",
        children=False, other=False, voice=True, place="m-elbasan", next_place="", country="AL",
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


# ---- the file of shares


@pytest.mark.parametrize(
    "table",
    [
        *BOOK["share"].values(),
        *BOOK["style"].values(),
        *BOOK["need"].values(),
    ],
    ids=lambda table: "-".join(table)[:40],
)
def test_every_table_of_shares_adds_up(table: dict[str, float]) -> None:
    assert sum(table.values()) == pytest.approx(1)


def test_the_shares_are_those_that_were_agreed() -> None:
    share = BOOK["share"]
    assert share["opening"]["greeting"] == 0.30
    assert share["opening"]["gibberish"] + share["gibberish_later"]["yes"] == pytest.approx(0.10)
    assert share["language"] == {"sq": 0.75, "en": 0.25}
    assert set(share["persona"]) == set(BOOK["style"])
    assert set(share["channel"]) == {"sms", "whatsapp"}


def test_people_come_in_these_shares(talks: Talks) -> None:
    people = [talks.cast.person(number) for number in range(4000)]
    for name, wanted in BOOK["share"].items():
        if name == "gibberish_later":
            continue
        seen = Counter(getattr(one, name) for one in people)
        for word, share in wanted.items():
            assert seen[word] / len(people) == pytest.approx(share, abs=0.03), (name, word)


def test_every_need_that_has_services_is_looked_for(house: build.House) -> None:
    needs = {code for code, need in house.answers.directory.needs.items() if need.service}
    assert set(BOOK["need"]["adult"]) | set(BOOK["need"]["child"]) == needs
    for language in LANGUAGES:
        lines = speech.words(language)
        assert set(lines["need"]) == needs
        for pool in [lines["danger"], *lines["need"].values()]:
            assert {"words", "sentences", "parts", "they"} <= set(pool)
        assert set(lines["country"]) == set(BOOK["abroad"]["countries"])
        assert set(lines["they"]) == {"f_adult", "m_adult", "f_child", "m_child"}


def test_every_question_with_a_true_answer_is_a_question_of_the_flows(house: build.House, talks: Talks) -> None:
    truths = talks.cast.person(0).truths(house.answers.directory)
    for address, rows in BOOK["answers"].items():
        choices = {choice.id for choice in house.script.steps[address].choices}
        assert choices
        for row in rows:
            named = row["choice"]
            assert named.removeprefix("@") in truths if named.startswith("@") else named in choices, address
            assert set(row) - {"choice"} <= set(truths)


# ---- typing


@pytest.mark.parametrize("text", ["s'kam ku te fle", "pronari s'me paguan", "po", ""])
def test_a_slip_changes_at_most_one_word(text: str, talks: Talks) -> None:
    dice = talks.cast.dice(1, "slip")
    for _ in range(50):
        slipped = speech.slip(text, dice).split(" ")
        assert len(slipped) == len(text.split(" "))
        assert sum(one != other for one, other in zip(slipped, text.split(" "), strict=True)) <= 1


def test_what_is_told_is_of_the_person(house: build.House, talks: Talks) -> None:
    def lines(one: Person) -> set[str]:
        told = set()
        for number in range(60):
            way = speech.Speech(one, house.answers.directory, BOOK["chance"], talks.cast.dice(number, "x"))
            told.add(" | ".join(way.told("domestic_violence", one.place)))
        return told

    assert not any("gruaja më rreh" in line or "gruaja me rreh" in line for line in lines(person()))
    assert any(line.startswith(("gruaja më rreh", "gruaja me rreh")) for line in lines(person(sex="m")))
    assert all(line.startswith(("burri", "im shoq", "vjehrra", "i fejuari", "në sht", "ne sht", "kam ")) for line in
               lines(person()))  # fmt: skip
    assert all(" | " in line for line in lines(person(style="fragments")))
    assert any("14 vje" in line for line in lines(person(years=14, persona="child")))
    assert all("Elbasan" not in line for line in lines(person(country="IT", place="")))
    assert not any("!" in line for line in lines(person()))


def test_who_says_that_they_are_held_is_in_danger(house: build.House, talks: Talks) -> None:
    held = person(need="trafficking_exploitation", language="en")
    for number in range(40):
        way = speech.Speech(held, house.answers.directory, BOOK["chance"], talks.cast.dice(number, "y"))
        told = way.told(held.need, held.place)[0]
        assert way.in_danger is ("by force" in told or "not let me leave" in told), told
        assert "!" not in told


# ---- what fits


def heard(house: build.House, *typed: str, channel: str = "sms") -> Heard:
    player = Player(house, channel, START)
    return [player.hear(line) for line in typed][-1]


def fit_of(house: build.House, one: Person, *typed: str) -> tuple[bool, bool, bool]:
    fitting = Fitting(house)
    fit = fitting.reply(one, fitting.listed(one, one.need, one.place, START), heard(house, *typed), START)
    return fit.number, fit.named, fit.service


def test_the_womens_line_fits_a_woman_and_no_boy(house: build.House) -> None:
    told = "nje shoqe ime 25 vjece thote se do te vrase veten"
    assert fit_of(house, person(), told) == (True, True, False)
    assert fit_of(house, person(sex="m", years=12), told) == (False, False, False)


def test_the_emergency_number_fits_only_who_is_in_danger(house: build.House) -> None:
    assert fit_of(house, person(), "po me rreh tani") == (False, False, False)
    assert fit_of(house, person(danger=True), "po me rreh tani") == (True, True, False)


def test_a_bare_list_is_told_apart(house: build.House) -> None:
    assert fit_of(house, person(), "0") == (True, False, False)


def test_a_line_that_is_not_for_the_need_does_not_fit(house: build.House) -> None:
    assert fit_of(house, person(need="job_income"), "0") == (False, False, False)


def test_a_service_fits_where_it_accepts_the_person(house: build.House) -> None:
    talk = ("burri me rreh", "elbasan")
    assert fit_of(house, person(), *talk)[2]
    assert not fit_of(house, person(sex="m"), *talk)[2]


def test_abroad_only_the_lines_of_that_country_fit(house: build.House) -> None:
    fitting = Fitting(house)
    there = person(country="IT", place="", need="labour_exploitation")
    listed = fitting.listed(there, there.need, "", START)
    assert listed.lines == {"800 290 290"}
    assert not listed.services


def test_who_cannot_speak_needs_a_page_where_there_is_one(house: build.House) -> None:
    fitting = Fitting(house)
    child = person(years=12, need="child_at_risk", voice=False)
    assert "alo116.al" in fitting.listed(child, child.need, child.place, START).lines
    assert "116 111" not in fitting.listed(child, child.need, child.place, START).lines


@pytest.mark.parametrize(
    ("text", "number", "there"),
    [
        ("Numri: 112.", "112", True),
        ("0800 11 112", "112", True),
        ("1129", "112", False),
        ("+355 33 224078.", "33 224078", True),
        ("116 1171", "116 117", False),
        ("alo116.al", "116", False),
        ("", "112", False),
        ("112", "", False),
    ],
)
def test_a_number_is_found_as_it_is_written(text: str, number: str, there: bool) -> None:
    assert holds(text, number) is there


# ---- what is counted


def test_the_same_seed_gives_the_same_talk(house: build.House, played: list[Talk]) -> None:
    again = Talks(house, 7)
    for number in (3, 50, 299):
        assert again.talk(number).lines == played[number].lines
    assert Talks(house, 8).talk(3).lines != played[3].lines


def test_people_come_through_without_a_dead_end_or_a_crash(played: list[Talk]) -> None:
    found = figures(played, 7)
    assert not found.dead_ends
    assert not found.crashes
    assert not found.telling
    assert found.seekers == sum(talk.person.seeks for talk in played)
    assert found.most_parts <= 2
    assert found.parts < found.parts_full


def test_a_reply_that_ends_a_talk_with_nothing_is_a_dead_end(talks: Talks, house: build.House) -> None:
    said = heard(house, "burri me rreh")
    assert said.turn is not None
    assert said.outbound is not None
    over = replace(said, turn=Turn(session=None, says=said.turn.says, language="sq", trace=("result.none",)))
    assert not talks._dead(over)  # the numbers stand in it
    empty = replace(over, outbound=type(said.outbound)(text="Per kete nuk kemi sherbim."))
    assert talks._dead(empty)
    way_on = replace(over, outbound=type(said.outbound)(text="Per kete nuk kemi sherbim. 0 Numra telefoni"))
    assert not talks._dead(way_on)
    closed = replace(empty, turn=Turn(session=None, says=(), language="sq", trace=("leaving.close",)))
    assert not talks._dead(closed)
    asked = replace(empty, turn=replace_step(said.turn, "place.ask"))
    assert not talks._dead(asked)


def replace_step(turn: Turn, step: str) -> Turn:
    return Turn(session=Session(script="x", step=step), says=turn.says, language="sq", trace=("place.ask",))


def test_a_crash_is_kept_with_its_talk(house: build.House) -> None:
    class Broken:
        def read(self, *_: object, **__: object) -> None:
            raise ValueError("no words")

    parts = replace(house.helpline.parts, reader=Broken())
    helpline = type(house.helpline)(parts, house.store)
    found = figures([Talks(replace(house, helpline=helpline), 7).talk(1)], 7)
    assert found.crashes == ["person 1: ValueError: no words"]
    assert found.broken
    assert "crash: person 1" in "\n".join(table(found))


def test_a_phrase_that_tells_too_much_is_counted(talks: Talks, house: build.House) -> None:
    said = heard(house, "miredita")
    assert said.turn is not None
    says = (Said(say="danger.near_women.say"),)
    telling = Turn(session=said.turn.session, says=says, language="sq", trace=said.turn.trace)
    talk = Talk(person=person())
    talks._measure(talk, replace(said, turn=telling), START)
    assert talk.telling == ["danger.near_women.say"]


def test_a_watcher_never_learns_what_the_numbers_are_for(played: list[Talk], house: build.House) -> None:
    watchers = [talk for talk in played if talk.person.persona == "watching"]
    assert len(watchers) > 10
    names = {org.short_name for org in house.answers.directory.organizations.values()}
    for talk in watchers:
        for line in talk.lines:
            assert not line.startswith("<") or not any(name in line for name in names), "\n".join(talk.lines)


def test_median_worst_and_shares() -> None:
    way = Way(people=10, never=0, turns={1: 4, 2: 3, 3: 2, 5: 1})
    assert (way.median, way.worst, way.within(3)) == (2, 5, 0.9)
    assert shares(way) == pytest.approx([0.4, 0.3, 0.2, 0.1, 0.0])
    never = Way(people=4, never=3, turns={2: 1})
    assert (never.median, never.worst, never.within(3)) == (99, 0, 0.25)
    assert shares(never)[-1] == 0.75
    assert shares(Way(people=0, never=0, turns={})) == [0.0] * 5


# ---- the command


def test_the_command_prints_a_table_and_draws_a_chart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = tmp_path / "walk.svg"
    assert cli.main(["walk", "--people", "40", "--seed", "7", "-o", str(drawn)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("40 people, seed 7: ")
    assert "first number that fits" in said
    assert "dead ends 0, crashes 0, told too early 0" in said
    root = ElementTree.parse(drawn).getroot()
    assert root.tag.endswith("svg")
    assert float(root.get("height", "0")) > 200


def test_the_command_gives_its_figures_to_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["walk", "--people", "30", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["people"] == 30
    assert set(found["ways"]) == {"line", "number", "told", "named", "service"}
    way = found["ways"]["number"]
    assert sum(way["turns"].values()) + way["never"] == way["people"]


def test_the_command_shows_one_talk(capsys: pytest.CaptureFixture[str], played: list[Talk]) -> None:
    assert cli.main(["walk", "--person", "5"]) == 0
    assert capsys.readouterr().out.splitlines()[-len(played[5].lines) :] == played[5].lines


def test_the_chart_stays_whole_where_nobody_found_anything() -> None:
    talk = Talk(person=person(), listed_number=True, messages=9)
    found = figures([talk], 1)
    assert found.ways["number"].never == 1
    ElementTree.fromstring(chart(found))


def test_people_are_drawn_by_seed_and_number_alone(house: build.House) -> None:
    cast = Cast(house.answers.directory, 7)
    later = Cast(house.answers.directory, 7)
    for number in range(50):
        cast.person(number)
    assert cast.person(49) == later.person(49)
