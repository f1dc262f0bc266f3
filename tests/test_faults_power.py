"""A power cut: what was on the disk by then is all that is left, and it holds every acknowledged message.

Needs a C compiler, so it belongs to `make long`.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import power
from faults.run import Run

pytestmark = pytest.mark.long
CUTS = 12


@pytest.fixture
def run(tmp_path: Path) -> Iterator[tuple[Run, Path]]:
    with power.noted(tmp_path) as log:
        (tmp_path / "place").mkdir()
        with Run(tmp_path / "place", 5, 60) as run:
            yield run, log


def cuts(run: Run, log: Path, number: int) -> int:
    """People write while the power is cut so often; how many bytes were not on the disk."""
    gone, rng = 0, random.Random(7)
    run.over.clear()

    def hurt() -> None:
        nonlocal gone
        for _ in range(number):
            time.sleep(rng.uniform(0.5, 2.5))
            with run.place.lock:
                gone += run.place.kill_store(0.1, lambda: power.cut(log, run.place.directory / "store"))
        run.over.set()

    thread = threading.Thread(target=hurt)
    thread.start()
    while not run.over.is_set():
        run._waves(time.time() + 1, 20)
    thread.join()
    return gone


def test_no_acknowledged_message_is_lost_at_a_power_cut(run: tuple[Run, Path]) -> None:
    cuts(*run, CUTS)
    assert run[0].talks.findings.broken == []
    assert run[0].talks.findings.counts["conversations"] > 20
    assert power.on_disk(run[1])


def test_a_store_that_syncs_only_every_second_would_lose_some(run: tuple[Run, Path]) -> None:
    """That the cut is real, and that the checker sees what it takes away."""
    place = run[0].place
    start = place._start_store

    def careless():  # type: ignore[no-untyped-def]
        store = start()
        place.client().config_set("appendfsync", "everysec")
        return store

    place._start_store = careless  # type: ignore[method-assign]
    place.client().config_set("appendfsync", "everysec")
    gone = 0
    for _ in range(4):  # whether a cut hits something acknowledged is chance
        gone += cuts(*run, CUTS)
        if run[0].talks.findings.counts["lost"]:
            break
    assert gone > 0
    assert run[0].talks.findings.counts["lost"] > 0
