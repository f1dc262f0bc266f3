"""From folded letters to words: what grew together falls apart, shorthand is written out.

Owns: clitics ("s'kam", "mrreh", "ntirane"), shorthand, stops and commas. Never: what a word means.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.understanding.lexicon import Lexicon

# The little words that lose their vowel before an apostrophe.
CLITICS: Final = {"s": "nuk", "m": "me", "t": "te", "n": "ne", "c": "cfare", "k": "ke", "q": "qe", "d": "do"}
MOST: Final = 200  # words that are looked at


class Splitter:
    """Turns folded letters into words. `known` tells whether the lexicon has heard of a word."""

    def __init__(self, lexicon: Lexicon, known: Callable[[str], bool]) -> None:
        self._shorthand = {key: tuple(word.split()) for key, word in lexicon.shorthand.items()}
        self._short_not = frozenset(lexicon.short_not)
        self._known = known

    def split(self, plain: str) -> tuple[list[str], frozenset[int]]:
        """The words, and the positions (from 1) of words that stand behind a stop or a comma."""
        words: list[str] = []
        breaks: set[int] = set()
        for piece in plain.split()[: 2 * MOST]:
            if piece in (".", ","):
                breaks.add(len(words) + 1)
            elif "'" in piece:
                words.extend(self._apart(piece))
            else:
                words.extend(self._word(piece))
        return words[:MOST], frozenset(breaks)

    def _apart(self, piece: str) -> tuple[str, ...]:
        """ "s'kam" -> nuk kam; "don't" -> dont."""
        head, _, tail = piece.strip("'").partition("'")
        if tail and head in CLITICS:
            return (CLITICS[head], *self._word(tail.replace("'", "")))
        return self._word((head + tail).replace("'", ""))

    def _word(self, word: str) -> tuple[str, ...]:
        if not word:
            return ()
        written = self._shorthand.get(word)
        if written:
            return written
        first = word[0]
        if first == "s" and word[1:] in self._short_not and (len(word) > 2 or not self._known(word)):
            return ("nuk", word[1:])
        if first == "m" and len(word) > 2 and not self._known(word) and self._known(word[1:]):
            return ("me", word[1:])
        return (word,)
