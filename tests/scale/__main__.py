"""`make scale`: talks over a real Sentinel set and a real cluster, a master killed under load, and how fast each is.

Owns: the figures of docs/scale.md. Not in CI: it needs redis-server and redis-sentinel, and a quiet machine.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from carrier import PUBLIC, SID, TOKEN, body, message, signed
from processes import Running, answers, ask, free_port, until

from bot.dialogue.session import Exchange, Session
from bot.dialogue.store import Change, Ticket
from bot.errors import StorageUnavailable
from bot.storage import keyring, keys
from bot.storage.connect import Connection
from bot.storage.sessions import Redis
from scale.servers import Cluster, SentinelSet, Server

LIMIT = 1.0


class Writers:
    """People who write on and on; each knows what was acknowledged to her."""

    def __init__(self, url: str, people: int = 8) -> None:
        self.ring = keyring.random()
        self.store = Redis(Connection(url, limit=LIMIT, size=32), self.ring)
        self.acknowledged: dict[str, int] = {}
        self.attempts: dict[str, int] = {}
        self.lost: list[str] = []
        self.refused, self.took = 0, list[float]()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.write, args=(f"+3556900{n:05}",)) for n in range(people)]
        for thread in self.threads:
            thread.start()

    def write(self, address: str) -> None:
        turn = 0
        while not self.over.is_set():
            turn += 1
            began = time.monotonic()
            try:
                self.step(address, turn)
            except StorageUnavailable:
                self.refused += 1
                time.sleep(0.05)
                continue
            self.took.append(time.monotonic() - began)
            self.acknowledged[address] = turn

    def step(self, address: str, turn: int) -> None:
        """One message: what was acknowledged last has to be there, or something later that was never acknowledged."""
        store = self.store
        texter, dedup = store.texter(address), store.dedup("sms", f"{address} {turn}")
        opened = store.open(texter, "sms", dedup)
        known = self.acknowledged.get(address, 0)
        found = opened.session.misses if opened.session else 0
        if found < known:
            self.lost.append(f"{address}: {known} was acknowledged, {found} is there")
            self.acknowledged[address] = found
        kept = Session(script="x", misses=turn, recent=(Exchange(key=dedup, says=()),))
        if store.commit(texter, "sms", dedup, opened.version, Change(session=kept, ttl=600)) is not None:
            raise StorageUnavailable("It moved.")

    def said(self) -> str:
        number = sum(self.acknowledged.values())
        return f"{number} acknowledged, lost {len(self.lost)}, refused {self.refused}"

    def end(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()


def once(url: str) -> str:
    """A check-in is claimed once, the due set and the counts work, over this URL."""
    store = Redis(Connection(url, limit=LIMIT), keyring.random())
    now = int(time.time())
    for number in range(20):
        address = f"+3556901{number:05}"
        texter, dedup = store.texter(address), store.dedup("sms", address)
        ticket = Ticket(id=f"{number:032x}", address=address, channel="sms", language="sq", script="x", consented=now,
                        last_inbound=now, opens=now - 1, closes=now + 600)  # fmt: skip
        change = Change(session=None, ttl=0, ticket=ticket, counts=("entered:x",))
        assert store.commit(texter, "sms", dedup, 0, change) is None
    taken = store.tickets.take(now + 1, 60)
    claimed = [store.tickets.claim(shard, ident) for shard, ident in taken]
    again = [store.tickets.claim(shard, ident) for shard, ident in taken]
    assert abs(store.tickets.clock() - time.time()) < 5
    assert store.tickets.waiting()[0] == 0
    assert store.forget(store.texter("+355690100000")) >= 0
    store.connection.close()
    first, second = (sum(one is not None for one in got) for got in (claimed, again))
    return f"{len(taken)} due, {first} claimed, {second} twice"


def measured(name: str, url: str, seconds: float) -> None:
    writers = Writers(url)
    time.sleep(seconds)
    writers.end()
    rate = len(writers.took) / seconds
    p50, p99 = statistics.median(writers.took) * 1000, statistics.quantiles(writers.took, n=100)[98] * 1000
    print(f"{name}: {rate:.0f} messages/s by 8 people, p50 {p50:.2f} ms, p99 {p99:.2f} ms, {writers.said()}")


def failed_over(name: str, url: str, kill: Callable[[str], None], seconds: float) -> bool:
    """A master is killed under load, and the time until everybody is acknowledged again."""
    writers = Writers(url)
    time.sleep(seconds)
    killed = time.monotonic()
    kill(keys.session(writers.store.texter("+355690000000"), "sms"))
    before = dict(writers.acknowledged)
    while time.monotonic() - killed < 40 and any(
        writers.acknowledged.get(who, 0) <= turn for who, turn in before.items()
    ):
        time.sleep(0.02)
    back = time.monotonic() - killed
    time.sleep(seconds)
    writers.end()
    print(f"{name}: master killed, everybody acknowledged again after {back:.1f} s; {writers.said()}")
    for lost in writers.lost[:3]:
        print(f"   {lost}")
    return not writers.lost


def served(name: str, url: str, queue: str, kill: Callable[[str], None], place: Path) -> bool:
    """The real web process and worker over this URL: answered before and after the loss of a master."""
    port = free_port()
    keyring.write(place / "keys", keyring.fresh(0))
    given = {
        "REDIS_URL": url, "QUEUE_REDIS_URL": queue, "BESA_KEY_FILE": str(place / "keys"), "PUBLIC_URL": PUBLIC,
        "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN, "PORT": str(port), "ASSURANCE": "listed",
    }  # fmt: skip
    running = [Running(one, place / f"{one}.log", given) for one in ("web", "worker")]

    def say(text: str, number: int) -> str:
        form = message(text, number, "+355690000777")
        headers = {head.replace("-", "_"): value for head, value in signed(form).items()}
        return ask(port, "POST", "/twilio/message", body(form), **headers)[1].decode()

    try:
        until(lambda: answers(port), 120, "the web process answers")
        until(lambda: b'"ok"' in ask(port, "GET", "/readyz")[1], 120, "web, worker and sweep are well")
        before = say("my husband hits me", 1)
        kill(keys.session(keys.Names(keyring.load(place / "keys")).texter("+355690000777"), "sms"))
        began, number = time.monotonic(), 1
        while (said := say("Elbasan", number := number + 1)).count("112") == 2 and time.monotonic() - began < 60:
            time.sleep(0.1)
        went_on = "<Message>" in said and said.count("112") < 2
        print(f"{name}: real processes, {number - 1} tries and {time.monotonic() - began:.1f} s until the talk went on")
        return "112" in before and went_on
    finally:
        for one in running:
            one.kill()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.scale", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--processes", action="store_true", help="only the real processes")
    args = parser.parse_args()
    seconds, good = args.seconds, True
    with tempfile.TemporaryDirectory(prefix="besa-scale-") as made:
        place = Path(made)
        alone = Server(place / "alone")
        measured("one server, synced", f"redis://127.0.0.1:{alone.port}/0", seconds)
        alone.kill()
        for number, wanted in enumerate(() if args.processes else ("", "?replicas=1")):
            group = SentinelSet(place / f"set{number}")
            try:
                print(f"sentinel{wanted}: {once(group.url + wanted)}")
                measured(f"sentinel{wanted}", group.url + wanted, seconds)
                kept = failed_over(
                    f"sentinel{wanted}", group.url + wanted, lambda _name, one=group: one.master.kill(), seconds
                )
                good = good and (kept or not wanted)
            finally:
                group.close()
            cluster = Cluster(place / f"cluster{number}")
            try:
                print(f"cluster{wanted}: {once(cluster.url + wanted)}")
                measured(f"cluster{wanted}", cluster.url + wanted, seconds)
                kept = failed_over(f"cluster{wanted}", cluster.url + wanted, cluster.kill_master_of, seconds)
                good = good and (kept or not wanted)
            finally:
                cluster.close()
        for kind in (SentinelSet, Cluster):
            group, queue = kind(place / f"web{kind.__name__}"), Server(place / f"queue{kind.__name__}")
            try:
                kill = (lambda _name, one=group: one.master.kill()) if kind is SentinelSet else group.kill_master_of
                line = f"redis://127.0.0.1:{queue.port}/0"
                good = (
                    served(kind.__name__, group.url + "?replicas=1", line, kill, place / f"web{kind.__name__}") and good
                )
            finally:
                group.close()
                queue.kill()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
