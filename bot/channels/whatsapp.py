"""WhatsApp: what buttons and lists can hold, and titles cut to it.

Owns: the limits and the cutting. Never: the provider's requests (`carriers`).
Limits: 3 buttons of 20 characters without approval, 10 list rows of 24 (72 in their second line), 1,024 characters of
body (Twilio's Content API); an id of 200 (`payload.LENGTH`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.channels.message import Capabilities, Option

BODY: Final = 1024
ROW_DETAIL: Final = 72
_CUT: Final = "…"


def title(label: str, limit: int) -> str:
    """The label within `limit` characters, cut at a word where that leaves more than half of it."""
    label = " ".join(label.split())
    if len(label) <= limit:
        return label
    room = label[: limit - 1]
    word = room.rpartition(" ")[0] if label[limit - 1] != " " else room
    return (word if len(word) > limit // 2 else room).rstrip(" ,.;:-") + _CUT


def equal(labels: Sequence[str], limit: int) -> list[tuple[str, str]]:
    """Pairs of labels that look the same once cut, or come out empty; such a set must be shown as numbered text."""
    first: dict[str, str] = {}
    pairs: list[tuple[str, str]] = []
    for label in labels:
        cut = title(label, limit).casefold()
        if cut in first or not cut:
            pairs.append((first.get(cut, ""), label))
        first.setdefault(cut, label)
    return pairs


def form(body: str, options: Sequence[Option], capabilities: Capabilities) -> str:
    """ "buttons", "list" or "text": the first of them that can carry this body and these options without loss."""
    labels = [option.label for option in options]
    if not options or not body or len(body) > BODY:
        return "text"
    if len(options) <= capabilities.buttons and not equal(labels, capabilities.button_title):
        return "buttons"
    if len(options) <= capabilities.rows and not equal(labels, capabilities.row_title):
        return "list"
    return "text"
