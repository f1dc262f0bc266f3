"""I10: after a crowd has come and gone, memory and keys are where they were."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from faults.line import Line, write
from faults.place import Place, family

TALK = ("hello", "2", "my husband hits me", "Elbasan", "1", "3", "thanks")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path, webs=1)
    try:
        yield place
    finally:
        place.close()


def resident(place: Place) -> int:
    """Bytes of memory of the web process and its children."""
    total = 0
    for pid in family(place.webs[0].process.pid):
        fields = Path(f"/proc/{pid}/statm").read_text().split()
        total += int(fields[1]) * 4096
    return total


def crowd(place: Place, first: int, people: int) -> None:
    """So many people come, talk, and ask to be forgotten."""
    line = Line(place, random.Random(1))

    def one(number: int) -> None:
        for text in (*TALK, "FSHI"):
            sent = write(f"+3556903{number:05}", random.choice(("sms", "whatsapp")), text)
            line.deliver(sent)
            assert sent.accepted

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(first, first + people)))


def kinds(place: Place) -> dict[str, int]:
    """How many keys there are of each kind, but marks, what the carrier is still to erase, sums, and what processes and
    the queue keep of themselves."""
    found: dict[str, int] = {}
    for name in place.client().scan_iter("b:*"):
        kind = name.decode().split(":")[2]
        if kind not in {"seen", "erase", "counts", "pulse", "pace", "status"}:
            found[kind] = found.get(kind, 0) + 1
    return found


def test_i10_memory_and_keys_are_back_where_they_were(place: Place) -> None:
    crowd(place, 0, 40)
    before = resident(place)
    crowd(place, 1000, 120)
    assert resident(place) < before * 1.05 + 4 * 1024 * 1024
    assert kinds(place) == {}
    assert all(place.client().ttl(name) > 0 for name in place.client().scan_iter("b:*:seen:*"))
    assert all(place.client().ttl(name) > 0 for name in place.client().scan_iter("b:*:erase"))
