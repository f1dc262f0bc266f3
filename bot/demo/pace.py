"""How often one page may ask: so many messages a minute from one network address.

Owns: the count of the running minute. Never: keeping an address longer than that minute, or telling it to anybody.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable


class Pace:
    """Safe between threads; all is forgotten when a minute begins."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._lock = threading.Lock()
        self._minute = 0
        self._asked: Counter[str] = Counter()

    def allows(self, origin: str) -> bool:
        """Counts one, and whether it is still within the pace."""
        minute = int(self._clock() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._asked.clear()
            self._asked[origin] += 1
            return self._asked[origin] <= self._most
