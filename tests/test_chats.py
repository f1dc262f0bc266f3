"""Conversations as an admin writes them: what reads otherwise, and what none of them visits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot import cli, coverage, transcripts
from bot.coverage import Visits
from bot.dialogue.turn import Turn
from bot.errors import AdminError

HELLO = "# Hello\n\n> miredita\n"


def as_it_is(text: str) -> str:
    """A conversation with the answers it gets today."""
    chat = transcripts.parse("one.chat", text)
    return transcripts.play(coverage.house(tuple(sorted(chat.settings.items()))), chat)[0]


def folder(tmp_path: Path, *texts: str) -> Path:
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.chat").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_conversation_that_stands_is_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--chats", str(folder(tmp_path, as_it_is(HELLO)))]) == 0
    assert capsys.readouterr().out.endswith("1 conversations, 0 read otherwise.\n")


def test_a_changed_reply_is_shown_with_the_message_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = as_it_is(HELLO).replace("1 Shqip", "1 Gjuha shqipe")
    assert cli.main(["check", "--chats", str(folder(tmp_path, written))]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "0.chat reads otherwise now:"
    assert "     > miredita" in lines
    assert any(line.startswith("    -< ") and "Gjuha shqipe" in line for line in lines)
    assert any(line.startswith("    +< ") and "1 Shqip" in line for line in lines)


def test_what_no_conversation_visits_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chats = folder(tmp_path, as_it_is(HELLO), as_it_is("> miredita\n> 2\n> 1\n"))
    cli.main(["check", "--json", "--chats", str(chats)])
    found = json.loads(capsys.readouterr().out)
    sq, en = found["coverage"]["sq"], found["coverage"]["en"]
    assert "choice intake.hello.en" not in sq["not_visited"]
    assert "choice intake.hello.sq" in sq["not_visited"]
    assert "step intake.menu" in sq["not_visited"]  # both chose nothing in Albanian, or English
    assert "step intake.menu" not in en["not_visited"]
    assert "choice intake.menu.stay" not in en["not_visited"]
    assert "step danger.now" in sq["not_visited"]
    assert "step danger.now" in en["not_visited"]
    assert sq["steps"][0] == 1
    assert sq["steps"][1] == en["steps"][1] > 100


def test_the_settings_of_a_conversation_count() -> None:
    found = coverage.report([transcripts.parse("en.chat", "# language: en\n> hi\n> 2\n")])
    assert found.visits["en"].places["choice intake.hello.en"] == 1
    assert not found.visits["sq"].places


def test_a_conversation_can_be_had_on_the_day_when_a_line_answers_no_more() -> None:
    chat = transcripts.parse("one.chat", "# without: al-116117,shkej\n> burri me rreh\n")
    now = transcripts.play(coverage.house(tuple(sorted(chat.settings.items()))), chat)[0]
    assert "116 117" in as_it_is("> burri me rreh\n")
    assert "116 117" not in now
    with pytest.raises(AdminError, match="nowhere"):
        coverage.house((("without", "nowhere"),))


def test_a_conversation_can_be_had_where_people_cannot_answer_our_sms() -> None:
    asked = "> dua nje avokat ne tirane\n> flm\n"
    assert "18 vjec" in as_it_is(asked)
    assert "18 vjec" not in as_it_is(f"# two-way: no\n{asked}")


def test_every_step_choice_and_branch_is_a_place() -> None:
    script = coverage.house(()).script
    places = coverage.places(script)
    assert len(set(places)) == len(places)
    assert {place.split()[1] for place in places if place.startswith("step ")} == set(script.steps)
    tables = [step for step in script.steps.values() if len(step.goto) > 1]
    assert sum(place.startswith("row ") for place in places) == sum(len(step.goto) for step in tables)
    choices = sum(len(step.choices) for step in script.steps.values())
    assert sum(place.startswith("choice ") for place in places) == choices


def test_a_choice_counts_in_the_language_it_was_shown_in_and_for_its_step() -> None:
    visits = {"sq": Visits(), "en": Visits()}
    turn = Turn(session=None, says=(), language="en", trace=("choice checkin.reply.go_on", "intake.menu"))
    coverage.visit(visits, [turn], "sq")
    assert visits["sq"].places == {"choice checkin.reply.go_on": 1, "step checkin.reply": 1}
    assert visits["en"].places == {"step intake.menu": 1}


def test_of_a_missing_step_the_choices_and_rows_are_not_named_again() -> None:
    found = coverage.report([])
    lines = list(coverage.text(found, coverage.house(()).script))
    assert not [line for line in lines if " choice " in line or " row " in line]
    once = coverage.report([transcripts.parse("one.chat", "> burri me rreh\n")])
    named = [line for line in coverage.text(once, coverage.house(()).script) if " row intake.told 2 " in line]
    assert named == ["    not visited: row intake.told 2 (who = other: supporter.start)"]


def test_a_folder_without_conversations_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--chats", str(tmp_path)]) == 1
    assert "holds no conversation" in capsys.readouterr().err


def test_a_line_that_is_not_of_the_form_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--chats", str(folder(tmp_path, "> miredita\nPershendetje\n"))]) == 1
    assert "0.chat, line 2" in capsys.readouterr().err
