"""A rotation through the real processes: they take the new keys over by themselves, under load; nobody loses a word.

A process reads its file again after half a minute, so this belongs to `make long`. The same in little, with every
purpose, three times: `test_storage_rotation`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.run import Run

from bot.storage import keyring
from bot.storage.keyring import PURPOSES

pytestmark = pytest.mark.long
AHEAD = 40  # seconds until the new keys write: every process has read the file by then


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with Run(tmp_path, 6, 90) as run:
        yield run


def writing(run: Run) -> set[str]:
    """Ids of the keys that sealed the sessions which are there now."""
    client = run.place.client()
    sealed = [client.hget(name, "d") for name in client.scan_iter("b:*:session:*")]
    return {one[1:5].hex() for one in sealed if one}


def test_prv_06_new_keys_are_taken_over_under_load_and_the_old_ones_become_useless(run: Run) -> None:
    file = run.directory / "keys"
    old = keyring.read(file)
    # the texter's id keeps its key here: the model looks people up by it
    fresh = [keyring.make(one, int(time.time()) + AHEAD) for one in PURPOSES if one != "id"]
    keyring.write(file, (*old, *fresh), replace=True)
    new = {one.id for one in fresh if one.purpose == "session"}
    ended = threading.Timer(AHEAD + 50, run.over.set)
    ended.start()
    while not run.over.is_set():
        run._waves(time.time() + 1, 12)
    assert run.talks.findings.broken == []
    assert run.talks.findings.counts["conversations"] > 30
    assert new & writing(run), "what was written last is sealed with the new key"
    thief = keyring.Keyring(old)
    assert all(thief.find("session", ident) is None for ident in new), "and no old file opens it"
