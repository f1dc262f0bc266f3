"""Kills the worker at random points of many check-ins: `python tests/long_checkins.py [ROUNDS] [SEED]` (200, 1).

Each round: one yes, a worker that is killed (-9) with all its children at a random point and after a random moment,
then a new worker. Prints how many messages went out by point, and exits with 1 if any round sent a second one, sent
after a claim that was lost, or left something behind.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from checkin_gates import POINTS
from checkin_rig import ADDRESS, Rig

from bot.storage import embedded

# With a moment between reaching a point and the kill, the worker's own time limit may let it go on (and give up).
MOMENTS = (0.0, 0.0, 0.01, 0.05, 0.2)


def one(directory: Path, point: str, delay: float) -> tuple[int, list[str]]:
    """One round: messages sent, and what is wrong."""
    with embedded.start(directory / "redis") as server:
        rig = Rig(server, directory)
        try:
            sent = rig.die_at(point, delay)
            wrong = [] if sent in POINTS[point] else [f"{point} after {delay} s: {sent} sent"]
            if rig.store.tickets.waiting() != (0, 0.0) or rig.client.keys("b:*:ticket:*"):
                wrong.append(f"{point} after {delay} s: a ticket was left")
            held = b"".join(path.read_bytes() for path in (directory / "redis").rglob("*") if path.is_file())
            if ADDRESS[1:].encode() in held + rig.log.read_bytes():
                wrong.append(f"{point}: the address was found")
            return sent, wrong
        finally:
            rig.close()


def main(rounds: int, seed: int) -> int:
    dice, sums, wrong = random.Random(seed), dict.fromkeys(POINTS, ()), list[str]()
    totals = {point: Counter[int]() for point in sums}
    for number in range(rounds):
        point, delay = dice.choice(list(POINTS)), dice.choice(MOMENTS)
        with tempfile.TemporaryDirectory(prefix="besa-long-") as directory:
            sent, found = one(Path(directory), point, delay)
        totals[point][sent] += 1
        wrong += found
        print(f"\r{number + 1}/{rounds}", end="", file=sys.stderr, flush=True)
    print(f"\nseed {seed}, {rounds} kills; messages sent -> how often, by point:")
    for point, total in totals.items():
        print(f"  {point:<16}{dict(sorted(total.items()))}")
    print(f"second messages: {sum(n for total in totals.values() for sent, n in total.items() if sent > 1)}")
    print("\n".join(wrong) or "nothing wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in (sys.argv[1:] + ["200", "1"][len(sys.argv) - 1 :])[:2])))
