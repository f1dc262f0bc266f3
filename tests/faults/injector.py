"""The injector: one fault after another, by the seed, until it is told to stop. Then everything is well again.

Owns: which fault, when and for how long. Never: anything that this run did not start.
"""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable

from .outside import MOODS
from .place import Place


class Injector(threading.Thread):
    def __init__(self, place: Place, rng: random.Random, pause: float = 0.7) -> None:
        super().__init__(name="injector")
        self._place, self._rng, self._pause, self._over = place, rng, pause, threading.Event()
        self.done: Counter[str] = Counter()
        self.spans: list[tuple[float, float]] = []
        self.error = ""

    def run(self) -> None:
        while not self._over.wait(self._rng.uniform(0.1, 2 * self._pause)):
            name, fault = self._rng.choice(list(self.faults().items()))
            began = time.time()
            self._log(f"{began:.3f} {name}")
            try:
                fault()
            except Exception:
                self.error = traceback.format_exc()
                self._log(self.error)
                return
            self.done[name] += 1
            self.spans.append((began, time.time()))

    def _log(self, line: str) -> None:
        with (self._place.directory / "faults.log").open("a") as log:
            log.write(f"{line}\n")

    def stop(self) -> None:
        self._over.set()
        self.join(90)
        self._place.outside.mood = "well"
        if self.error:
            raise AssertionError(self.error)

    def faults(self) -> dict[str, Callable[[], object]]:
        place, rng = self._place, self._rng
        web = rng.randrange(len(place.ports))
        return {
            "store killed": lambda: place.kill_store(rng.uniform(0, 1.0)),
            "store frozen": lambda: place.freeze_store(rng.uniform(0.1, 2.5)),
            "store slow": lambda: place.slow_store(rng.uniform(0.1, 0.8)),
            "store full": lambda: place.fill_store(rng.uniform(0.2, 1.5)),
            "store drops connections": place.drop_connections,
            "store forgets scripts": place.forget_scripts,
            "web killed": lambda: place.kill_web(web),
            "web frozen": lambda: place.freeze_web(web, rng.uniform(0.1, 2.0)),
            "web released anew": lambda: place.restart_web(web),
            "worker killed": place.kill_worker,
            "worker frozen": lambda: place.freeze_worker(rng.uniform(0.1, 3.0)),
            "worker restarted": place.restart_worker,
            "outside in a mood": self._mood,
        }

    def _mood(self) -> None:
        self._place.outside.mood = self._rng.choice(MOODS)
        time.sleep(self._rng.uniform(0.5, 2.0))
        self._place.outside.mood = "well"
