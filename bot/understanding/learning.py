"""What is learned from the word lists: which runs of letters are Albanian, and which sound like danger.

Owns: the sums behind `locales/weights.json` (`python -m bot weights` writes it). Never: run while a message is read.
Plain Python, and the same numbers on every machine: nothing is drawn at random.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bot.understanding.folding import bare, fold, letters
from bot.understanding.lexicon import Lexicon
from bot.understanding.opinion import grams_of

MOST: Final = 4.0  # what one word or run of letters can weigh at most
_WORD: Final = re.compile(r"[a-z]+")


def languages(lexicon: Lexicon) -> dict[str, float]:
    """Words (" po ") and runs of three letters -> natural logarithm of Albanian over English, both equally likely."""
    words: dict[str, Counter[str]] = {"sq": Counter(), "en": Counter()}
    for line in lexicon.lines:
        words[line.language].update(bare(letters(line.example)).split())
        for word in _WORD.findall(fold(line.pattern.replace("_", " ").replace("|", " "))):
            words[line.language][word] += 0.3  # type: ignore[assignment]
    for saying in lexicon.sayings:
        if saying.language:
            words[saying.language].update(saying.words.split())
    for language, hints in lexicon.hints.items():
        for word in hints:
            words[language][word] += 20
    whole = _odds(
        {language: Counter({f" {word} ": n for word, n in count.items()}) for language, count in words.items()}
    )
    runs: dict[str, Counter[str]] = {"sq": Counter(), "en": Counter()}
    for language, count in words.items():
        for word in count:
            framed = f" {word} "
            runs[language].update(framed[at : at + 3] for at in range(len(framed) - 2))
    return {**{run: odds for run, odds in _odds(runs).items() if abs(odds) >= 0.3}, **whole}


def _odds(counts: Mapping[str, Counter[str]]) -> dict[str, float]:
    albanian, english = counts["sq"], counts["en"]
    scale = math.log(sum(english.values()) + 1) - math.log(sum(albanian.values()) + 1)
    odds = {
        key: math.log(albanian[key] + 0.4) - math.log(english[key] + 0.4) + scale
        for key in sorted({*albanian, *english})
    }
    return {key: round(max(-MOST, min(MOST, value)), 1) for key, value in odds.items()}


def opinion(
    samples: Sequence[tuple[str, bool]], rounds: int = 12, keep: float = 0.06
) -> tuple[float, dict[str, float]]:
    """Bias and weights of a logistic regression over runs of letters, from (text, whether it is danger or harm)."""
    rows = [(grams_of(fold(text)), told) for text, told in samples]
    seen = Counter(gram for grams, _ in rows for gram in grams)
    rows = [(frozenset(gram for gram in grams if seen[gram] > 1), told) for grams, told in rows]
    harm = sum(told for _, told in rows) or 1
    balance = {True: len(rows) / (2 * harm), False: len(rows) / (2 * max(1, len(rows) - harm))}
    weights: dict[str, float] = {}
    bias = 0.0
    for turn in range(rounds):
        rate = 0.06 / (1 + 0.3 * turn)
        for grams, told in _mixed(rows, turn):
            score = bias + sum(weights.get(gram, 0.0) for gram in grams)
            step = rate * balance[told] * (told - 1 / (1 + math.exp(-max(-30.0, min(30.0, score)))))
            bias += step
            for gram in grams:
                weights[gram] = weights.get(gram, 0.0) * (1 - 2e-4) + step
    return round(bias, 3), {gram: round(value, 2) for gram, value in sorted(weights.items()) if abs(value) >= keep}


def _mixed(rows: Sequence[tuple[frozenset[str], bool]], turn: int) -> Iterable[tuple[frozenset[str], bool]]:
    """The rows in another order each turn: a stride that has no divisor in common with their number."""
    size = len(rows)
    stride = next(step for step in range(size // 3 + turn * 7 + 1, 2 * size + 50) if math.gcd(step, size) == 1)
    return (rows[at * stride % size] for at in range(size))
