"""What is due: one sorted set a shard, written by the commit itself.

Owns: taking what is due for a lease, and how late it is. Never: a ticket's content. What was taken and not claimed
comes back when its lease is over, so a sweep or a worker that dies loses nothing.
"""

from __future__ import annotations

from typing import Any

import redis

from bot.storage import keys, scripts
from bot.storage.connect import Connection


def take(connection: Connection, now: float, lease: float, limit: int = 100) -> list[tuple[str, str]]:
    """(shard, id) of what is due at `now`; for `lease` seconds nobody else's. Safe with many sweeps side by side."""
    taken: list[tuple[str, str]] = []
    for shard, ready in zip(keys.shards(), _ready(connection, now), strict=True):
        if ready:
            args = [now, now + lease, limit, keys.ticket(shard, "")]
            ids = connection.run(scripts.TAKE, [keys.due(shard)], args)
            taken += [(shard, ident.decode()) for ident in ids]
    return taken


def waiting(connection: Connection) -> tuple[int, float]:
    """How many tickets wait, and the Unix time of the earliest (0: none)."""

    def work(client: redis.Redis) -> list[Any]:
        pipeline = client.pipeline(transaction=False)
        for shard in keys.shards():
            pipeline.zcard(keys.due(shard))
            pipeline.zrange(keys.due(shard), 0, 0, withscores=True)
        return pipeline.execute()

    got = connection.do(work)
    return sum(got[0::2]), min((float(row[0][1]) for row in got[1::2] if row), default=0.0)


def _ready(connection: Connection, now: float) -> list[int]:
    def work(client: redis.Redis) -> list[int]:
        pipeline = client.pipeline(transaction=False)
        for shard in keys.shards():
            pipeline.zcount(keys.due(shard), "-inf", now)
        return pipeline.execute()

    return connection.do(work)
