"""What the straight line and the check-ins ask of a store, and the values that cross.

Owns: the protocol and its values. Never: Redis, keys, sealing (`storage` does those).
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from bot.dialogue.session import Exchange, Session


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What one check-in needs: sealed in the store, the only place where an address is kept. Times in Unix seconds."""

    id: str  # 128 random bits, letters and digits
    address: str
    channel: str
    language: str
    script: str
    consented: int
    last_inbound: int
    opens: int  # the window in which it may go
    closes: int


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """Trip 1: what is known before this inbound is worked on."""

    session: Session | None = None
    version: int = 0  # 0: nothing stored
    seen: bool = False  # this dedup key was committed before
    repeat: Exchange | None = None  # what to say again, if it is still known (None: nothing)
    opted_out: bool = False
    hits: int = 0  # weight of this texter's messages that were committed in the last ten minutes
    others: tuple[str, ...] = ()  # ids that an earlier message tied to this one


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Trip 2: all that one inbound changes, committed at once or not at all."""

    session: Session | None  # None wipes it
    ttl: int  # seconds
    exchange: Exchange | None = None  # kept with the seen mark only where the session is wiped by this turn
    ticket: Ticket | None = None  # schedules; takes the place of an older one
    cancel: bool = False  # drop the texter's ticket
    forget: bool = False  # everything of the texter on all channels
    opt_out: bool | None = None
    counts: tuple[str, ...] = ()  # names to add one to
    weight: int = 1  # what this message adds to the texter's hits
    carried: str = ""  # what the carrier calls this inbound, so that it can be emptied and erased there
    media: bool = False  # something is attached to it there


class Store(Protocol):
    """Redis, or the same in memory. Every method raises StorageUnavailable after its time limit."""

    def texter(self, address: str, *aliases: str) -> str:
        """The texter id of an address: keyed HMAC of it without its channel prefix. Pure; needs no trip.

        aliases: other addresses of the same person, which the carrier named. What is kept under one of them is found,
        moves to the address with the next commit, and is forgotten and stopped with it."""
        ...

    def tie(self, texter: str, *others: str) -> None:
        """One person, who was named by all these ids at once: what is forgotten or stopped under one is under all, for
        some weeks, even where a message names only one of them."""
        ...

    def dedup(self, channel: str, key: str) -> str:
        """The keyed hash of a carrier's dedup key. Pure."""
        ...

    def open(self, texter: str, channel: str, dedup: str) -> Opened:
        """Trip 1. `dedup` is already hashed."""
        ...

    def commit(self, texter: str, channel: str, dedup: str, version: int, change: Change) -> Opened | None:
        """Trip 2: None if committed; else the newer state, and nothing was changed."""
        ...

    def forget(self, texter: str) -> int:
        """Erases all that is kept of one texter; how many keys went."""
        ...
