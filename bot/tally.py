"""What this process counted since it started, and the page that Prometheus reads.

Owns: names, numbers, and the text form. Never: anything about a person: a name is one of a closed list of outcomes.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

NAME: Final = re.compile(r"[a-z][a-z0-9_]*")

# Name of a gauge -> its number now, asked when the page is read; one that cannot be told is left out.
Gauges = Callable[[], Mapping[str, float]]


class Tally:
    """Counts by name; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, name: str) -> None:
        """Adds one. A name that is no plain word becomes `other`, so that nothing typed can become a name."""
        with self._lock:
            self._counts[name if NAME.fullmatch(name) else "other"] += 1

    def counts(self) -> dict[str, int]:
        with self._lock:
            return dict(sorted(self._counts.items()))


def page(counts: Mapping[str, int], gauges: Mapping[str, float], reasons: Sequence[str], started: float) -> str:
    """The numbers in Prometheus' text form (version 0.0.4)."""
    lines = [
        "# HELP besa_outcomes_total What became of requests to this process, by outcome.",
        "# TYPE besa_outcomes_total counter",
        *(f'besa_outcomes_total{{outcome="{name}"}} {number}' for name, number in counts.items()),
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
