"""What is due to be emptied or erased at the carrier, done.

Owns: how often it is tried: again after as long as it has waited already, for fourteen days. Never: which messages
those are (`storage/erasures`), an address or a message's id in a log or a result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.carriers.twilio.eraser import Eraser
from bot.storage.erasures import Erasures, Task

LEASE: Final = 120.0  # seconds until what was taken and not done is due again
BUDGET: Final = 20.0  # seconds for one go; check-ins wait behind it
MOST: Final = 100
SOONEST, LATEST = 60, 6 * 3600  # seconds until the next try


@dataclass(frozen=True, kw_only=True)
class Erasing:
    """What a go works with. `longest`: seconds after which nothing is tried any more."""

    eraser: Eraser
    erasures: Erasures
    clock: Callable[[], float]
    longest: int

    def go(self) -> Counter[str]:
        """All that is due, within the budget; how many were emptied, erased, put off (`later`) or given up (`left`)."""
        began, done = self.clock(), Counter[str]()
        for task in self.erasures.take(began, LEASE, MOST):
            if self.clock() - began > BUDGET:
                break  # the lease brings it back
            done[self._one(task)] += 1
        return done

    def _one(self, task: Task) -> str:
        message = task.message
        do = self.eraser.whole if task.whole else self.eraser.empty
        if do(message.id, media=message.media):
            self.erasures.done(task)
            return "erased" if task.whole else "emptied"
        waited = self.clock() - message.since
        if waited >= self.longest:
            self.erasures.done(task)
            return "left"
        self.erasures.later(task, self.clock() + min(LATEST, max(SOONEST, waited)))
        return "later"
