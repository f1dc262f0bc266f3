"""Processes that one command starts, and that never outlive it.

Owns: starting them, noticing that one ended, ending all of them. Never: processes of anybody else, what they do.
A child lives in a session of its own, so that Ctrl-C reaches only us and we end them in order; where the kernel can, it
also ends them when we are killed without a chance to.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

STOP: Final = 10.0  # seconds to end by themselves
PAUSE: Final = 0.02
_PR_SET_PDEATHSIG: Final = 1


class Children:
    """Some processes, in the order of their start."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, line: Sequence[str], environment: Mapping[str, str], log: Path, place: Path) -> None:
        """Starts one; what it prints goes to the end of `log`."""
        parent = os.getpid()
        with log.open("ab") as out:
            self._running[name] = subprocess.Popen(  # noqa: S603  (our own program, with arguments of our own)
                list(line),
                cwd=place,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=(lambda: die_with(parent)) if sys.platform == "linux" else None,
            )

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def ended(self) -> str:
        """The name of one that ended by itself, or ""."""
        return next((name for name, child in self._running.items() if _over(child)), "")

    def stop(self) -> None:
        """Ends all, the last started first; whoever does not end in time is killed, and so is all it left behind."""
        for child in reversed(self._running.values()):
            if not _over(child):
                child.terminate()
        until = time.monotonic() + STOP
        while time.monotonic() < until and not all(_over(child) for child in self._running.values()):
            time.sleep(PAUSE)
        for child in self._running.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        self._running.clear()


def die_with(parent: int) -> None:
    """Asks the kernel (Linux) to send this process SIGTERM when its parent is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _over(child: subprocess.Popen[bytes]) -> bool:
    """Has it ended? It is not taken off the list of processes, so that nobody else can get its number meanwhile."""
    return child.returncode is not None or bool(os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG))
