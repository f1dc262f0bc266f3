"""Which language a message is in: words that only one language has, then runs of letters.

Owns: sq, en, mixed or no evidence. Never: switching the session's language (the engine does, on `clear`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.understanding.lexicon import Lexicon

CLEAR: Final = 3  # words from which on a message may switch the language


class LanguageReader:
    """Tells Albanian from English."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._albanian = lexicon.hints.get("sq", frozenset())
        self._english = lexicon.hints.get("en", frozenset())
        self._grams = lexicon.weights.albanian

    def read(self, words: Sequence[str]) -> tuple[str, bool]:
        """(sq | en | mixed | "", whether it is clear enough to switch to)."""
        albanian = sum(word in self._albanian for word in words)
        english = sum(word in self._english for word in words)
        if albanian and english and min(albanian, english) * 3 >= max(albanian, english):
            return "mixed", False
        if albanian != english:
            language = "sq" if albanian > english else "en"
            return language, len(words) >= CLEAR and max(albanian, english) >= 2 and min(albanian, english) == 0
        return self._by_letters(words), False

    def _by_letters(self, words: Sequence[str]) -> str:
        score = 0.0
        for word in words[:20]:
            if word.isalpha():
                framed = f" {word} "
                score += sum(self._grams.get(framed[at : at + 3], 0.0) for at in range(len(framed) - 2))
        return "" if abs(score) < 1 else "sq" if score > 0 else "en"
