"""From folded letters to words: what grew together falls apart, shorthand is written out.

Owns: clitics ("s'kam", "mrreh", "nfyt"), shorthand, words without their vowels ("sigrt"), stops and commas. Never: what
a word means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from bot.understanding.folding import bare, letters
from bot.understanding.lexicon import Lexicon

# The little words that lose their vowel before an apostrophe.
CLITICS: Final = {"s": "nuk", "m": "me", "t": "te", "n": "ne", "c": "cfare", "k": "ke", "q": "qe", "d": "do"}
GROWN: Final = {"n": "ne", "t": "te"}  # those that also grow onto a consonant with no apostrophe
MOST: Final = 200  # words that are looked at
SHORT: Final = 4  # letters from which on a word may have lost its vowels
_VOWELS: Final = str.maketrans("", "", "aeiouy")


class Splitter:
    """Turns folded letters into words. `known` tells whether the lexicon has heard of a word."""

    def __init__(self, lexicon: Lexicon, known: Callable[[str], bool]) -> None:
        self._shorthand = {key: tuple(word.split()) for key, word in lexicon.shorthand.items()}
        self._short_not = frozenset(lexicon.short_not)
        self._known = known
        self._full = _by_consonants(word for line in lexicon.lines for word in bare(letters(line.example)).split())

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
        if len(word) < 3 or self._known(word):
            return (word,)
        if first == "m" and self._known(word[1:]):
            return ("me", word[1:])
        if first in GROWN and len(word) >= SHORT and word[1] not in "aeiouy" and self._known(word[1:]):
            return (GROWN[first], word[1:])
        return (self._with_vowels(word),) if len(word) >= SHORT else (word,)

    def _with_vowels(self, word: str) -> str:
        """ "sigrt" -> sigurt: a word with a vowel at most that is written with more by everybody else."""
        consonants = word.translate(_VOWELS)
        if len(word) - len(consonants) > 1:
            return word
        full = self._full.get(consonants, "")
        return full if full and _within(word, full) else word


def _by_consonants(words: Iterable[str]) -> Mapping[str, str]:
    """Consonants -> the word that is written most with them."""
    counts = Counter(words)
    full: dict[str, str] = {}
    for word, _ in sorted(counts.items(), key=lambda item: (item[1], item[0])):
        consonants = word.translate(_VOWELS)
        if 3 <= len(consonants) < len(word):
            full[consonants] = word
    return full


def _within(short: str, full: str) -> bool:
    """Whether all letters of one stand in the other in the same order."""
    rest = iter(full)
    return all(letter in rest for letter in short)
