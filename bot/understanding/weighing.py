"""Weighing: what everything in a message comes to together, whichever words they are and in whatever order.

Owns: the sum over the groups `cue_*` of the word lists ("a weapon", "at the door", "he", "now", but also "a film",
"long ago") and over two of them side by side, over single words and stems, and over what the lines of the lexicon
said. A line knows one way to say a thing; the sum knows messages that nobody wrote a line for, and doubts a line where
all else speaks against it.
Never: a word (`locales/<language>/lexicon/classes_danger.toml`), a number (`locales/weights.json`), what follows from
the sum (`meaning`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bot.understanding.lexicon import Weights
from bot.understanding.matching import Tokens
from bot.understanding.patterns import Index

PREFIX: Final = "cue_"


class Weighing:
    """Built once. The groups stand side by side among the elements, so that a message's are cut out in one step."""

    def __init__(self, index: Index, classes: Mapping[str, object], weights: Weights) -> None:
        elements = {name: index.class_element(name) for name in classes if name.startswith(PREFIX)}
        self._base = min(elements.values(), default=0)
        self._names = {1 << element - self._base: name for name, element in elements.items()}
        self._weight = {bit: weights.cues.get(name, 0.0) for bit, name in self._names.items()}
        self._both = {bit: _beside(name, self._names, weights.pairs) for bit, name in self._names.items()}
        self._mask = sum(self._names)
        self._bias = weights.cue_bias
        self._words, self._said = weights.words, weights.said

    def of(self, tokens: Tokens, words: Iterable[str], said: Iterable[str]) -> float:
        """The sum for a message: the higher, the more it is like danger now."""
        left, total = tokens.mask >> self._base & self._mask, self._bias
        before: list[int] = []
        while left:
            low = left & -left
            total += self._weight[low]
            both = self._both[low]
            for other in before:
                if other in both:
                    total += both[other]
            before.append(low)
            left ^= low
        known, lines = self._words, self._said
        total += sum([known[word] for word in words if word in known])
        return total + sum([lines[group] for group in said if group in lines])

    def groups(self, tokens: Tokens) -> frozenset[str]:
        """The groups that stand in a message: what the weights are learned from."""
        held = tokens.mask >> self._base & self._mask
        return frozenset(name for bit, name in self._names.items() if held & bit)


def _beside(name: str, names: Mapping[int, str], pairs: Mapping[str, Mapping[str, float]]) -> dict[int, float]:
    """What each other group adds where it stands beside this one; a pair is kept under the name that sorts first."""
    found = {bit: pairs.get(min(name, other), {}).get(max(name, other), 0.0) for bit, other in names.items()}
    return {bit: weight for bit, weight in found.items() if weight}
