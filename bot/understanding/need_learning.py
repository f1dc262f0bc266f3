"""Learning the second opinion on needs: one logistic regression a need over words, stems and classes.

Owns: the sums of learning, the same every time. Never: reading files or writing them (`commands/weights`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

from bot.understanding.learning import mixed
from bot.understanding.need_opinion import NeedWeights

ROUNDS: Final = 8
RATE: Final = 0.15
FADE: Final = 1e-4  # how much of a weight is forgotten at each step
SURE: Final = 0.02  # what is right by more than this teaches nothing
KEEP: Final = 0.2  # lighter weights are left out
MARGIN: Final = -0.1  # where precision and recall balance on messages that were not learned from
GRAVE: Final = 0.3  # the same where the need makes the reply ask whether the person is safe
BETWEEN: Final = (
    0.005  # no sum of weights of two digits ends so: none lies on an edge, where the order of adding decides
)

Sample = tuple[frozenset[str], frozenset[str]]


def learn(samples: Sequence[Sample], needs: Sequence[str], grave: frozenset[str]) -> NeedWeights:
    """Weights from (what is counted in a message, its needs)."""
    seen = Counter(thing for things, _ in samples for thing in things)
    rows = [(sorted(thing for thing in things if seen[thing] > 1), told) for things, told in samples]
    sums: dict[str, dict[int, float]] = {}
    biases = []
    for at, need in enumerate(needs):
        bias, weights = _one(rows, need)
        biases.append(round(bias, 2))
        for thing, weight in weights.items():
            if abs(weight) >= KEEP:
                sums.setdefault(thing, {})[at] = round(weight, 2)
    return NeedWeights(
        needs=tuple(needs),
        bias=tuple(biases),
        margin=tuple((GRAVE if need in grave else MARGIN) - BETWEEN for need in needs),
        sums={thing: tuple(row.items()) for thing, row in sorted(sums.items())},
    )


def _one(rows: Sequence[tuple[list[str], frozenset[str]]], need: str) -> tuple[float, dict[str, float]]:
    weights: dict[str, float] = {}
    bias = -2.0
    for turn in range(ROUNDS):
        rate = RATE / (1 + turn / 2)
        for things, told in mixed(rows, turn):
            total = bias + sum([weights.get(thing, 0.0) for thing in things])
            wrong = (need in told) - 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
            if abs(wrong) < SURE:
                continue
            step = wrong * rate / (1 + math.sqrt(len(things)) / 4)
            bias += step
            for thing in things:
                weights[thing] = weights.get(thing, 0.0) * (1 - FADE) + step
    return bias, weights
