"""Forgetting: what is erased of one texter, in one place.

Owns: the list of keys that go. Never: what stays; `keys.PATTERNS` names each of those with its reason.
"""

from __future__ import annotations

from bot.storage import keys, scripts
from bot.storage.connect import Connection


def forget(connection: Connection, texter: str) -> int:
    """Erases all that is kept of a texter, on every channel and under every id; how many keys went.

    A ticket that was claimed and not yet sent loses its hold with this, so that it is not sent.
    """
    return sum(clear(connection, part, keys.personal(part), drop=True) for part in keys.parts(texter))


def clear(connection: Connection, part: str, names: list[str], *, drop: bool) -> int:
    """Deletes keys of one id, and with `drop` its ticket. Works when memory is full."""
    shard = keys.shard_of(part)
    args = [keys.ticket(shard, ""), "drop" if drop else "keep"]
    return int(connection.run(scripts.CLEAR, [keys.held(part), keys.due(shard), *names], args))
