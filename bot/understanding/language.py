"""Which language a message is in: words and runs of letters, each with how much more Albanian than English it is.

Owns: sq, en, mixed or no evidence. Never: switching the session's language (the engine does, on `clear`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from bot.understanding.lexicon import Lexicon

CLEAR: Final = 3  # words from which on a message may switch the language
SURE: Final = 1.0  # the sum from which on there is evidence at all
STRONG: Final = 2.0  # what one word must weigh to count as a word of its language
MOST: Final = 40  # words that are looked at


class LanguageReader:
    """Tells Albanian from English."""

    def __init__(self, lexicon: Lexicon, is_place: Callable[[str], bool]) -> None:
        grams = lexicon.weights.albanian
        self._grams = {run: weight for run, weight in grams.items() if not _whole(run)}
        self._words = {run.strip(): weight for run, weight in grams.items() if _whole(run)}
        self._is_place = is_place

    def read(self, words: Sequence[str]) -> tuple[str, bool]:
        """(sq | en | mixed | "", whether it is clear enough to switch to)."""
        known, is_place = self._words, self._is_place
        weights = [
            known[word] if word in known else self._weight(word)
            for word in words[:MOST]
            if word.isalpha() and not is_place(word)  # a town has no language
        ]
        total = sum(weights)
        albanian = sum(weight >= STRONG for weight in weights)
        english = sum(weight <= -STRONG for weight in weights)
        if albanian >= 2 and english >= 2 and min(albanian, english) * 2 >= max(albanian, english):
            return "mixed", False
        if abs(total) < SURE or (len(words) < CLEAR and known.keys().isdisjoint(words)):
            return "", False  # one or two words that nobody knows tell nothing by their letters
        language, own, foreign = ("sq", albanian, english) if total > 0 else ("en", english, albanian)
        clear = len(words) >= CLEAR and own >= 2 and (foreign == 0 or own >= 5 * foreign)
        return language, clear and abs(total) >= len(weights)

    def _weight(self, word: str) -> float:
        """The weight of a word that is not known, by its runs of letters."""
        framed = f" {word} "
        total = sum([self._grams.get(framed[at : at + 3], 0.0) for at in range(len(framed) - 2)])
        return max(-3.0, min(3.0, total / 2))


def _whole(run: str) -> bool:
    """Whether it is a whole word in its spaces, not a run of three letters."""
    return run[0] == run[-1] == " "
