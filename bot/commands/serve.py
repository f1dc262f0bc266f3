"""`python -m bot serve`: the web process, as the Procfile starts it.

Owns: how granian is told to run the app. Never: a route, or a setting of the environment.
"""

from __future__ import annotations

import argparse
from typing import Final

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from bot import app

HEAD: Final = 8_000  # milliseconds for the head of a request
BUFFER: Final = 64 * 1024  # bytes of a head
PATIENCE: Final = 8  # seconds for answers that are under way when it is told to stop
HELP = "the web process; everything else comes from the environment"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", default="127.0.0.1", help="where to listen (default 127.0.0.1; a host behind a proxy: 0.0.0.0)"
    )
    parser.add_argument("--port", type=int, default=0, help="default: PORT of the environment, else 8000")
    parser.add_argument("--workers", type=int, default=1, help="processes (default 1)")


def run(args: argparse.Namespace) -> int:
    """Refuses at once where a setting, a flow or a fact is wrong; then serves until it is told to stop."""
    _, checked = app.prepared()

    server = Granian(
        "bot.app:serving",
        address=args.host,
        port=args.port or checked.port,
        interface=Interfaces.WSGI,
        workers=max(1, args.workers),
        blocking_threads=checked.limits.threads,
        factory=True,
        log_access=False,
        respawn_failed_workers=True,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD, max_buffer_size=BUFFER),
        workers_kill_timeout=PATIENCE,
    )
    server.serve()
    return 0
