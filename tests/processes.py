"""Starting the project's own processes as an operator does, for the tests that talk to them from outside."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

# Chromium without its windows first: it takes half the processor time of the other.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
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


def zone_at(hour: int) -> str:
    """A time zone in which it is about that hour now: what the night forbids is tested whenever the suite runs."""
    east = (hour - datetime.now(UTC).hour + 11) % 24 - 11
    return f"Etc/GMT{-east:+d}"  # a zone of this kind is named by how far UTC lies behind it


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """One process of the Procfile, with what it printed."""

    def __init__(self, name: str, log: Path, settings: dict[str, str]) -> None:
        words = procfile()[name].split()
        assert words[0] == "python"
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, *words[1:]], cwd=ROOT, env=environment(**settings), stdout=out, stderr=out
            )

    def stop(self, patience: float = 15) -> int:
        """Ends it as an operator does; its exit code."""
        self.process.terminate()
        return self.process.wait(patience)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines if line.strip())}


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """One request to a process on this machine: status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body or None, {name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def until(true: Callable[[], object], seconds: float, what: str) -> None:
    """Waits until something holds, looking every 50 ms; fails when it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def answers(port: int) -> bool:
    """Does a web process answer there?"""
    try:
        return ask(port, "GET", "/healthz")[0] == 200
    except OSError:
        return False


class Demonstration:
    """`python -m bot demo`, in a directory of its own, until it is stopped."""

    def __init__(self, home: Path) -> None:
        port = str(free_port())
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--port", port, "--keep", str(home)],
            cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout
        self.line = self.process.stdout.readline()
        self.address = self.line.partition(" at ")[2].partition(" ")[0]
        if not self.address:
            raise AssertionError(self.process.communicate(timeout=30)[1])

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        """Its exit code, what else it printed, and what it complained about."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err
