"""Fixtures that many tests share: a real, embedded store. Kept small; everything else stands beside its test."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage import embedded


@pytest.fixture(scope="session")
def valkey() -> Iterator[embedded.Embedded]:
    """One real server for the whole run, append-only, on a unix socket. Tests share it, one after the other."""
    with tempfile.TemporaryDirectory(prefix="besa-test-") as directory, embedded.start(Path(directory)) as server:
        yield server
