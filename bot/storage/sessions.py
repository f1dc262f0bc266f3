"""The store on Redis: sealed sessions, and the two trips of a message.

Owns: `Redis`, which is the Store of `dialogue/store`. Never: what a session means, or a decision on a turn.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from bot.dialogue import session as stored
from bot.dialogue.session import Exchange, Session
from bot.dialogue.store import Change, Opened
from bot.storage import forget, keys, links, scripts
from bot.storage.connect import Connection
from bot.storage.counts import month
from bot.storage.erasures import ANSWERED, Erasures
from bot.storage.keyring import Keyring
from bot.storage.sealing import Sealer
from bot.storage.tickets import Tickets, ticket_ttl

MARK: Final = b"1"  # a bare seen mark
_exchange = msgspec.json.Decoder(Exchange)


class Redis:
    """Everything that is kept, on one Redis or Valkey. Safe between threads; make one in each process."""

    def __init__(self, connection: Connection, keyring: Keyring, clock: Callable[[], float] = time.time) -> None:
        self.connection, self._clock = connection, clock
        self._names, self._sealer = keys.Names(keyring), Sealer(keyring, clock)
        self.tickets = Tickets(connection, self._names, self._sealer, clock)
        self.erasures = Erasures(connection, self._names, self._sealer, clock)

    def texter(self, address: str, *aliases: str) -> str:
        return self._names.texter(address, *aliases)

    def tie(self, texter: str, *others: str) -> None:
        links.tie(self.connection, [keys.parts(one)[0] for one in (texter, *others)])

    def dedup(self, channel: str, key: str) -> str:
        return self._names.dedup(channel, key)

    def open(self, texter: str, channel: str, dedup: str) -> Opened:
        newest, *earlier = keys.parts(texter)
        opened = self._open(newest, channel, dedup)
        for part in dict.fromkeys([*earlier, *opened.others]):
            opened = merged(opened, self._open(part, channel, dedup))
        return opened

    def commit(self, texter: str, channel: str, dedup: str, version: int, change: Change) -> Opened | None:
        newest, *earlier = keys.parts(texter)
        self._clear_earlier(earlier, change)
        newer = self._commit(newest, channel, dedup, version, change)
        if newer is None:
            for part in earlier:
                forget.clear(self.connection, part, [keys.session(part, channel)], drop=False)
        return newer

    def forget(self, texter: str) -> int:
        return forget.forget(self.connection, texter)

    def _open(self, part: str, channel: str, dedup: str) -> Opened:
        seen, optouts = self._names.seen(part, dedup), self._names.optouts(part)
        names = [keys.session(part, channel), keys.hits(part), *seen, *optouts, keys.link(part)]
        *got, link = self.connection.run(scripts.OPEN, names, [len(seen), len(optouts)])
        return msgspec.structs.replace(self._opened(got, names[0], seen, dedup), others=tuple(links.ids(link)))

    def _commit(self, part: str, channel: str, dedup: str, version: int, change: Change) -> Opened | None:
        seen, optouts = self._names.seen(part, dedup), self._names.optouts(part)
        shard, name = keys.shard_of(part), keys.session(part, channel)
        names = [name, keys.hits(part), *seen, *optouts, keys.held(part), keys.due(shard)]
        names += [keys.counts(shard, month(self._clock())), keys.said(part), keys.erase(shard)]
        names += [*keys.sessions(part), keys.link(part)]
        options = self._options(shard, version, change) | {"seen": len(seen), "optouts": len(optouts)}
        sealed = self._sealed(name, change)
        mark = self._mark(seen[0], change)
        ticket = self.tickets.sealed(shard, change.ticket) if change.ticket else b""
        carried = self.erasures.sealed(shard, change.carried, media=change.media) if change.carried else b""
        script = scripts.COMMIT_ALWAYS if change.session is None or change.opt_out else scripts.COMMIT
        got = self.connection.run(script, names, [msgspec.json.encode(options), sealed, mark, ticket, carried])
        return self._opened(got, name, seen, dedup) if got else None

    def _clear_earlier(self, earlier: list[str], change: Change) -> None:
        """What a turn takes away goes under earlier ids first: a check-in too few is safer than one too many."""
        drop = change.cancel or change.ticket is not None
        for part in earlier:
            names = self._names.optouts(part) if change.opt_out is False else []
            if change.forget:
                forget.whole(self.connection, part)
            if change.opt_out:
                self.tickets.refuse(part)
            elif drop or names:
                forget.clear(self.connection, part, names, drop=drop)

    def _options(self, shard: str, version: int, change: Change) -> dict[str, Any]:
        ticket = change.ticket
        return {
            "version": str(version),
            "next": str(secrets.randbits(52) | 1),  # random, so that no old version ever comes back
            "ttl": change.ttl * 1000,
            "seen_ttl": keys.SEEN_TTL * 1000,
            "optout_ttl": keys.OPTOUT_TTL * 1000,
            "hits_ttl": keys.HITS_TTL * 1000,
            "tickets": keys.ticket(shard, ""),
            "ticket": ticket.id if ticket else False,
            "due": ticket.opens if ticket else 0,
            "ticket_ttl": int(ticket_ttl(ticket, self._clock()) * 1000) if ticket else 0,
            "forget": change.forget,
            "cancel": change.cancel or bool(change.opt_out),
            "opt_out": change.opt_out,
            "counts": change.counts,
            "weight": change.weight,
            "now": self._clock(),
            "answered": self._clock() + ANSWERED,
            "stale": self._clock() - keys.ERASE_TTL,
            "said_ttl": keys.SAID_TTL * 1000,
        }

    def _sealed(self, name: str, change: Change) -> bytes:
        if change.session is None:
            return b""
        return self._sealer.seal("session", name, stored.dump(change.session), change.ttl)

    def _mark(self, name: str, change: Change) -> bytes:
        if change.session is not None or change.exchange is None:
            return MARK
        return self._sealer.seal("seen", name, msgspec.json.encode(change.exchange), keys.SEEN_TTL)

    def _opened(self, got: list[Any], name: str, seen: list[str], dedup: str) -> Opened:
        version, sealed, known, mark, opted_out, hits = got
        session = self._session(name, sealed)
        return Opened(
            session=session,
            version=int(version) if version.isdigit() else 0,
            seen=bool(known),
            repeat=self._repeat(session, seen, mark, dedup) if known else None,
            opted_out=bool(opted_out),
            hits=int(hits) if hits.isdigit() else 0,
        )

    def _session(self, name: str, sealed: bytes) -> Session | None:
        plain = self._sealer.open("session", name, sealed)
        return stored.load(plain) if plain is not None else None

    def _repeat(self, session: Session | None, seen: list[str], mark: bytes, dedup: str) -> Exchange | None:
        for name in seen:
            plain = self._sealer.open("seen", name, mark)
            if plain is not None:
                return _exchange.decode(plain)
        return recent(session, dedup)


def merged(newest: Opened, earlier: Opened) -> Opened:
    """What is known under both ids: a session found only under the earlier one moves with the commit."""
    return msgspec.structs.replace(
        newest,
        session=newest.session or (earlier.session if newest.version == 0 else None),
        seen=newest.seen or earlier.seen,
        repeat=newest.repeat or earlier.repeat,
        opted_out=newest.opted_out or earlier.opted_out,
        hits=newest.hits + earlier.hits,
    )


def recent(session: Session | None, dedup: str) -> Exchange | None:
    """The exchange of a dedup key, if the session still remembers it."""
    known = set(keys.parts(dedup))
    exchanges = session.recent if session else ()
    return next((one for one in reversed(exchanges) if known & set(keys.parts(one.key))), None)
