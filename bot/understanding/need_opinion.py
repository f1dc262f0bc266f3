"""The second opinion on needs: a straight sum over words and classes, for what no line of the lexicon says yet.

Owns: what of a message is counted, and the sum of each need. Never: danger, or taking away what a line has found.
Its numbers are data (`locales/need_weights.json`), learned from the lexicon's own examples and the labelled messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

LONGEST: Final = 60  # words that are looked at
STEM: Final = 5  # letters by which two endings of one word are the same
ROOT: Final = 4  # letters by which related words are the same: for needs alone, danger was told apart less well by them
FEWEST: Final = 3  # words from which on the opinion is heard


class NeedWeights(msgspec.Struct, frozen=True, kw_only=True):
    """Which needs are told, and what each word, stem (`word*`), root (`word-`) and class (`{name}`) adds to each."""

    needs: tuple[str, ...] = ()
    bias: tuple[float, ...] = ()
    margin: tuple[float, ...] = ()  # a sum from here on tells the need
    sums: Mapping[str, tuple[tuple[int, float], ...]] = {}  # what is counted -> (position in `needs`, weight)


def counted(words: Sequence[str], classes: Sequence[str]) -> set[str]:
    """What of a message is counted: its words, the stems of the longer ones, and the classes it holds."""
    looked = words[:LONGEST]
    return {*looked, *(f"{word[:STEM]}*" for word in looked if len(word) > STEM), *classes}


def rooted(words: Sequence[str]) -> set[str]:
    """What is counted for needs besides: the roots of words."""
    return {f"{word[:ROOT]}-" for word in words[:LONGEST] if len(word) > ROOT}


def told(things: Iterable[str], weights: NeedWeights) -> tuple[str, ...]:
    """The needs that a message of some words sounds like, from what is counted in it."""
    if not weights.needs:
        return ()
    sums = list(weights.bias)
    known = weights.sums
    for thing in things:
        for at, weight in known.get(thing, ()):
            sums[at] += weight
    rows = zip(weights.needs, sums, weights.margin, strict=True)
    return tuple([need for need, total, margin in rows if total >= margin])
