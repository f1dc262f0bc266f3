"""Every transcript is played through the straight line, comes out as it stands, and together they visit everything."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from bot import coverage, transcripts
from bot.coverage import Visits

FOLDER = Path(__file__).parent / "transcripts"
CHATS = sorted(FOLDER.glob("*.chat"))
LANGUAGES = ("en", "sq")


@cache
def played(path: Path) -> tuple[str, dict[str, Visits]]:
    """What is said now, and what was visited, by language."""
    chat = transcripts.read(path)
    house = coverage.house(tuple(sorted(chat.settings.items())))
    now, turns = transcripts.play(house, chat)
    visits = {language: Visits() for language in house.script.phrases}
    coverage.visit(visits, turns, house.settings.default_language)
    return now, visits


@pytest.mark.parametrize("path", CHATS, ids=lambda path: path.stem)
def test_transcript(path: Path) -> None:
    """`BESA_REVIEWED=yes pytest tests/test_transcripts.py` writes what is said now, to be read as a diff."""
    now, _ = played(path)
    if os.environ.get("BESA_REVIEWED") == "yes":
        path.write_text(now, encoding="utf-8")
    assert now == path.read_text(encoding="utf-8")


def test_half_of_them_are_albanian() -> None:
    albanian = [path for path in CHATS if ".sq." in path.name]
    assert len(CHATS) >= 20
    assert len(albanian) * 2 >= len(CHATS)


@cache
def visited() -> dict[str, Visits]:
    """What all of them visit, by language."""
    total = {language: Visits() for language in coverage.house(()).script.phrases}
    for path in CHATS:
        for language, visits in played(path)[1].items():
            total[language].places.update(visits.places)
    return total


def test_every_language_is_looked_at() -> None:
    assert set(visited()) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", coverage.KINDS)
def test_every_place_is_visited(language: str, kind: str) -> None:
    """What each asks and where it leads: `python -m bot check --chats`. A conversation has to go there."""
    places = coverage.places(coverage.house(()).script)
    assert [place for place in visited()[language].missing(places) if place.startswith(f"{kind} ")] == []
