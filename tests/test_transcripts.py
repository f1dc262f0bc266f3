"""Every transcript is played through the straight line and must come out as it stands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot import coverage, transcripts

FOLDER = Path(__file__).parent / "transcripts"
CHATS = sorted(FOLDER.glob("*.chat"))


def played(path: Path) -> str:
    chat = transcripts.read(path)
    return transcripts.play(coverage.house(tuple(sorted(chat.settings.items()))), chat)[0]


@pytest.mark.parametrize("path", CHATS, ids=lambda path: path.stem)
def test_transcript(path: Path) -> None:
    """`BESA_REVIEWED=yes pytest tests/test_transcripts.py` writes what is said now, to be read as a diff."""
    now = played(path)
    if os.environ.get("BESA_REVIEWED") == "yes":
        path.write_text(now, encoding="utf-8")
    assert now == path.read_text(encoding="utf-8")


def test_half_of_them_are_albanian() -> None:
    albanian = [path for path in CHATS if ".sq." in path.name]
    assert len(CHATS) >= 20
    assert len(albanian) * 2 >= len(CHATS)
