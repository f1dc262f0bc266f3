"""Brakes: how many messages of one texter in ten minutes are answered.

Owns: the decision, from the count that the first trip brings along. Never: holding back danger, a need, or somebody
who answers our questions.
"""

from __future__ import annotations

from typing import Final

from bot.dialogue.reading import Reading

FREE: Final = 5  # messages in ten minutes that are answered whatever they say; the brake begins at the sixth
MOST: Final = 60  # beyond this many, only danger, a need, and leaving are answered
_LEAVING: Final = frozenset({"delete", "stop", "close", "numbers", "help"})


def braked(hits: int, reading: Reading, free: int = FREE, most: int = MOST) -> bool:
    """Is this message met with silence? `hits`: messages of this texter answered in the last ten minutes."""
    if hits < free or reading.danger != "none" or reading.needs or reading.command in _LEAVING:
        return False
    return hits >= most or not _answers(reading)


def _answers(reading: Reading) -> bool:
    """Does it say something that leads on: a command, a choice, a place, a yes or no, an organisation?"""
    leads = reading.command not in {"", "greeting", "thanks", "insult"}
    said = reading.choice or reading.answer or reading.organization or reading.number >= 0
    return leads or bool(said) or reading.place.kind not in {"none", "unknown"}
