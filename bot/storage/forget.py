"""Forgetting: what is erased of one texter, in one place.

Owns: the list of keys that go. Never: what stays; `keys.PATTERNS` names each of those with its reason.
"""

from __future__ import annotations

import time

from bot.storage import keys, links, scripts
from bot.storage.connect import Connection


def forget(connection: Connection, texter: str) -> int:
    """Erases all that is kept of a texter, on every channel and under every id; how many keys went.

    A ticket that was claimed and not yet sent loses its hold with this, so that it is not sent.
    """
    return sum(whole(connection, part) for part in links.everyone(connection, texter))


def whole(connection: Connection, part: str) -> int:
    """Everything of one id goes; what was said is now to be erased at the carrier too."""
    return clear(connection, part, keys.personal(part), drop=True, erase=True)


def clear(connection: Connection, part: str, names: list[str], *, drop: bool, erase: bool = False) -> int:
    """Deletes keys of one id, and with `drop` its ticket. Works when memory is full."""
    shard = keys.shard_of(part)
    args = [keys.ticket(shard, ""), "drop" if drop else "keep", time.time() if erase else ""]
    first = [keys.held(part), keys.due(shard), keys.said(part), keys.erase(shard)]
    return int(connection.run(scripts.CLEAR, [*first, *names], args))
