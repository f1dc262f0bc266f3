"""What this process counted since it started, and the page that Prometheus reads.

Owns: names, numbers, and the text form. Never: anything about a person: a name is one of a closed list of outcomes.
"""

from __future__ import annotations

import bisect
import itertools
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

NAME: Final = re.compile(r"[a-z][a-z0-9_]*")

STEPS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # seconds

# Name of a gauge -> its number now, asked when the page is read; one that cannot be told is left out.
Gauges = Callable[[], Mapping[str, float]]


class Tally:
    """Counts by name; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._steps = [0] * (len(STEPS) + 1)
        self._seconds = 0.0

    def add(self, name: str) -> None:
        """Adds one. A name that is no plain word becomes `other`, so that nothing typed can become a name."""
        with self._lock:
            self._counts[name if NAME.fullmatch(name) else "other"] += 1

    def took(self, seconds: float) -> None:
        """Adds how long one accepted message took, from its first byte read to its reply."""
        with self._lock:
            self._steps[bisect.bisect_left(STEPS, seconds)] += 1
            self._seconds += seconds

    def counts(self) -> dict[str, int]:
        with self._lock:
            return dict(sorted(self._counts.items()))

    def times(self) -> list[str]:
        """The times as a histogram, line by line."""
        with self._lock:
            below, total, seconds = list(itertools.accumulate(self._steps)), sum(self._steps), self._seconds
        rows = [f'besa_message_seconds_bucket{{le="{step:g}"}} {n}' for step, n in zip(STEPS, below, strict=False)]
        return [
            "# HELP besa_message_seconds How long an accepted message took here.",
            "# TYPE besa_message_seconds histogram",
            *rows,
            f'besa_message_seconds_bucket{{le="+Inf"}} {total}',
            f"besa_message_seconds_sum {seconds:.6f}",
            f"besa_message_seconds_count {total}",
        ]


def page(tally: Tally, gauges: Mapping[str, float], reasons: Sequence[str], started: float) -> str:
    """The numbers in Prometheus' text form (version 0.0.4)."""
    lines = [
        "# HELP besa_outcomes_total What became of requests to this process, by outcome.",
        "# TYPE besa_outcomes_total counter",
        *(f'besa_outcomes_total{{outcome="{name}"}} {number}' for name, number in tally.counts().items()),
        *tally.times(),
        "# HELP besa_degraded 1 while something outside this process is in trouble.",
        "# TYPE besa_degraded gauge",
        f"besa_degraded {int(bool(reasons))}",
        "# HELP besa_started_seconds When this process started, in Unix seconds.",
        "# TYPE besa_started_seconds gauge",
        f"besa_started_seconds {started:.0f}",
    ]
    for name, number in sorted(gauges.items()):
        lines += [f"# TYPE besa_{name} gauge", f"besa_{name} {number:g}"]
    return "\n".join(lines) + "\n"
