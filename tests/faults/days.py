"""A day passes: what is kept of one person, as it will be when her check-in is due.

Owns: ageing of a ticket, with the project's own keys and in one transaction. A claim that comes first wins.
"""

from __future__ import annotations

import time

import msgspec
import redis

from bot.dialogue.store import Ticket
from bot.storage import keys
from bot.storage.sealing import Sealer
from bot.storage.sessions import Redis

DAY = 86_400


def pass_a_day(client: redis.Redis, store: Redis, sealer: Sealer, number: str) -> Ticket | None:
    """The aged ticket, due now; None where there is none. Raises redis.RedisError while the store is in trouble."""
    (part,) = keys.parts(store.texter(number))
    held = client.get(keys.held(part))
    if held is None:
        return None
    ident, shard = held.decode(), keys.shard_of(part)
    name = keys.ticket(shard, ident)
    with client.pipeline() as pipe:
        pipe.watch(name)
        plain = sealer.open("ticket", name, pipe.get(name))
        if plain is None:
            return None
        now = int(time.time())
        young = msgspec.json.decode(plain, type=Ticket)
        aged = msgspec.structs.replace(
            young, consented=now - DAY, last_inbound=now - DAY, opens=now - 1, closes=now + 3600
        )
        pipe.multi()
        pipe.set(name, sealer.seal("ticket", name, msgspec.json.encode(aged), 4 * 3600), ex=4 * 3600)
        pipe.zadd(keys.due(shard), {ident: aged.opens}, xx=True)
        pipe.delete(*keys.sessions(part))
        pipe.execute()
    return aged
