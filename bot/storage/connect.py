"""The way to Redis: one client with a time limit, and a breaker that keeps a dead Redis from queueing people up.

Owns: time limits, the one retry of what may be said twice, and the translation of every failure into
StorageUnavailable. Never: what is asked, or an address, a key or a value in an error.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import redis

from bot.errors import StorageUnavailable
from bot.storage import clients

LIMIT: Final = 0.3  # seconds for one trip
Result = TypeVar("Result")


class Breaker:
    """Opens after `failures` failures in a row; then lets one try through every `pause` seconds."""

    def __init__(self, failures: int = 3, pause: float = 2.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._pause, self._clock = failures, pause, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._next = 0.0

    def allows(self) -> bool:
        """May a trip be tried now? While open, each yes uses up the one try of this pause."""
        if self._failed < self._limit:
            return True
        with self._lock:
            if self._clock() < self._next:
                return False
            self._next = self._clock() + self._pause
            return True

    def failed(self) -> None:
        with self._lock:
            self._failed += 1
            self._next = self._clock() + self._pause

    def worked(self) -> None:
        if self._failed:
            with self._lock:
                self._failed = 0


class Script:
    """One Lua script, sent by its hash, and in full where the server does not know it. `reads`: it writes nothing."""

    def __init__(self, source: str, *, reads: bool = False) -> None:
        self.source, self.reads = source, reads
        self.sha = ""


class Connection:
    """The client of one process, safe between threads. What URLs it takes: see `clients`."""

    def __init__(self, url: str, *, limit: float = LIMIT, breaker: Breaker | None = None, size: int = 16) -> None:
        self.breaker = breaker or Breaker()
        self._url, self._limit, self._size = url, limit, size
        self._lock = threading.Lock()
        self._made: clients.Reached | None = None

    def do(self, work: Callable[[redis.Redis], Result], *, again: bool = True) -> Result:
        """One trip. `again`: it may be said twice, so a connection that a restarted server closed is replaced once.

        Raises StorageUnavailable within the limit, or at once while the breaker is open.
        """
        if not self.breaker.allows():
            raise StorageUnavailable("Redis is not reachable (not tried again yet).")
        try:
            result = self._twice(work) if again else work(self._reached().client)
        except redis.ResponseError as error:
            self.breaker.worked()
            raise StorageUnavailable(f"Redis refused: {_word(error)}.") from None
        except (redis.RedisError, redis.exceptions.RedisClusterException, OSError) as error:
            self.breaker.failed()
            raise StorageUnavailable(f"Redis is not reachable ({type(error).__name__}).") from None
        self.breaker.worked()
        return result

    def run(self, script: Script, keys: Sequence[str], args: Sequence[Any] = (), *, again: bool = True) -> Any:
        """Runs a script with its keys and arguments; where replicas are asked for, until they have what it wrote."""

        def ask(client: redis.Redis, asked: Callable[[Any], Any]) -> Any:
            reached = self._reached()
            if reached.replicas and not script.reads:
                return clients.waited(reached, keys[0], asked, self._limit)
            return asked(client)

        def work(client: redis.Redis) -> Any:
            if script.sha:
                try:
                    return ask(client, lambda one: one.evalsha(script.sha, len(keys), *keys, *args))
                except redis.exceptions.NoScriptError:
                    pass
            result = ask(client, lambda one: one.eval(script.source, len(keys), *keys, *args))
            script.sha = script.sha or _sha(script.source)
            return result

        return self.do(work, again=again)

    def close(self) -> None:
        if self._made is not None:
            self._made.close()

    def _reached(self) -> clients.Reached:
        """The client, made when it is first asked: a cluster has to be there for that, and may be down at our start."""
        if self._made is None:
            with self._lock:
                self._made = self._made or clients.reach(self._url, self._limit, self._size)
        return self._made

    def _twice(self, work: Callable[[redis.Redis], Result]) -> Result:
        reached = self._reached()
        try:
            return work(reached.client)
        except (redis.BusyLoadingError, redis.exceptions.AuthenticationError):
            raise
        except (redis.ConnectionError, redis.exceptions.MovedError):
            reached.drop()
            return work(reached.client)


def _word(error: Exception) -> str:
    """The kind of a refusal (OutOfMemoryError, ReadOnlyError, MISCONF); the rest of its text could quote a key."""
    if type(error) is not redis.ResponseError:
        return type(error).__name__
    word = str(error).partition(" ")[0]
    return word if word.isupper() and word.isalpha() else "ERR"


def _sha(source: str) -> str:
    return hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
