"""What looking up costs: every lookup over many people, needs and places. Run: python tests/bench_directory.py

Not a test: `tests/test_directory_cost.py` holds the promise (0.2 ms) with room for a crowded machine.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.dialogue.lookups import Query  # noqa: E402
from bot.directory.answers import Answers  # noqa: E402
from bot.directory.load import load  # noqa: E402

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


def queries(answers: Answers) -> list[Query]:
    """Two kinds of person, every need, every fourth municipality."""
    seats = sorted(answers.directory.places.seats.values())[::4]
    ids = answers.directory.places.ids
    people = ({"sex": "f", "age": "adult", "children": "yes"}, {})
    rest = {"country": "IT", "organization": "vatra", "which": "m-berat,m-fier"}
    return [
        Query(facts={**who, **rest, "need": code, "needs": code, "place": ids[seat]}, now=NOW)
        for who, code, seat in itertools.product(people, answers.directory.needs, seats)
    ]


def cost(answers: Answers, name: str, asked: list[Query]) -> list[float]:
    """Microseconds of each, of this thread only: what else the machine does is no cost of ours."""
    lookup = answers.lookups[name]
    took = []
    for query in asked:
        began = time.thread_time()
        lookup(query)
        took.append((time.thread_time() - began) * 1e6)
    return took


def main() -> None:
    """Prints the table."""
    began = time.perf_counter()
    answers = Answers(load(ROOT / "data"), {}, "listed")
    print(f"loading everything: {(time.perf_counter() - began) * 1e3:.0f} ms")
    asked = queries(answers)
    print(f"{'lookup':<14}{'mean':>8}{'median':>8}{'99 %':>8}  us, {len(asked)} each")
    for name in answers.lookups:
        took = cost(answers, name, asked)
        high = statistics.quantiles(took, n=100)[98]
        print(f"{name:<14}{statistics.fmean(took):>8.1f}{statistics.median(took):>8.1f}{high:>8.1f}")
    card = [
        _timed(lambda key=key: answers.values("service", f"{key}@m-elbasan", "sq", NOW))
        for key in answers.directory.offers
    ]
    print(f"{'fields':<14}{statistics.fmean(card):>8.1f}{statistics.median(card):>8.1f}")


def _timed(call: object) -> float:
    began = time.thread_time()
    call()  # type: ignore[operator]
    return (time.thread_time() - began) * 1e6


if __name__ == "__main__":
    main()
