"""What becomes of a message of ours after it went: the carrier's status calls.

Owns: what each of them changes here: a no that the carrier knows of is ours too, what can never arrive is not tried,
what is over can be emptied there. Never: an address beyond this call. The sid is kept hashed, for some days, so that
nothing counts twice, and sealed until the carrier has erased its message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.carriers.twilio import status
from bot.dialogue.store import Store
from bot.storage import pulse
from bot.storage.sessions import Redis


def follow(store: Store, count: Callable[[str], None]) -> Callable[[Mapping[str, str]], None]:
    """What a signed status call is handed to. `count` adds one to a name. Raises StorageUnavailable."""

    def told(fields: Mapping[str, str]) -> None:
        found = status.read(fields)
        if found is None or not isinstance(store, Redis):
            return
        if found.fault is not None:
            _heed(store, found.fault.done, fields.get("To", ""))
        rank = status.RANKS[found.status]
        if pulse.advance(store.connection, store.dedup("status", found.sid), rank):
            count(f"message_{found.status}")
            if found.code:
                count(f"code_{found.code}")
            if found.final:
                store.erasures.over(fields.get("To", ""), found.sid)

    return told


def _heed(store: Redis, done: str, address: str) -> None:
    if done == "opt_out" and address:
        store.tickets.opt_out(address)
    elif done == "erase" and address:
        store.tickets.drop(address)
