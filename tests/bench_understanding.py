"""`python -m tests.bench_understanding`: what a reading costs, in microseconds of this thread's processor time.

Owns: the table. The least of several passes counts, so that others on the machine hardly matter.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

from bot.understanding.reader import Reader
from tests.understanding_score import PAIR_FILES, real, rows

SHORT = ("1", "2", "po", "jo", "tirane", "shkoder", "elbasan", "stop")
PASSES = 5
RANDOM = 20_000


def cost(reader: Reader, texts: Sequence[str], times: int) -> list[float]:
    """Microseconds of each text, sorted."""
    spent = []
    for text in texts:
        passes = []
        for _ in range(PASSES):
            start = time.thread_time_ns()
            for _ in range(times):
                reader.read(text)
            passes.append((time.thread_time_ns() - start) / times / 1000)
        spent.append(min(passes))
    return sorted(spent)


def any_text(dice: random.Random, words: Sequence[str]) -> str:
    """Random letters, or words of real messages in any order."""
    if dice.random() < 0.5:
        return "".join(chr(dice.randrange(32, 0x24F)) for _ in range(dice.randrange(1, 160)))
    return " ".join(dice.choice(words) for _ in range(dice.randrange(1, 30)))


def lines(reader: Reader) -> list[str]:
    """The table."""
    dev = [row["text"] for row in rows("devset.jsonl")]
    pairs = [row["text"] for name in PAIR_FILES for row in rows(name)]
    dice, words = random.Random(1), sorted({word for text in pairs for word in text.split()})
    short, mixed, longer = cost(reader, SHORT, 500), cost(reader, dev, 20), cost(reader, pairs, 5)
    chance = []
    for _ in range(RANDOM):
        text = any_text(dice, words)
        start = time.thread_time_ns()
        reader.read(text)
        chance.append((time.thread_time_ns() - start) / 1000)
    chance.sort()
    return [
        f"a short exact answer, the dearest      {short[-1]:8.1f} µs",
        f"mean of the dev set's messages         {sum(mixed) / len(mixed):8.1f} µs",
        f"any message of the dev set, the dearest{mixed[-1]:8.1f} µs",
        f"mean of the pairs (longer messages)    {sum(longer) / len(longer):8.1f} µs",
        f"any message of the pairs, the dearest  {longer[-1]:8.1f} µs",
        f"random strings, mean                   {sum(chance) / len(chance):8.1f} µs",
        f"random strings, 99.9th percentile      {chance[int(len(chance) * 0.999)]:8.1f} µs",
    ]


if __name__ == "__main__":
    print("A reading costs (processor time of the thread):")
    print("\n".join(f"  {line}" for line in lines(real().reader)))
