"""Weighing: what the groups of words in a message come to together, whichever words they are and in whatever order.

Owns: the sum over the groups `cue_*` of the word lists ("a weapon", "at the door", "he", "now", but also "a film",
"long ago"). A line of the lexicon knows one way to say a thing; the sum knows messages that nobody wrote a line for.
Never: a word (`locales/<language>/lexicon/classes_danger.toml`), a number (`locales/weights.json`), what follows from
the sum (`meaning`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.understanding.lexicon import Weights
from bot.understanding.patterns import Index, Tokens

PREFIX: Final = "cue_"


class Weighing:
    """Built once. The groups stand side by side among the elements, so that a message's are cut out in one step."""

    def __init__(self, index: Index, classes: Mapping[str, object], weights: Weights) -> None:
        elements = {name: index.class_element(name) for name in classes if name.startswith(PREFIX)}
        self._base = min(elements.values(), default=0)
        self._names = {1 << element - self._base: name for name, element in elements.items()}
        self._weight = {bit: weights.cues.get(name, 0.0) for bit, name in self._names.items()}
        self._mask = sum(self._names)
        self._bias = weights.cue_bias

    def of(self, tokens: Tokens) -> float:
        """The sum for a message: the higher, the more it is like danger now."""
        left, total = tokens.mask >> self._base & self._mask, self._bias
        while left:
            low = left & -left
            total += self._weight[low]
            left ^= low
        return total

    def groups(self, tokens: Tokens) -> frozenset[str]:
        """The groups that stand in a message: what the weights are learned from."""
        held = tokens.mask >> self._base & self._mask
        return frozenset(name for bit, name in self._names.items() if held & bit)
