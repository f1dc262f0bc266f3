"""Sums without persons: one hash a shard and month.

Owns: reading and adding them up. Never: an id, or a time finer than a month. The commit adds to them.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import redis

from bot.storage import keys
from bot.storage.connect import Connection


def month(now: float) -> str:
    """YYYY-MM, in UTC, of a Unix time."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m")


def read(connection: Connection, of: str) -> Counter[str]:
    """The sums of one month over all shards."""

    def work(client: redis.Redis) -> list[dict[bytes, bytes]]:
        pipeline = client.pipeline(transaction=False)
        for shard in keys.shards():
            pipeline.hgetall(keys.counts(shard, of))
        return pipeline.execute()

    total: Counter[str] = Counter()
    for row in connection.do(work):
        for name, number in row.items():
            total[name.decode()] += int(number)
    return total


def add(connection: Connection, name: str, now: float, number: int = 1) -> None:
    """Adds to a sum that belongs to no message of a texter (outcomes of check-ins, for instance)."""
    key = keys.counts("00", month(now))
    connection.do(lambda client: client.hincrby(key, name, number), again=False)
