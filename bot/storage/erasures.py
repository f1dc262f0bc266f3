"""What is to be emptied or erased at the carrier, by the carrier's own ids.

Owns: the sealed ids, when each is due, and taking them for a lease, so that a worker that dies loses none. Never:
asking the carrier, an address, or whose message it was: as soon as somebody is forgotten nobody can tell.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import msgspec

from bot.storage import due, keys, scripts
from bot.storage.connect import Connection
from bot.storage.sealing import Sealer

PURPOSE: Final = "ticket"  # of the key file: what a later job needs
ANSWERED: Final = 30  # seconds after which our own answer has reached the carrier, whatever happened on the way
EMPTY: Final = b"e"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message at the carrier, as it is sealed."""

    id: str
    media: bool = False  # something is attached
    since: int = 0  # Unix seconds from which it is over


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One message to be emptied, or erased `whole`. `shard` and `member`: where it lies here."""

    shard: str
    member: bytes
    whole: bool
    message: Message


_message = msgspec.json.Decoder(Message)


class Erasures:
    """The erasures of all shards on Redis."""

    def __init__(
        self, connection: Connection, names: keys.Names, sealer: Sealer, clock: Callable[[], float] = time.time
    ) -> None:
        self._connection, self._names, self._sealer, self._clock = connection, names, sealer, clock

    def sealed(self, shard: str, ident: str, *, media: bool = False) -> bytes:
        """A message as it lies in this shard."""
        message = Message(id=ident, media=media, since=int(self._clock()))
        return self._sealer.seal(PURPOSE, keys.erase(shard), msgspec.json.encode(message), 2 * keys.ERASE_TTL)

    def over(self, address: str, ident: str) -> None:
        """Nothing more is to come of a message of ours to this address."""
        parts = keys.parts(self._names.texter(address))
        for part in parts:
            shard = keys.shard_of(part)
            args = [self.sealed(shard, ident), self._clock(), "last" if part == parts[-1] else ""]
            if self._connection.run(scripts.OVER, [keys.said(part), keys.erase(shard)], args, again=False):
                return

    def waiting(self, now: float) -> int:
        """How many are due."""
        return sum(self._ready(now))

    def take(self, now: float, lease: float, limit: int) -> list[Task]:
        """At most `limit` of what is due; for `lease` seconds nobody else's. What cannot be opened any more goes."""
        taken: list[Task] = []
        for shard, ready in zip(keys.shards(), self._ready(now), strict=True):
            if not ready or len(taken) >= limit:
                continue
            args = [now, now + lease, limit - len(taken)]
            for member in self._connection.run(scripts.TAKE_ERASE, [keys.erase(shard)], args):
                task = self._opened(shard, member)
                if task is not None:
                    taken.append(task)
        return taken

    def done(self, task: Task) -> None:
        """Nothing is left to do for this one."""
        self._connection.do(lambda client: client.zrem(keys.erase(task.shard), task.member))

    def later(self, task: Task, at: float) -> None:
        """The same again at that time."""
        self._connection.do(lambda client: client.zadd(keys.erase(task.shard), {task.member: at}, xx=True))

    def _ready(self, now: float) -> list[int]:
        """How many are due in each shard."""
        return due.ready(self._connection, [keys.erase(shard) for shard in keys.shards()], now)

    def _opened(self, shard: str, member: bytes) -> Task | None:
        plain = self._sealer.open(PURPOSE, keys.erase(shard), member[1:])
        try:
            message = _message.decode(plain or b"")
        except msgspec.MsgspecError:
            self._connection.do(lambda client: client.zrem(keys.erase(shard), member))
            return None
        return Task(shard=shard, member=member, whole=member[:1] != EMPTY, message=message)
