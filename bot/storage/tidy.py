"""Rewriting the append-only file, so that what was deleted and what ended does not stay in it.

Owns: when it is worth it. Never: more often than asked; a server that refuses it (a managed one) is left alone.
What the file holds is sealed; this takes even the sealed bytes away.
"""

from __future__ import annotations

from typing import Final

import redis

from bot.errors import StorageUnavailable
from bot.storage.connect import Connection

EVERY: Final = 300.0  # seconds between two rewrites, at least
GROWN: Final = 16 * 1024  # bytes; less is not worth it


def rewrite(connection: Connection, grown: int = GROWN) -> bool:
    """Starts a rewrite if the file has grown by so many bytes and none runs; did it? Never raises."""

    def work(client: redis.Redis) -> bool:
        found = client.info("persistence")
        size, base = int(found.get("aof_current_size", 0)), int(found.get("aof_base_size", 0))
        busy = found.get("aof_rewrite_in_progress", 0) or found.get("rdb_bgsave_in_progress", 0)
        if not found.get("aof_enabled", 0) or busy or size - base < grown:
            return False
        client.bgrewriteaof()
        return True

    try:
        return connection.do(work, again=False)
    except StorageUnavailable:
        return False
