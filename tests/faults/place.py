"""The processes of the Procfile over a real store, all on this machine, and every way to hurt them.

Owns: starting, killing, stopping and slowing of what it started itself. Never: a process of anybody else.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import redis
from carrier import SID, TOKEN
from processes import Running, answers, free_port, until, zone_at

from bot.storage import embedded, keyring

from .outside import Outside

SENDERS = {"sms": "+355690000999", "whatsapp": "whatsapp:+355690000998"}
METRICS = "numbers"


class Place:
    """A store, two web processes as behind a balancer, a worker with its sweep, and a stand-in for Twilio's API."""

    def __init__(self, directory: Path, webs: int = 2) -> None:
        self.directory, self.outside = directory, Outside()
        self.public, self.lock = "http://127.0.0.1:9", threading.RLock()
        keyring.write(directory / "keys", keyring.fresh(0))
        # The store ends with the thread that started it, so one thread starts it, and lives as long as this place.
        self._starter = ThreadPoolExecutor(1, "starter")
        self.store = self._start_store()
        self.ports = [free_port() for _ in range(webs)]
        self.settings = {
            "REDIS_URL": self.store.url, "BESA_KEY_FILE": str(directory / "keys"), "PUBLIC_URL": self.public,
            "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN, "METRICS_TOKEN": METRICS, "ASSURANCE": "listed",
            "TWILIO_SMS_FROM": SENDERS["sms"], "TWILIO_WHATSAPP_FROM": SENDERS["whatsapp"],
            "TWILIO_CHECKIN_CONTENT_SID": "HX" + "0" * 32, "TWILIO_API_BASE": self.outside.url,
            "SMS_TWO_WAY": "yes", "TIMEZONE": zone_at(12),
        }  # fmt: skip
        self.webs = [self._web(number) for number in range(webs)]
        self.worker = Running("worker", directory / "worker.log", self.settings)
        self.ready()

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.settings["REDIS_URL"], socket_timeout=2)

    def _web(self, number: int) -> Running:
        settings = self.settings | {"PORT": str(self.ports[number])}
        return Running("web", self.directory / f"web{number}.log", settings)

    def ready(self, seconds: float = 120) -> None:
        until(lambda: all(answers(port) for port in self.ports), seconds, "every web process answers")

    # --- the store

    def _start_store(self) -> embedded.Embedded:
        return self._starter.submit(embedded.start, self.directory / "store").result()

    def kill_store(self, pause: float, meanwhile: Callable[[], int] = lambda: 0) -> int:
        """kill -9, and a new start; `meanwhile` is done to what the dead store left behind."""
        with self.lock:
            self.store.process.kill()
            self.store.process.wait()
            time.sleep(pause)
            self.store.stop()
            done = meanwhile()
            self.store = self._start_store()
            assert self.store.url == self.settings["REDIS_URL"]
            return done

    def freeze_store(self, seconds: float) -> None:
        freeze([self.store.process.pid], seconds)

    def slow_store(self, seconds: float) -> None:
        """Every command waits until the pause is over."""
        with contextlib.suppress(redis.RedisError):
            self.client().execute_command("CLIENT", "PAUSE", int(seconds * 1000), "ALL")
        time.sleep(seconds)

    def fill_store(self, seconds: float) -> None:
        """Nothing more can be written, what takes away still works."""
        with contextlib.suppress(redis.RedisError):
            self.client().config_set("maxmemory", "1mb")
        time.sleep(seconds)
        for _ in range(20):
            with contextlib.suppress(redis.RedisError):
                self.client().config_set("maxmemory", "0")
                return
            time.sleep(0.1)

    def drop_connections(self) -> None:
        with contextlib.suppress(redis.RedisError):
            self.client().execute_command("CLIENT", "KILL", "TYPE", "normal")

    def forget_scripts(self) -> None:
        with contextlib.suppress(redis.RedisError):
            self.client().script_flush()

    # --- web and worker

    def kill_web(self, number: int) -> None:
        with self.lock:
            slay(self.webs[number].process)
            self.webs[number] = self._web(number)

    def restart_web(self, number: int) -> None:
        """As a release does: told to stop, ends by itself, the next one starts."""
        with self.lock:
            until(lambda: answers(self.ports[number]), 120, "the old one answers")
            code = self.webs[number].stop(25)
            assert code == 0, f"web ended with {code}"
            self.webs[number] = self._web(number)
            until(lambda: answers(self.ports[number]), 120, "the new one answers, before the next is stopped")

    def freeze_web(self, number: int, seconds: float) -> None:
        freeze(family(self.webs[number].process.pid), seconds)

    def kill_worker(self) -> None:
        with self.lock:
            slay(self.worker.process)
            self.worker = Running("worker", self.directory / "worker.log", self.settings)

    def freeze_worker(self, seconds: float) -> None:
        freeze(family(self.worker.process.pid), seconds)

    def restart_worker(self) -> None:
        with self.lock:
            self.worker.stop(25)
            self.worker = Running("worker", self.directory / "worker.log", self.settings)

    def close(self) -> None:
        for running in (*self.webs, self.worker):
            slay(running.process)
        self.store.stop()
        self._starter.shutdown()
        self.outside.close()


def family(pid: int) -> list[int]:
    """A process that we started, and all that it started."""
    found = [pid]
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            fields = entry.read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    for one in found:
        found += parents.get(one, [])
    return found


def seconds(pid: int) -> float:
    """Processor time of a process and all that it started: a busy machine makes it later, not slower."""
    fields = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in family(pid)]
    return sum(int(row[11]) + int(row[12]) for row in fields) / os.sysconf("SC_CLK_TCK")


def slay(process: subprocess.Popen[bytes]) -> None:
    """kill -9, for it and all that it started, at once."""
    if process.poll() is None:
        for pid in family(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    process.wait()


def freeze(pids: list[int], seconds: float) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
