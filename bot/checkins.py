"""Check-ins: plan one, claim one, look again for the yes, send once. All IO is handed in.

Owns: when a check-in may go, and the order of claim, last look, send and what stays. Never: Redis, a provider, words.
Once or never: a ticket is gone before anything is sent, and what may have gone out is never sent again. In doubt, not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from bot.channels.message import Inbound
from bot.dialogue.lookups import Found, Lookup, Query
from bot.dialogue.script import Script
from bot.dialogue.session import Session
from bot.dialogue.store import Ticket
from bot.errors import StorageUnavailable

WINDOWS: Final[Mapping[str, tuple[time, time]]] = {
    "morning": (time(9, 30), time(12, 0)),
    "afternoon": (time(13, 0), time(17, 0)),
    "evening": (time(17, 30), time(20, 30)),
}
QUIET: Final = (time(21, 0), time(9, 0))  # nothing goes from the first to the second, whatever a ticket says
SOONEST: Final = 20 * 3600  # seconds after the yes: the next day, not the same
AGE: Final = 30 * 86400  # a yes that is older counts no more
APART: Final = 600  # seconds by which our clock and the store's may differ
SHORTEST: Final = 900  # seconds of a window that must be left to plan it
TRIES: Final = 3  # what was surely not taken is tried so often
NOT_TAKEN: Final = frozenset({"throttled", "transient"})


class Tickets(Protocol):
    """What `storage` does for check-ins."""

    def look(self, shard: str, ident: str) -> Ticket | None: ...
    def claim(self, shard: str, ident: str) -> Ticket | None: ...
    def talking(self, ticket: Ticket) -> bool: ...
    def confirm(self, ticket: Ticket) -> bool: ...
    def settle(self, ticket: Ticket, session: Session | None, ttl: int) -> bool: ...
    def opt_out(self, address: str) -> None: ...
    def clock(self) -> float: ...


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the operator's settings say. Durations in seconds."""

    zone: ZoneInfo
    sms_two_way: bool  # people can answer our SMS
    template: bool  # an approved WhatsApp template for the check-in is set
    free: int = 23 * 3600 + 50 * 60  # after their last message, without a template
    days: int = 7  # the latest day, counted from the yes
    reply_ttl: int = 48 * 3600  # the session that waits for the answer


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A window on one day. Unix seconds."""

    opens: int
    closes: int


def slot(rules: Rules, window: str, channel: str, now: datetime) -> Slot | None:
    """The first such window that is not too soon, where it can arrive and be answered; None if there is none."""
    if window not in WINDOWS or (channel == "sms" and not rules.sms_two_way):
        return None
    latest = now.timestamp() + rules.days * 86400
    if channel == "whatsapp" and not rules.template:
        latest = now.timestamp() + rules.free
    today = now.astimezone(rules.zone).date()
    for days in range(1, rules.days + 1):
        opens, closes = _on(rules.zone, today + timedelta(days=days), window)
        opens, closes = max(opens, now.timestamp() + SOONEST), min(closes, latest)
        if closes - opens >= SHORTEST:
            return Slot(opens=int(opens), closes=int(closes))
    return None


def may_offer(rules: Rules) -> Lookup:
    """The lookup `checkin`: may one be offered here, and once a window was picked, in that window?"""

    def lookup(query: Query) -> Found:
        picked = query.facts.get("window", "")
        windows = [picked] if picked else list(WINDOWS)
        fits = any(slot(rules, window, query.channel, query.now) for window in windows)
        possible = fits and query.facts.get("age") != "child"
        return Found(facts={"checkin": "possible" if possible else "no"})

    return lookup


def plan(
    rules: Rules, ident: Callable[[], str], spread: Callable[[], float]
) -> Callable[[str, Inbound, Session, datetime], Ticket | None]:
    """How a ticket is made of a yes: (window, inbound, session before, now) -> ticket, None where none may go.

    ident: 128 random bits as letters and digits. spread: random, 0 to 1: not everybody is written to at one minute.
    """

    def made(window: str, inbound: Inbound, session: Session, now: datetime) -> Ticket | None:
        found = slot(rules, window, inbound.channel, now)
        if found is None or session.child or session.facts.get("age") == "child" or not inbound.answerable:
            return None
        return Ticket(
            id=ident(),
            address=inbound.address,
            channel=inbound.channel,
            language=session.language,
            script=session.script,
            consented=int(now.timestamp()),
            last_inbound=int(now.timestamp()),
            opens=found.opens + int((found.closes - found.opens) * min(max(spread(), 0.0), 1.0) / 2),
            closes=found.closes,
        )

    return made


def verdict(ticket: Ticket, now: float, zone: ZoneInfo) -> str:
    """May it go at this moment? go | early | quiet (both may pass) | late (never). `now` in Unix seconds."""
    if now > ticket.closes or now - ticket.consented > AGE or now < ticket.consented - APART:
        return "late"
    if now < ticket.opens:
        return "early"
    wall = datetime.fromtimestamp(now, UTC).astimezone(zone).time()
    return "quiet" if wall >= QUIET[0] or wall < QUIET[1] else "go"


@dataclass(frozen=True, kw_only=True)
class Checkins:
    """Sends what is due. `text` renders the message; `deliver` is one try, and says sent, unknown, or why not."""

    rules: Rules
    script: Script
    tickets: Tickets
    text: Callable[[Ticket], str]
    deliver: Callable[[Ticket, str], str]
    clock: Callable[[], float]
    pause: Callable[[float], None]

    def send(self, shard: str, ident: str) -> str:
        """One check-in, at most. Returns what became of it.

        sent, unknown (perhaps gone; never again), a kind of refusal (nothing went), late, withdrawn, gone (somebody
        else's, or erased); or, with the ticket still in its place: early, quiet, talking, clocks.
        """
        ticket = self.tickets.look(shard, ident)
        waits = self._waits(ticket) if ticket is not None else ""
        if waits:
            return waits
        claimed = self.tickets.claim(shard, ident)
        if ticket is None or claimed is None:
            return "gone"
        if verdict(claimed, self.clock(), self.rules.zone) != "go":
            self.tickets.settle(claimed, None, 0)
            return "late"
        outcome = self._deliver(claimed)
        with contextlib.suppress(StorageUnavailable):  # what happened has happened
            self._after(claimed, outcome)
        return outcome

    def _waits(self, ticket: Ticket) -> str:
        """Why the ticket stays where it is for now; "" if it is to be claimed (to be sent, or because it is late)."""
        if abs(self.clock() - self.tickets.clock()) > APART:
            return "clocks"
        found = verdict(ticket, self.clock(), self.rules.zone)
        if found in {"early", "quiet"}:
            return found
        return "talking" if found == "go" and self.tickets.talking(ticket) else ""

    def _deliver(self, ticket: Ticket) -> str:
        """Tries again only what was surely not taken, and looks for a no and at the clock before every try."""
        text = self.text(ticket)
        outcome = "withdrawn"
        for number in range(TRIES):
            if verdict(ticket, self.clock(), self.rules.zone) != "go":
                return "late" if number == 0 else outcome
            if not self.tickets.confirm(ticket):
                return "withdrawn"
            outcome = self.deliver(ticket, text)
            if outcome not in NOT_TAKEN:
                return outcome
            if number + 1 < TRIES:
                self.pause(2.0 * (number + 1))
        return outcome

    def _after(self, ticket: Ticket, outcome: str) -> None:
        if outcome == "opted_out":
            self.tickets.opt_out(ticket.address)
        elif outcome in {"sent", "unknown"}:
            self.tickets.settle(ticket, self._waiting(ticket), self.rules.reply_ttl)
        elif outcome != "withdrawn":
            self.tickets.settle(ticket, None, 0)

    def _waiting(self, ticket: Ticket) -> Session:
        """The session for the answer: language and step, nothing that says that anybody wrote before."""
        return Session(
            script=self.script.hash,
            language=ticket.language,
            channel=ticket.channel,
            step=self.script.entries["checkin_reply"],
        )


def _on(zone: ZoneInfo, day: date, window: str) -> tuple[float, float]:
    """A window by the clock on the wall of that day, in Unix seconds: whatever daylight saving does."""
    first, last = WINDOWS[window]
    return datetime.combine(day, first, zone).timestamp(), datetime.combine(day, last, zone).timestamp()
