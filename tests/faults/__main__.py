"""`python -m tests.faults --seed S --seconds N`: people and faults over the real processes, and the figures.

Owns: the arguments. Exit code 0: every promise was kept; 1: one was broken; 2: misuse.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from faults.run import Run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="default: a new one")
    parser.add_argument("--seconds", type=float, default=60, help="how long people write (default 60)")
    parser.add_argument("--keep", type=Path, help="a new directory for everything that the run leaves")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what it started ends with it
    with tempfile.TemporaryDirectory(prefix="besa-faults-") as made:
        directory = args.keep or Path(made)
        directory.mkdir(parents=True, exist_ok=True)
        figures = Run(directory, args.seed, args.seconds).go()
    print(figures.text())
    return 0 if figures.good else 1


if __name__ == "__main__":
    sys.exit(main())
