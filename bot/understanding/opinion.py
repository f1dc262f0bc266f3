"""The second opinion: a straight sum over runs of letters that may raise the question whether the person is safe.

Owns: the runs and the sum. Never: an alarm, a need, or silencing anything: it only adds a question where the lines of
the lexicon found nothing. Its numbers are data (`locales/weights.json`).
"""

from __future__ import annotations

from typing import Final

from bot.understanding.lexicon import Weights

SIZE: Final = 4  # letters of a run
SHARE: Final = 0.15  # what it counts beside the weight of the groups of words
LONGEST: Final = 300  # letters that are looked at


def grams_of(folded: str) -> frozenset[str]:
    """Every run of four letters and spaces of a folded text."""
    text = f" {folded[:LONGEST]} "
    return frozenset([text[at : at + SIZE] for at in range(len(text) - SIZE + 1)])


def score(folded: str, weights: Weights) -> float:
    """How much a folded text sounds like danger or harm; `weights.ask` is where the question begins."""
    known = weights.grams
    return weights.bias + sum([known[gram] for gram in grams_of(folded) if gram in known])
