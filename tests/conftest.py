"""Fixtures that many tests share: a real, embedded store, and both kinds of store. The rest stands beside its test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
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
