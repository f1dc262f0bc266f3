"""The same store in memory: for `chat`, the demo and fast tests.

Owns: the semantics of `sessions.Redis` and `tickets.Tickets` without Redis. Sessions and exchanges go through their
stored form and back, as there. Nothing is sealed: nothing leaves the process, and no carrier keeps a message.
Never: anything of a real texter.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from bot.dialogue import session as stored
from bot.dialogue.session import Exchange, Session
from bot.dialogue.store import Change, Opened, Ticket
from bot.storage import keys
from bot.storage.keyring import Keyring, random
from bot.storage.sessions import MARK, merged, recent
from bot.storage.tickets import SENDING, ticket_ttl


class Shelf:
    """Values that end at their time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._kept: dict[str, tuple[Any, float]] = {}

    def get(self, name: str) -> Any:
        value, until = self._kept.get(name, (None, 0.0))
        return value if until > self.clock() else self._kept.pop(name, None) and None

    def put(self, name: str, value: Any, ttl: float) -> None:
        self._kept[name] = (value, self.clock() + ttl)

    def until(self, name: str) -> float:
        return self._kept[name][1] - self.clock() if self.get(name) is not None else 0.0

    def pop(self, name: str) -> Any:
        value = self.get(name)
        self._kept.pop(name, None)
        return value

    def names(self) -> list[str]:
        return [name for name in list(self._kept) if self.get(name) is not None]


class Memory:
    """A Store that ends with its process. Safe between threads."""

    def __init__(self, keyring: Keyring | None = None, clock: Callable[[], float] = time.time) -> None:
        self._names, self._clock = keys.Names(keyring or random()), clock
        self._lock = threading.RLock()
        self.shelf, self.due, self.sums = Shelf(clock), dict[tuple[str, str], float](), Counter[str]()
        self.tickets = MemoryTickets(self)

    def texter(self, address: str, *aliases: str) -> str:
        return self._names.texter(address, *aliases)

    def tie(self, texter: str, *others: str) -> None:
        ids = [keys.parts(one)[0] for one in (texter, *others)]
        with self._lock:
            for one in ids:
                self.shelf.put(keys.link(one), tuple(other for other in ids if other != one), keys.LINK_TTL)

    def dedup(self, channel: str, key: str) -> str:
        return self._names.dedup(channel, key)

    def open(self, texter: str, channel: str, dedup: str) -> Opened:
        newest, *earlier = keys.parts(texter)
        with self._lock:
            opened = self._open(newest, channel, dedup)
            for part in dict.fromkeys([*earlier, *opened.others]):
                opened = merged(opened, self._open(part, channel, dedup))
            return opened

    def _open(self, texter: str, channel: str, dedup: str) -> Opened:
        with self._lock:
            version, data = self.shelf.get(keys.session(texter, channel)) or (0, b"")
            mark = self.shelf.get(self._names.seen(texter, dedup)[0])
            session = stored.load(data) if data else None
            return Opened(
                session=session,
                version=version,
                seen=mark is not None,
                repeat=_repeat(mark, session, dedup),
                opted_out=self.opted_out(texter),
                hits=self.shelf.get(keys.hits(texter)) or 0,
                others=self.others(texter),
            )

    def commit(self, texter: str, channel: str, dedup: str, version: int, change: Change) -> Opened | None:
        texter, *earlier = keys.parts(texter)
        with self._lock:
            stands, _ = self.shelf.get(keys.session(texter, channel)) or (0, b"")
            if stands != version or self.shelf.get(self._names.seen(texter, dedup)[0]):
                return self._open(texter, channel, dedup)
            for part in earlier:
                self._clear_earlier(part, channel, change)
            if change.forget or change.cancel or change.opt_out or change.ticket:
                self.drop(texter)
            if change.forget:
                self.forget(texter)
            self._keep(texter, channel, change)
            self._mark(texter, dedup, change)
            if change.ticket:
                self._schedule(texter, change.ticket)
            self.sums.update(change.counts)
            return None

    def _clear_earlier(self, part: str, channel: str, change: Change) -> None:
        """The session under another id has moved, and what this turn takes away goes there too."""
        if change.forget or change.cancel or change.opt_out or change.ticket:
            self.drop(part)
        if change.forget:
            self.forget(part)
        if change.opt_out:
            self.mark_out(part)
        elif change.opt_out is False:
            self.shelf.pop(self._names.optouts(part)[0])
        self.shelf.pop(keys.session(part, channel))

    def forget(self, texter: str) -> int:
        with self._lock:
            return sum(
                self.drop(part) + sum(self.shelf.pop(name) is not None for name in keys.personal(part))
                for part in self.everyone(texter)
            )

    def others(self, texter: str) -> tuple[str, ...]:
        """The ids that are tied to this one."""
        return self.shelf.get(keys.link(texter)) or ()

    def everyone(self, texter: str) -> list[str]:
        """All ids of a person, as far as they are known."""
        own = keys.parts(texter)
        return list(dict.fromkeys([*own, *(other for part in own for other in self.others(part))]))

    def opted_out(self, texter: str) -> bool:
        return self.shelf.get(self._names.optouts(texter)[0]) is not None

    def drop(self, texter: str) -> int:
        """Takes the texter's ticket away, wherever it is."""
        ident, shard = self.shelf.pop(keys.held(texter)), keys.shard_of(texter)
        if ident is None:
            return 0
        entry = self.due.pop((shard, ident), None)
        return 1 + (self.shelf.pop(keys.ticket(shard, ident)) is not None) + (entry is not None)

    def mark_out(self, texter: str) -> None:
        self.shelf.put(self._names.optouts(texter)[0], True, keys.OPTOUT_TTL)

    def _keep(self, texter: str, channel: str, change: Change) -> None:
        name = keys.session(texter, channel)
        if change.session is None:
            self.shelf.pop(name)
        else:
            self.shelf.put(name, (secrets.randbits(52) | 1, stored.dump(change.session)), change.ttl)

    def _mark(self, texter: str, dedup: str, change: Change) -> None:
        wiped = change.session is None and change.exchange is not None
        mark = msgspec.json.encode(change.exchange) if wiped else MARK
        self.shelf.put(self._names.seen(texter, dedup)[0], mark, keys.SEEN_TTL)
        if change.opt_out:
            self.mark_out(texter)
        elif change.opt_out is False:
            self.shelf.pop(self._names.optouts(texter)[0])
        if not change.forget:
            name = keys.hits(texter)
            self.shelf.put(name, (self.shelf.get(name) or 0) + change.weight, self.shelf.until(name) or keys.HITS_TTL)

    def _schedule(self, texter: str, ticket: Ticket) -> None:
        shard, ttl = keys.shard_of(texter), ticket_ttl(ticket, self._clock())
        self.shelf.put(keys.ticket(shard, ticket.id), msgspec.json.encode(ticket), ttl)
        self.shelf.put(keys.held(texter), ticket.id, ttl)
        self.due[shard, ticket.id] = ticket.opens


