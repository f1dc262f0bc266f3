"""Signs of life of processes, and how far a message of ours came.

Owns: pulses (they end by themselves) and the order of a message's statuses. Never: whose message it was.
"""

from __future__ import annotations

from typing import Final

from bot.storage import keys
from bot.storage.connect import Connection, Script

# A status never goes back.   KEYS: status   ARGV: rank, ttl
_ADVANCE: Final = Script(
    """
local got = tonumber(redis.call('GET', KEYS[1]) or '-1')
if tonumber(ARGV[1]) <= got then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
)


def beat(connection: Connection, name: str, now: float, ttl: int = keys.PULSE_TTL) -> None:
    """Says that the process `name` (worker, sweep) lives at `now`."""
    connection.do(lambda client: client.set(keys.pulse(name), int(now), ex=ttl))


def last(connection: Connection, name: str) -> float:
    """When `name` last gave a sign, in Unix seconds; 0 if not within its TTL."""
    got = connection.do(lambda client: client.get(keys.pulse(name)))
    return float(got) if got and got.isdigit() else 0.0


def advance(connection: Connection, sid: str, rank: int) -> bool:
    """Records that the message `sid` (hashed) came as far as `rank`; False if it was that far or farther already."""
    return bool(connection.run(_ADVANCE, [keys.status(sid)], [rank, keys.STATUS_TTL * 1000], again=False))
