"""What is learned: which runs of letters are Albanian, which sound like danger, and how much a group of words weighs.

Owns: the sums behind `locales/weights.json` (`python -m bot weights` writes it). Never: run while a message is read.
Plain Python, and the same numbers on every machine: nothing is drawn at random.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from bot.understanding.folding import bare, fold, letters
from bot.understanding.lexicon import Lexicon

MOST: Final = 4.0  # what one word or run of letters can weigh at most
# What stands in a message, whether it is what is learned, and how much the message counts.
Sample = tuple[frozenset[str], bool, float]
Row = TypeVar("Row")
Learn = Callable[[Sequence[Sample]], tuple[float, dict[str, float]]]
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


def opinion(samples: Sequence[Sample], rounds: int = 12, keep: float = 0.06) -> tuple[float, dict[str, float]]:
    """Bias and weights of a logistic regression over runs of letters; what is learned is danger or harm."""
    bias, weights = _regress(samples, rounds, 0.06, 2e-4)
    return round(bias, 3), {gram: round(value, 2) for gram, value in sorted(weights.items()) if abs(value) >= keep}


def weights_of(samples: Sequence[Sample], rounds: int = 24) -> tuple[float, dict[str, float]]:
    """The same over what is weighed together, from (all of a message, whether it is danger now); it forgets more,
    since there are many numbers, and a pair of groups that hardly ever comes teaches little."""
    bias, weights = _regress(samples, rounds, 0.1, 6e-3)
    return round(bias, 3), {name: round(value, 3) for name, value in sorted(weights.items())}


def total(features: Iterable[str], bias: float, weights: Mapping[str, float]) -> float:
    """What a message comes to."""
    return math.fsum([bias, *(weights.get(feature, 0.0) for feature in features)])  # the same in any order


def held_out(samples: Sequence[Sample], learn: Learn, test: Sequence[int], folds: int = 5) -> dict[int, float]:
    """For each sample of `test` what it comes to with weights that were learned without a fifth of them.

    Neighbours stay together: the two messages of a pair teach each other's answer.
    """
    scores: dict[int, float] = {}
    for turn in range(folds):
        left = frozenset(at for rank, at in enumerate(test) if rank // 2 % folds == turn)
        bias, weights = learn([sample for at, sample in enumerate(samples) if at not in left])
        scores.update({at: total(samples[at][0], bias, weights) for at in left})
    return scores


def _regress(samples: Sequence[Sample], rounds: int, first: float, decay: float) -> tuple[float, dict[str, float]]:
    seen = Counter(feature for features, _, _ in samples for feature in features)
    rows = [(tuple(sorted(one for one in features if seen[one] > 1)), told, share) for features, told, share in samples]
    all_ = sum(share for _, _, share in rows)
    harm = sum(share for _, told, share in rows if told) or 1
    balance = {True: all_ / (2 * harm), False: all_ / (2 * max(1, all_ - harm))}
    weights: dict[str, float] = {}
    bias = 0.0
    for turn in range(rounds):
        rate = first / (1 + 0.3 * turn)
        for features, told, share in mixed(rows, turn):
            score = bias + sum([weights.get(one, 0.0) for one in features])
            step = rate * share * balance[told] * (told - 1 / (1 + math.exp(-max(-30.0, min(30.0, score)))))
            bias += step
            for one in features:
                weights[one] = weights.get(one, 0.0) * (1 - decay) + step
    return bias, weights


def mixed(rows: Sequence[Row], turn: int) -> Iterable[Row]:
    """The rows in another order each turn: a stride that has no divisor in common with their number."""
    size = len(rows)
    stride = next(step for step in range(size // 3 + turn * 7 + 1, 2 * size + 50) if math.gcd(step, size) == 1)
    return (rows[at * stride % size] for at in range(size))
