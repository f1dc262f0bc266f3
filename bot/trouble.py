"""What is not as it should be around this process: reasons for the operator, none of them a reason to stop answering.

Owns: the questions asked of Redis, the worker and the sweep, and the names of the answers. Never: repairing anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.dialogue.store import Store
from bot.errors import StorageUnavailable
from bot.settings import Limits
from bot.storage import pulse
from bot.storage.sessions import Redis

PULSES = ("worker", "sweep")


def reasons(store: Store, limits: Limits, now: float) -> list[str]:
    """Every trouble by name, the worst first; empty when all is well. `now` in Unix seconds."""
    if not isinstance(store, Redis):
        return []
    try:
        late = {name: now - pulse.last(store.connection, name) for name in PULSES}
    except StorageUnavailable:
        return ["redis"]
    longest = {"worker": 2.0 * limits.worker_ttl, "sweep": limits.sweep_late}
    return [name for name in PULSES if late[name] > longest[name]]


def gauges(store: Store, now: float) -> Mapping[str, float]:
    """Numbers of the moment for the metrics; nothing where Redis does not answer."""
    if not isinstance(store, Redis):
        return {}
    try:
        seen = {name: pulse.last(store.connection, name) for name in PULSES}
    except StorageUnavailable:
        return {"redis_up": 0}
    return {"redis_up": 1} | {f"{name}_age_seconds": now - last for name, last in seen.items() if last}
