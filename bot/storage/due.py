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
    counted = ready(connection, [keys.due(shard) for shard in keys.shards()], now)
    for shard, number in zip(keys.shards(), counted, strict=True):
        if number:
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


def ready(connection: Connection, names: list[str], now: float) -> list[int]:
    """How many of each of these sorted sets are due at `now`: one trip."""

    def work(client: redis.Redis) -> list[int]:
        pipeline = client.pipeline(transaction=False)
        for name in names:
            pipeline.zcount(name, "-inf", now)
        return pipeline.execute()

    return connection.do(work)
