"""Fixtures that many tests share: a real, embedded store, and both kinds of store. The rest stands beside its test."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkin_rig import Rig
from processes import BROWSERS

from bot.storage import embedded, keyring
from bot.storage.connect import Connection
from bot.storage.memory import Memory
from bot.storage.sessions import Redis

# In CI a missing browser is a failure; on a laptop it is said, with what to do, and the rest is tested.
BLIND = not any(map(shutil.which, BROWSERS)) and not os.environ.get("CI")
collect_ignore = ["browser"] if BLIND else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if BLIND:
        terminalreporter.write_line(
            "The demo page was not looked at: there is no Chromium here. Install it, as with: apt-get install chromium"
        )


# Files that take long come first, so that the processes that run the tests end together.
LONG = (
    "test_faults.py", "test_worker_killed.py", "test_worker.py", "test_random_talks.py", "test_http.py",
    "test_demo_line.py", "test_understanding_fuzz.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {name: at for at, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.path.name, len(LONG)))


gc.disable()  # until all tests are collected: what is made meanwhile stays


def pytest_collection_finish() -> None:
    gc.freeze()  # thousands of tests wait in each process: they are not looked through for waste again and again
    gc.enable()


@pytest.fixture(scope="session")
def valkey() -> Iterator[embedded.Embedded]:
    """One real server for the whole run, append-only, on a unix socket. Tests share it, one after the other."""
    with tempfile.TemporaryDirectory(prefix="besa-test-") as directory, embedded.start(Path(directory)) as server:
        yield server


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> Iterator[Memory | Redis]:
    """What holds for a store holds for both: in memory, and on the real server, empty at the start."""
    if request.param == "memory":
        yield Memory()
        return
    connection = Connection(request.getfixturevalue("valkey").url)
    connection.do(lambda client: client.flushall())
    yield Redis(connection, keyring.random())
    connection.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """All that is around one check-in, with a server of its own."""
    with embedded.start(tmp_path / "redis") as server:
        rig = Rig(server, tmp_path)
        yield rig
        rig.close()


@pytest.fixture(scope="module")
def lasting_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    directory = tmp_path_factory.mktemp("rig")
    with embedded.start(directory / "redis") as server:
        rig = Rig(server, directory)
        yield rig
        rig.close()


@pytest.fixture
def steady(lasting_rig: Rig) -> Rig:
    """A rig that a whole file shares, with its worker at work, as if it had done nothing yet."""
    lasting_rig.anew()
    return lasting_rig
