"""Real parts around one check-in: a server, the worker as the Procfile starts it, and a stand-in for Twilio's API.

Between the worker and its store stands a gate on loopback, and the stand-in has one of its own: they hold a chosen
command, or its answer, so that a test can kill the worker at that very point. Nothing in the project knows of this.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import redis
from processes import zone_at

from bot.dialogue.store import Change, Ticket
from bot.storage import keyring, keys
from bot.storage.connect import Connection
from bot.storage.embedded import Embedded
from bot.storage.sessions import Redis

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT = "AC" + "0" * 32
TOKEN = "5" * 32
ADDRESS = "+355694445566"
IDENT = "c0ffee" * 5 + "00"


TAKEN: tuple[int, dict[str, object]] = (201, {"sid": "SM" + "1" * 32, "status": "queued"})


class StandIn:
    """Twilio's API as far as a message needs it. `hold` stops it at "connected" or "received"; `answers` come one after
    the other, the last one for ever."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.hold, self.reached = "", threading.Event()
        self.answers: list[tuple[int, dict[str, object]]] = [TAKEN]
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle(self) -> None:
                if outer.hold == "connected":
                    outer.reached.set()
                    time.sleep(3)  # its client is dead by then
                    return
                with contextlib.suppress(OSError):
                    super().handle()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.requests.append((self.path, {name: values[0] for name, values in parse_qs(body).items()}))
                if outer.hold == "received":
                    outer.reached.set()
                    time.sleep(3)
                    return
                status, answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                outer.requests.append((self.path.partition("?")[0], {}))
                data = b'{"messages": [], "contents": [], "meta": {}}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _asks(*needed: bytes, but: bytes = b"never sent") -> Callable[[bytes], bool]:
    return lambda data: all(part in data for part in needed) and but not in data


ID = IDENT.encode()
# The commands of one send, in their order: how each is known on the wire.
COMMANDS: dict[str, Callable[[bytes], bool]] = {
    "look": _asks(b"\r\nGET\r\n", b":ticket:" + ID),
    "talking": _asks(b"\r\nEXISTS\r\n", b":session:"),
    "claim": _asks(b"EVAL", b":ticket:" + ID, but=b":held:"),
    "confirm": _asks(b"EVAL", b":held:", b":optout:"),
    "settle": _asks(b"EVAL", b":held:", b":session:"),
    "count": _asks(b"\r\nHINCRBY\r\n", b"checkin:"),
}
# Where to kill, and how many messages may have gone out once a new worker has had its time.
POINTS: dict[str, tuple[int, ...]] = {
    "look before": (1,),
    "look after": (1,),
    "talking before": (1,),
    "talking after": (1,),
    "claim before": (1,),
    "claim after": (0,),
    "confirm before": (0,),
    "confirm after": (0,),
    "send connected": (0, 1),
    "send received": (1,),
    "settle before": (1,),
    "settle after": (1,),
    "count before": (1,),
    "count after": (1,),
}


class Gate:
    """A relay to the store that stops at one command: "before" it gets through, "after" (its answer is lost), or for a
    "pause" of at most a quarter of a second, until `go`."""

    def __init__(self, target: Path) -> None:
        self.command, self.side, self.reached = "", "", threading.Event()
        self._target, self.go = target, threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._server.getsockname()[1]}/0"
        threading.Thread(target=self._serve, daemon=True).start()

    def arm(self, command: str, side: str) -> None:
        self.reached.clear()
        self.go.clear()
        self.command, self.side = command, side

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(str(self._target))
            except OSError:
                near.close()
                continue
            mute = threading.Event()
            threading.Thread(target=self._ask, args=(near, far, mute), daemon=True).start()
            threading.Thread(target=self._answer, args=(far, near, mute), daemon=True).start()

    def _ask(self, near: socket.socket, far: socket.socket, mute: threading.Event) -> None:
        while data := _received(near):
            if self.command and COMMANDS[self.command](data):
                self.command = ""
                if self.side == "pause":
                    self.reached.set()
                    self.go.wait(0.25)
                    far.sendall(data)
                    continue
                mute.set()
                if self.side == "after":
                    far.sendall(data)
                    time.sleep(0.02)  # the server has done it
                self.reached.set()
                continue
            with contextlib.suppress(OSError):
                far.sendall(data)
        _shut(near, far)

    def _answer(self, far: socket.socket, near: socket.socket, mute: threading.Event) -> None:
        while data := _received(far):
            if not mute.is_set():
                with contextlib.suppress(OSError):
                    near.sendall(data)
        _shut(near, far)


def _received(end: socket.socket) -> bytes:
    try:
        return end.recv(65536)
    except OSError:
        return b""


def _shut(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


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
