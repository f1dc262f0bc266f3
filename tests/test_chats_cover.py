"""Every step, choice and branch of the flows is visited by a conversation, in each language."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from bot import coverage

FOLDER = Path(__file__).parent / "transcripts"
LANGUAGES = ("en", "sq")


@lru_cache(maxsize=1)
def played() -> coverage.Report:
    return coverage.report(coverage.read(FOLDER))


def test_every_language_is_looked_at() -> None:
    assert set(played().visits) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", coverage.KINDS)
def test_every_place_is_visited(language: str, kind: str) -> None:
    """What each asks and where it leads: `python -m bot check --chats`. A conversation has to go there."""
    found = played()
    assert [place for place in found.visits[language].missing(found.places) if place.startswith(f"{kind} ")] == []
