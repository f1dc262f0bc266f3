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
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.errors import StorageUnavailable

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
    """One Lua script, sent by its hash and in full where the server does not know it yet."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.sha = ""


class Connection:
    """The client of one process, safe between threads. Takes redis://, rediss:// and unix:// URLs."""

    def __init__(self, url: str, *, limit: float = LIMIT, breaker: Breaker | None = None, size: int = 16) -> None:
        self.breaker = breaker or Breaker()
        self._pool = redis.BlockingConnectionPool.from_url(
            url,
            max_connections=size,
            timeout=limit,
            socket_timeout=limit,
            socket_connect_timeout=limit / 2,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
        )
        self._client = redis.Redis(connection_pool=self._pool)

    def do(self, work: Callable[[redis.Redis], Result], *, again: bool = True) -> Result:
        """One trip. `again`: it may be said twice, so a connection that a restarted server closed is replaced once.

        Raises StorageUnavailable within the limit, or at once while the breaker is open.
        """
        if not self.breaker.allows():
            raise StorageUnavailable("Redis is not reachable (not tried again yet).")
        try:
            result = self._twice(work) if again else work(self._client)
        except redis.ResponseError as error:
            self.breaker.worked()
            raise StorageUnavailable(f"Redis refused: {_word(error)}.") from None
        except (redis.RedisError, OSError) as error:
            self.breaker.failed()
            raise StorageUnavailable(f"Redis is not reachable ({type(error).__name__}).") from None
        self.breaker.worked()
        return result

    def run(self, script: Script, keys: Sequence[str], args: Sequence[Any] = (), *, again: bool = True) -> Any:
        """Runs a script with its keys and arguments."""

        def work(client: redis.Redis) -> Any:
            if script.sha:
                try:
                    return client.evalsha(script.sha, len(keys), *keys, *args)
                except redis.exceptions.NoScriptError:
                    pass
            result = client.eval(script.source, len(keys), *keys, *args)
            script.sha = script.sha or _sha(script.source)
            return result

        return self.do(work, again=again)

    def close(self) -> None:
        self._pool.disconnect()

    def _twice(self, work: Callable[[redis.Redis], Result]) -> Result:
        try:
            return work(self._client)
        except (redis.BusyLoadingError, redis.exceptions.AuthenticationError):
            raise
        except redis.ConnectionError:
            self._pool.disconnect(inuse_connections=False)
            return work(self._client)


def _word(error: Exception) -> str:
    """The kind of a refusal (OutOfMemoryError, ReadOnlyError, MISCONF); the rest of its text could quote a key."""
    if type(error) is not redis.ResponseError:
        return type(error).__name__
    word = str(error).partition(" ")[0]
    return word if word.isupper() and word.isalpha() else "ERR"


def _sha(source: str) -> str:
    return hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