class MemoryTickets:
    """What `tickets.Tickets` does, over a Memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory, self._lock = memory, memory._lock

    def take(self, now: float, lease: float, limit: int = 100) -> list[tuple[str, str]]:
        due = self._memory.due
        taken: list[tuple[str, str]] = []
        with self._lock:
            for shard, ident in sorted(entry for entry, at in due.items() if at <= now):
                if self.look(shard, ident) is None:
                    del due[shard, ident]
                elif len(taken) < limit:
                    due[shard, ident] = now + lease
                    taken.append((shard, ident))
        return taken

    def waiting(self) -> tuple[int, float]:
        due = self._memory.due
        return len(due), min(due.values(), default=0.0)

    def clock(self) -> float:
        return self._memory.shelf.clock()

    def look(self, shard: str, ident: str) -> Ticket | None:
        return _read(self._memory.shelf.get(keys.ticket(shard, ident)))

    def claim(self, shard: str, ident: str) -> Ticket | None:
        with self._lock:
            self._memory.due.pop((shard, ident), None)
            return _read(self._memory.shelf.pop(keys.ticket(shard, ident)))

    def talking(self, ticket: Ticket) -> bool:
        names = keys.sessions(self._memory.texter(ticket.address))
        return any(self._memory.shelf.get(name) is not None for name in names)

    def confirm(self, ticket: Ticket) -> bool:
        with self._lock:
            texter = self._memory.texter(ticket.address)
            if self._memory.opted_out(texter) or self._memory.shelf.get(keys.held(texter)) != ticket.id:
                return False
            self._memory.shelf.put(keys.held(texter), ticket.id, SENDING)
            return True

    def settle(self, ticket: Ticket, session: Session | None, ttl: int) -> bool:
        with self._lock:
            shelf, texter = self._memory.shelf, self._memory.texter(ticket.address)
            name = keys.session(texter, ticket.channel)
            if shelf.get(keys.held(texter)) != ticket.id:
                return False
            shelf.pop(keys.held(texter))
            if session is None or shelf.get(name) is not None:
                return False
            shelf.put(name, (secrets.randbits(52) | 1, stored.dump(session)), ttl)
            return True

    def opt_out(self, address: str) -> None:
        with self._lock:
            for part in self._memory.everyone(self._memory.texter(address)):
                self._memory.drop(part)
                self._memory.mark_out(part)


def _repeat(mark: bytes | None, session: Session | None, dedup: str) -> Exchange | None:
    if mark is None:
        return None
    return recent(session, dedup) if mark == MARK else msgspec.json.decode(mark, type=Exchange)


def _read(data: bytes | None) -> Ticket | None:
    return msgspec.json.decode(data, type=Ticket) if data else None
