"""`python -m bot demo`: the whole helpline on this machine, without an account and without settings.

Owns: the embedded store, the web process and the worker as children, and the one line with the address.
Never: a carrier; real keys or a real store: whatever the environment says of them is left out.
"""

from __future__ import annotations

import argparse
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Final

from bot import settings
from bot.children import Children
from bot.errors import OperatorError
from bot.storage import embedded, keyring

HELP = "the helpline with its page on this machine, until Ctrl-C"
HOST: Final = "127.0.0.1"
WORKER: Final = settings.HERE.parent / "worker.py"
PATIENCE: Final = 60.0  # seconds for the web process to answer
PAUSE: Final = 0.05


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, help="default: PORT of the environment, else 8000")
    parser.add_argument("--keep", type=Path, help="directory for the store, its keys and logs (default .besa)")


def run(args: argparse.Namespace) -> int:
    """Until Ctrl-C or SIGTERM, then nothing of it is left running."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _interrupt)
    port = args.port or settings.read(settings.demo_environment()).port
    place = args.keep or settings.state()
    children = Children()
    try:
        _free(port)
        with embedded.start(place / "store") as store:
            try:
                return _serve(children, place, port, store)
            finally:
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would leave children behind
                children.stop()
    except KeyboardInterrupt:
        return 0


def _serve(children: Children, place: Path, port: int, store: embedded.Embedded) -> int:
    environment = settings.demo_environment(REDIS_URL=store.url, BESA_KEY_FILE=str(_keys(place)), PORT=str(port))
    here = settings.HERE.parent
    web = [sys.executable, "-m", "bot", "serve", "--host", HOST]
    children.start("web", web, environment, place / "web.log", here)
    if WORKER.is_file():
        children.start("worker", [sys.executable, str(WORKER)], environment, place / "worker.log", here)
    _answering(children, port, place)
    print(f"Besa is at http://{HOST}:{port}/demo/ (Ctrl-C ends it)", flush=True)
    while not (ended := children.ended()):
        if store.process.poll() is not None:
            raise OperatorError(f"The store ended by itself. See {place / 'store' / 'server.log'}")
        time.sleep(PAUSE * 10)
    raise OperatorError(f"The {ended} process ended by itself. See {place / (ended + '.log')}")


def _answering(children: Children, port: int, place: Path) -> None:
    """Waits for the web process; raises OperatorError when it ends or takes too long."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if ended := children.ended():
            raise OperatorError(f"The {ended} process did not start. See {place / (ended + '.log')}")
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(PAUSE)
    raise OperatorError(f"The web process did not answer. See {place / 'web.log'}")


def _keys(place: Path) -> Path:
    """Keys that only this demonstration knows."""
    file = place / "keys"
    if not file.exists():
        keyring.write(file, keyring.fresh(0))
    return file


def _free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise OperatorError(f"Port {port} is taken. Choose another: PORT={port + 1} make demo") from None


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise KeyboardInterrupt
