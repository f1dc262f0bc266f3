"""Tickets of check-ins: sealed, claimed once, gone before anything is sent.

Owns: the claim, the last look and what stays afterwards. Never: when a check-in may go (`checkins` says so), or
sending it. A ticket stays in the shard of the id it was made under, whatever becomes of the id keys.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Final

import msgspec

from bot.dialogue import session as stored
from bot.dialogue.session import Session
from bot.dialogue.store import Ticket
from bot.storage import due, forget, keys, links, scripts
from bot.storage.connect import Connection
from bot.storage.sealing import Sealer

SLACK: Final = 6 * 3600  # seconds a ticket outlives its window
SENDING: Final = 600  # seconds in which a claimed ticket must be sent
_ticket = msgspec.json.Decoder(Ticket)


class Tickets:
    """The tickets of all shards on Redis."""

    def __init__(
        self, connection: Connection, names: keys.Names, sealer: Sealer, clock: Callable[[], float] = time.time
    ) -> None:
        self._connection, self._names, self._sealer, self._clock = connection, names, sealer, clock

    def sealed(self, shard: str, ticket: Ticket) -> bytes:
        name, ttl = keys.ticket(shard, ticket.id), ticket_ttl(ticket, self._clock())
        return self._sealer.seal("ticket", name, msgspec.json.encode(ticket), ttl)

    def take(self, now: float, lease: float, limit: int = 100) -> list[tuple[str, str]]:
        """(shard, id) of what is due: see `due.take`."""
        return due.take(self._connection, now, lease, limit)

    def waiting(self) -> tuple[int, float]:
        """How many tickets wait, and the Unix time of the earliest (0: none)."""
        return due.waiting(self._connection)

    def clock(self) -> float:
        """The server's time in Unix seconds."""
        seconds, micros = self._connection.do(lambda client: client.time())
        return float(seconds) + micros / 1e6

    def look(self, shard: str, ident: str) -> Ticket | None:
        """The ticket, left where it is."""
        name = keys.ticket(shard, ident)
        return self._opened(name, self._connection.do(lambda client: client.get(name)))  # type: ignore[arg-type]

    def claim(self, shard: str, ident: str) -> Ticket | None:
        """The ticket, which is gone with this: only one caller ever gets it. Never asked twice."""
        name = keys.ticket(shard, ident)
        got = self._connection.run(scripts.CLAIM, [name, keys.due(shard)], [ident], again=False)
        return self._opened(name, got)

    def talking(self, ticket: Ticket) -> bool:
        """Is this person in the middle of a talk, on any channel?"""
        names = [name for part in self._parts(ticket) for name in keys.sessions(part)]
        return any(self._connection.do(lambda client: [client.exists(name) for name in names]))

    def confirm(self, ticket: Ticket) -> bool:
        """After the claim, right before the send: neither forgotten, stopped nor replaced meanwhile."""
        args = [ticket.id, SENDING * 1000]
        found = [
            int(self._connection.run(scripts.CONFIRM, [keys.held(part), *self._names.optouts(part)], args))
            for part in self._parts(ticket)
        ]
        return 1 in found and -1 not in found

    def settle(self, ticket: Ticket, session: Session | None, ttl: int) -> bool:
        """After the send: leaves the session for an answer, unless there is a talk or she was forgotten meanwhile."""
        settled = [self._settle(part, ticket, session, ttl) for part in self._parts(ticket)]
        return any(settled)

    def opt_out(self, address: str) -> None:
        """The carrier says that this person wants nothing from us: remembered, and any ticket dropped."""
        for part in links.everyone(self._connection, self._names.texter(address)):
            self.refuse(part)

    def refuse(self, part: str) -> None:
        """The same for one id."""
        shard = keys.shard_of(part)
        names = [keys.held(part), keys.due(shard), self._names.optouts(part)[0]]
        self._connection.run(scripts.OPT_OUT, names, [keys.ticket(shard, ""), keys.OPTOUT_TTL * 1000])

    def drop(self, address: str) -> None:
        """Nothing can arrive there: any ticket goes."""
        for part in keys.parts(self._names.texter(address)):
            forget.clear(self._connection, part, [], drop=True)

    def _settle(self, part: str, ticket: Ticket, session: Session | None, ttl: int) -> bool:
        name = keys.session(part, ticket.channel)
        sealed = self._sealer.seal("session", name, stored.dump(session), ttl) if session else b""
        args = [ticket.id, sealed, secrets.randbits(52) | 1, ttl * 1000]
        return bool(self._connection.run(scripts.SETTLE, [keys.held(part), name], args, again=False))

    def _parts(self, ticket: Ticket) -> list[str]:
        return keys.parts(self._names.texter(ticket.address))

    def _opened(self, name: str, sealed: bytes | None) -> Ticket | None:
        plain = self._sealer.open("ticket", name, sealed)
        try:
            return _ticket.decode(plain) if plain is not None else None
        except msgspec.MsgspecError:
            return None


def ticket_ttl(ticket: Ticket, now: float) -> float:
    """Seconds: the end of its window and some slack, never more than 30 days."""
    return max(1.0, min(ticket.closes + SLACK - now, keys.TICKET_TTL))
