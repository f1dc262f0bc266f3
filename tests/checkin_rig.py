"""Real parts around one check-in: a server, the worker as the Procfile starts it, and a stand-in for Twilio's API.

Owns: consent, worker, killing and waiting. Between the worker and its store stands a gate (`checkin_gates`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import redis
from checkin_gates import IDENT, TAKEN, Gate, StandIn
from processes import zone_at

from bot.dialogue.session import Session
from bot.dialogue.store import Change, Ticket
from bot.storage import keyring, keys
from bot.storage.connect import Connection
from bot.storage.embedded import Embedded
from bot.storage.sessions import Redis

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT = "AC" + "0" * 32
TOKEN = "5" * 32
ADDRESS = "+355694445566"


class Rig:
    """Everything around one check-in to ADDRESS."""

    def __init__(self, server: Embedded, directory: Path) -> None:
        self.server, self.directory = server, directory
        self.client = redis.Redis.from_url(server.url)
        self.twilio, self.gate = StandIn(), Gate(server.socket)
        self.dead: set[bytes] = set()  # names of killed workers
        self.workers: list[subprocess.Popen[bytes]] = []
        key_file = directory / "keys"
        if not key_file.exists():
            keyring.write(key_file, keyring.fresh(0))
        self.store = Redis(Connection(server.url, limit=2.0), keyring.load(key_file))
        self.log = directory / "worker.log"
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "REDIS_URL": self.gate.url,
            "QUEUE_REDIS_URL": server.url,
            "BESA_KEY_FILE": str(key_file),
            "PUBLIC_URL": "https://help.example.org",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_SMS_FROM": "+355690000001",
            "TWILIO_API_BASE": self.twilio.url,
            "SMS_TWO_WAY": "yes",
            "TIMEZONE": zone_at(12),
        }

    def consent(
        self, *, opens: float = -1, closes: float = 3600, address: str = ADDRESS, ident: str = IDENT, ago: float = 60
    ) -> Ticket:
        """Commits a yes of `ago` seconds ago, whose window opens and closes in so many seconds."""
        now = time.time()
        ticket = Ticket(
            id=ident, address=address, channel="whatsapp" if ":" in address else "sms", language="sq", script="x",
            consented=int(now - ago), last_inbound=int(now - ago), opens=int(now + opens), closes=int(now + closes),
        )  # fmt: skip
        texter, dedup = self.store.texter(address), self.store.dedup("sms", os.urandom(8).hex())
        version = self.store.open(texter, "sms", dedup).version
        assert self.store.commit(texter, "sms", dedup, version, Change(session=None, ttl=0, ticket=ticket)) is None
        return ticket

    def work(self) -> subprocess.Popen[bytes]:
        """One more worker, with its sweep."""
        with self.log.open("ab") as out:
            line = [sys.executable, "worker.py"]
            worker = subprocess.Popen(line, cwd=ROOT, env=self.environment, stdout=out, stderr=out)
        self.workers.append(worker)
        return worker

    def anew(self) -> None:
        """One worker waits, and of whom it wrote to before nothing is left."""
        self.gate.command, self.gate.side = "", ""
        self.twilio.hold, self.twilio.answers = "", [TAKEN]
        if not self.workers:
            self.work()
        self.settled()
        kept = {keys.pulse(name).encode() for name in ("worker", "sweep")}
        for pattern in ("b:*", "rq:job:*", "rq:wip:*", "rq:failed:*"):
            for name in set(self.client.scan_iter(pattern)) - kept:
                self.client.delete(name)
        self.twilio.requests.clear()

    def kill(self) -> None:
        """kill -9 for every worker and all that it started, at once."""
        with contextlib.suppress(redis.RedisError):  # a test may have ended the server
            self.dead |= {name.removeprefix(b"rq:worker:") for name in self.client.smembers("rq:workers")}
        for worker in self.workers:
            doomed = [worker.pid, *_descendants(worker.pid)]
            for pid in doomed:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            worker.wait()
        self.workers.clear()

    def stop(self) -> None:
        """A clean stop of all workers."""
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            assert worker.wait(15) == 0
        self.workers.clear()

    def pass_lease(self) -> None:
        """As if the lease of everything taken were over."""
        for shard in keys.shards():
            for ident, _ in self.client.zrange(keys.due(shard), 0, -1, withscores=True):
                self.client.zadd(keys.due(shard), {ident: time.time() - 1}, xx=True)

    def settled(self, patience: float = 20) -> None:
        """Waits until a sweep has run, nothing is due, and no job waits or runs (at a worker that still lives)."""
        until = time.monotonic() + patience
        self.client.delete(keys.pulse("sweep"))
        while time.monotonic() < until:
            quiet = self.client.exists(keys.pulse("sweep")) and not self.client.exists("rq:queue:besa")
            if quiet and not self.due() and not self.jobs():
                return
            time.sleep(0.05)
        raise AssertionError(f"still busy: due {self.due()}, {self.client.keys('*')}, {self.log.read_text()[-2000:]}")

    def sent(self, patience: float = 20) -> int:
        """Waits for a first message, and then a little for a second."""
        until = time.monotonic() + patience
        while not self.twilio.requests and time.monotonic() < until:
            time.sleep(0.05)
        self.settled()
        return len(self.twilio.requests)

    def sweep_twice(self) -> None:
        """Waits for two rounds of the sweep."""
        for _ in range(2):
            self.client.delete(keys.pulse("sweep"))
            until = time.monotonic() + 15
            while not self.client.exists(keys.pulse("sweep")):
                assert time.monotonic() < until, self.log.read_text()[-2000:]
                time.sleep(0.05)

    def session(self) -> Session | None:
        """What the person's next message would meet."""
        return self.store.open(self.store.texter(ADDRESS), "sms", "0" * 32).session

    def jobs(self) -> list[bytes]:
        """Every job but those that a killed worker left behind."""
        found = []
        for name in self.client.keys("rq:job:*"):
            status, worker = self.client.hmget(name, "status", "worker_name")
            if status != b"started" or worker not in self.dead:
                found.append(name)
        return found

    def due(self) -> int:
        return sum(self.client.zcard(keys.due(shard)) for shard in keys.shards())

    def die_at(self, point: str, delay: float = 0.0) -> int:
        """One check-in whose worker is killed at `point`; how many messages went out after a new one had its time."""
        command, side = point.split()
        if command == "send":
            self.twilio.hold, reached = side, self.twilio.reached
        else:
            self.gate.arm(command, side)
            reached = self.gate.reached
        reached.clear()
        self.consent()
        if not self.workers:
            self.work()
        self._reach(reached, point)
        time.sleep(delay)
        self.kill()
        self.twilio.hold, self.gate.command = "", ""
        self.pass_lease()
        self.work()
        self.settled()
        return len(self.twilio.requests)

    def _reach(self, reached: threading.Event, point: str) -> None:
        """Waits for the point. On a machine that is short of breath a try may end before it: then once more."""
        for _ in range(8):
            if reached.wait(5):
                return
            self.pass_lease()
            if not self.due():
                self.twilio.requests.clear()
                self.store.forget(self.store.texter(ADDRESS))
                self.consent()
        raise AssertionError(f"never came to {point}: {self.log.read_text()[-2000:]}")

    def close(self) -> None:
        self.kill()
        self.twilio.close()
        self.gate.close()
        self.store.connection.close()
        self.client.close()


def _descendants(pid: int) -> Iterator[int]:
    """The children of a process, and theirs."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            fields = entry.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid:
                yield int(entry.parent.name)
                yield from _descendants(int(entry.parent.name))
