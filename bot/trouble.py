"""What is not as it should be around this process: reasons for the operator, none of them a reason to stop answering.

Owns: the questions asked of Redis, the worker and the sweep, and the names of the answers. Never: repairing anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.dialogue.store import Store
from bot.errors import StorageUnavailable
from bot.settings import Limits
from bot.storage import counts, pulse
from bot.storage.sessions import Redis

PULSES = ("worker", "sweep")


def reasons(store: Store, limits: Limits, now: float) -> list[str]:
    """Every trouble by name (redis, worker, sweep, due); empty when all is well. `now` in Unix seconds."""
    if not isinstance(store, Redis):
        return []
    try:
        late = {name: now - pulse.last(store.connection, name) for name in PULSES}
        late["due"] = _overdue(store, now)
    except StorageUnavailable:
        return ["redis"]
    longest = {"worker": 2.0 * limits.worker_ttl, "sweep": limits.sweep_late, "due": limits.sweep_late}
    return [name for name, seconds in late.items() if seconds > longest[name]]


def gauges(store: Store, now: float) -> Mapping[str, float]:
    """Numbers of the moment for the metrics; nothing where Redis does not answer."""
    if not isinstance(store, Redis):
        return {}
    try:
        seen = {name: pulse.last(store.connection, name) for name in PULSES}
        waiting, late = store.tickets.waiting()[0], _overdue(store, now)
        became = counts.read(store.connection, counts.month(now))
    except StorageUnavailable:
        return {"redis_up": 0}
    ages = {f"{name}_age_seconds": now - last for name, last in seen.items() if last}
    sums = {name.replace(":", "_"): float(number) for name, number in became.items() if name.startswith("checkin:")}
    return {"redis_up": 1, "checkins_waiting": waiting, "checkins_late_seconds": late} | ages | sums


def _overdue(store: Redis, now: float) -> float:
    """Seconds since the earliest check-in that nobody took was due; 0 if none is."""
    earliest = store.tickets.waiting()[1]
    return max(0.0, now - earliest) if earliest else 0.0
