"""The words of all patterns: for a word of a message, which elements it is, and which rules it calls up.

Owns: whole words, stems ("rreh*") and phrases ("ne rrezik*"), looked up in a few steps whatever their number.
Never: the order in which words must stand (`patterns`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache
from typing import Final

import msgspec

from bot.understanding.folding import fold

Rest = tuple[tuple[str, bool], ...]  # (word, whether any ending will do) for each word of a phrase behind the second
_NOTHING: Final[frozenset[int]] = frozenset()


class Tail(msgspec.Struct, frozen=True, eq=False):
    """A phrase behind its first word, with every element that it is."""

    second: str
    is_stem: bool
    rest: Rest
    mask: int
    elements: frozenset[int]
    calls: tuple[int, ...]  # those of them that call up rules
    length: int  # words of the whole phrase


class Word(msgspec.Struct, frozen=True, eq=False):
    """All that is known of one word of a message."""

    mask: int = 0  # its elements as bits
    elements: frozenset[int] = _NOTHING
    calls: tuple[int, ...] = ()  # those of them that call up rules
    tails: Mapping[str, tuple[Tail, ...]] = {}  # second word -> phrases
    open_tails: tuple[Tail, ...] = ()  # phrases whose second word is a stem


UNKNOWN: Final = Word()


class Vocabulary:
    """Filled once; looking up changes nothing."""

    def __init__(self) -> None:
        self.exact: dict[str, set[int]] = {}
        self.stems: dict[str, set[int]] = {}
        self._phrases: dict[str, dict[Rest, set[int]]] = {}  # by their first word
        self._open_phrases: dict[str, dict[Rest, set[int]]] = {}  # by the stem they begin with
        self._exact: dict[str, Word] = {}
        self._stems: dict[str, Word] = {}
        self._lengths: tuple[int, ...] = ()
        self._known: dict[str, Word] = {}

    def add(self, form: str, elements: Set[int]) -> None:
        """One alternative of some elements: "burri", "rreh*", "im shoq" or "ne rrezik*"."""
        parts = _parts(form)
        word, is_stem = parts[0]
        if len(parts) > 1:
            book = self._open_phrases if is_stem else self._phrases
            book.setdefault(word, {}).setdefault(parts[1:], set()).update(elements)
        else:
            (self.stems if is_stem else self.exact).setdefault(word, set()).update(elements)

    def close(self, words: Iterable[str], calls: Set[int], most: int) -> None:
        """Makes ready what was added, and looks some words up before any message comes. Elements from `most` on only
        call up rules, and stand in no mask."""
        self._exact = {
            word: _word(self.exact.get(word, ()), self._phrases.get(word, {}), calls, most)
            for word in sorted({*self.exact, *self._phrases})
        }
        self._stems = {
            stem: _word(self.stems.get(stem, ()), self._open_phrases.get(stem, {}), calls, most)
            for stem in sorted({*self.stems, *self._open_phrases})
        }
        self._lengths = tuple(sorted({len(stem) for stem in self._stems}))
        self._known = {word: self._look_up(word) for word in {*words, *self._exact}}

    def word(self, word: str) -> Word:
        """What a word is."""
        known = self._known.get(word)
        return self._look_up(word) if known is None else known

    def _look_up(self, word: str) -> Word:
        found = [self._exact[word]] if word in self._exact else []
        size = len(word)
        stems = self._stems
        for length in self._lengths:
            if length > size:
                break
            hit = stems.get(word[:length])
            if hit is not None:
                found.append(hit)
        if not found:
            return UNKNOWN
        return found[0] if len(found) == 1 else _joined(found)

    def means(self, word: str) -> bool:
        """Whether the lexicon surely means a word, which does not only begin like one: "shkalle", not "golem"."""
        longest = len(word)
        return word in self.exact or any(word[:size] in self.stems for size in range(max(5, longest - 3), longest + 1))

    def phrases_at(self, words: Sequence[str], at: int, word: Word) -> list[Tail]:
        """Every phrase that begins at a word."""
        second = words[at + 1] if at + 1 < len(words) else ""
        found = [tail for tail in word.tails.get(second, ()) if not tail.rest or _follows(tail.rest, words, at + 2)]
        for tail in word.open_tails:
            if second.startswith(tail.second) and _follows(tail.rest, words, at + 2):
                found.append(tail)
        return found


def _parts(form: str) -> Rest:
    """Each word of a form, folded, and whether any ending will do."""
    return tuple([_part(part) for part in form.replace("_", " ").split()])


@cache
def _part(part: str) -> tuple[str, bool]:
    return fold(part) or part.strip("*"), part.endswith("*")


def _word(elements: Iterable[int], phrases: Mapping[Rest, Set[int]], calls: Set[int], most: int) -> Word:
    held = frozenset(elements)
    tails: dict[str, tuple[Tail, ...]] = {}
    open_tails: list[Tail] = []
    for ((second, is_stem), *rest), meant in phrases.items():
        called = tuple(sorted(calls & meant))
        tail = Tail(second, is_stem, tuple(rest), _bits(meant, most), frozenset(meant), called, len(rest) + 2)
        if is_stem:
            open_tails.append(tail)
        else:
            tails[second] = (*tails.get(second, ()), tail)
    return Word(_bits(held, most), held, tuple(sorted(calls & held)), tails, tuple(open_tails))


def _joined(words: Sequence[Word]) -> Word:
    mask = 0
    tails: dict[str, tuple[Tail, ...]] = {}
    for word in words:
        mask |= word.mask
        for second, more in word.tails.items():
            tails[second] = (*tails.get(second, ()), *more)
    elements = frozenset().union(*(word.elements for word in words))
    calls = tuple(sorted({call for word in words for call in word.calls}))
    return Word(mask, elements, calls, tails, tuple(tail for word in words for tail in word.open_tails))


def _bits(elements: Iterable[int], most: int) -> int:
    mask = 0
    for element in elements:
        if element < most:
            mask |= 1 << element
    return mask


def _follows(rest: Rest, words: Sequence[str], at: int) -> bool:
    if at + len(rest) > len(words):
        return False
    return all(
        words[at + index].startswith(word) if is_stem else words[at + index] == word
        for index, (word, is_stem) in enumerate(rest)
    )
