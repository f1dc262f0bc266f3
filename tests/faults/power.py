"""A power cut, simulated: the store is killed and its append-only file cut to what was on the disk by then.

Owns: the small library (built here with the C compiler of this machine) that notes each fsync, and the cut.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path(__file__).with_name("synced.c")


@contextmanager
def noted(directory: Path) -> Iterator[Path]:
    """While this holds, every process started here notes its fsyncs in the file that is given."""
    library, log = directory / "synced.so", directory / "synced"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    os.environ |= {"LD_PRELOAD": str(library), "BESA_SYNCED": str(log)}
    try:
        yield log
    finally:
        for name in ("LD_PRELOAD", "BESA_SYNCED"):
            del os.environ[name]


def on_disk(log: Path) -> dict[Path, int]:
    """Path -> how long the file was at its last fsync."""
    rows = (line.partition(" ") for line in log.read_text().splitlines())
    return {Path(path): int(size) for size, _, path in rows}


def cut(log: Path, store: Path) -> int:
    """Cuts every append-only file of a dead store to what the disk had; how many bytes are gone."""
    gone = 0
    for path, size in on_disk(log).items():
        if path.parent.parent == store.resolve() and path.suffix == ".aof" and path.exists():
            gone += path.stat().st_size - size
            os.truncate(path, size)
    return gone
