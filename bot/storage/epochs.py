"""How long an epoch of a key writes, how long it must still be read, and when it can be destroyed.

Owns: these durations, from the lives of the keys in `keys.PATTERNS`. Never: the file, or a key itself.
An epoch can go when its successor has been written with for longer than anything it sealed or named may live. From
then on nobody can read what the append-only file or a backup still holds of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.storage import keys
from bot.storage.keyring import PURPOSES, Epoch, make
from bot.storage.sealing import SLACK

DELAY: Final = 120  # seconds until a new epoch writes: by then every process has read the file again
# How long an epoch writes before `rotate` appends the next.
WRITES: Final = {"session": keys.DAY, "seen": 7 * keys.DAY, "ticket": 7 * keys.DAY} | dict.fromkeys(
    ("id", "optout"), 365 * keys.DAY
)
# The longest life of anything that an epoch sealed or named. An opt-out's name is made of the id, so both live alike.
LIVES: Final = {
    "session": keys.PATTERNS["session"].ttl,
    "seen": keys.SEEN_TTL,
    "ticket": keys.TICKET_TTL,
    "id": keys.OPTOUT_TTL,
    "optout": keys.OPTOUT_TTL,
}


def next_of(epochs: Iterable[Epoch], now: int, *, everything: bool = False) -> tuple[Epoch, ...]:
    """New epochs for the purposes whose newest is old enough; with `everything` for all that do not wait for one."""
    newest = {epoch.purpose: epoch.since for epoch in _ordered(epochs)}
    due = [p for p in PURPOSES if newest[p] <= now and (everything or now - newest[p] >= WRITES[p] - DELAY)]
    return tuple(make(purpose, now + DELAY) for purpose in due)


def needed(epochs: Iterable[Epoch], now: int) -> tuple[Epoch, ...]:
    """The epochs that something alive may still need, or that will write yet."""
    ordered = _ordered(epochs)
    return tuple(epoch for epoch in ordered if now <= _until(epoch, ordered))


def listed(epochs: Iterable[Epoch], now: int) -> list[tuple[str, str, int, str]]:
    """(purpose, id, since, state) of every epoch, for people."""
    ordered = _ordered(epochs)
    rows = []
    for epoch in ordered:
        follows = _successor(epoch, ordered)
        if epoch.since > now:
            state = "waits"
        elif follows is None or follows.since > now:
            state = "writes"
        else:
            state = "reads" if now <= _until(epoch, ordered) else "can be destroyed"
        rows.append((epoch.purpose, epoch.id, epoch.since, state))
    return rows


def _until(epoch: Epoch, ordered: list[Epoch]) -> float:
    follows = _successor(epoch, ordered)
    return follows.since + LIVES[epoch.purpose] + SLACK if follows else float("inf")


def _successor(epoch: Epoch, ordered: list[Epoch]) -> Epoch | None:
    later = ordered[ordered.index(epoch) + 1 :]
    return next((other for other in later if other.purpose == epoch.purpose), None)


def _ordered(epochs: Iterable[Epoch]) -> list[Epoch]:
    return sorted(epochs, key=lambda epoch: (PURPOSES.index(epoch.purpose), epoch.since))
