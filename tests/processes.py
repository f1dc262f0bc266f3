"""Starting the project's own processes as an operator does, for the tests that talk to them from outside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def environment(**settings: str) -> dict[str, str]:
    """Only what a process needs from this machine, and the settings given: nothing of the outside leaks in."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"PYTHONUNBUFFERED": "1"} | settings


def besa(*words: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """One command of `python -m bot`, to its end."""
    command = [sys.executable, "-m", "bot", *words]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment(**settings),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
