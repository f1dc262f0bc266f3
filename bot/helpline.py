"""The straight line: read session, understand, advance, render, commit.

Owns: the order of these, trying again when somebody was faster, and the outcome of every inbound.
Never: Redis, a provider, words, rules of the dialogue; all that is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import msgspec

from bot.channels import payload
from bot.channels.message import Capabilities, Inbound, Outbound
from bot.channels.render import render
from bot.dialogue.engine import advance, expecting, fresh
from bot.dialogue.facts import ORIGIN
from bot.dialogue.lookups import Lookup, Values
from bot.dialogue.reading import Expecting, PlaceReading, Reading
from bot.dialogue.script import Script
from bot.dialogue.session import Exchange, Said, Session
from bot.dialogue.store import Change, Opened, Store, Ticket
from bot.dialogue.turn import Turn
from bot.errors import StorageUnavailable

ON_THE_WAY: Final = 30  # seconds in which a next point is the same location being shared, wherever it lies
RECENT: Final = 4  # exchanges a session remembers, to say the same again to a repeated delivery
NUMBER: Final = re.compile(r"(?:[a-z]+:)?\+([0-9]+)")  # an address that is a number, with its channel or without
MEDIA: Final = frozenset({"photo", "voice", "file"})


class Reader(Protocol):
    """Text in, Reading out; never raises."""

    def read(self, text: str, expecting: Expecting = ..., language: str = ...) -> Reading: ...


# Is this message met with silence? (weight of the last ten minutes, inbound, reading, now)
Brake = Callable[[int, Inbound, Reading, datetime], bool]


def unbraked(_hits: int, _inbound: Inbound, _reading: Reading, _now: datetime) -> bool:
    """Nobody is held back: for talks with ourselves."""
    return False


# When a consented check-in goes: (window, inbound, session before, now) -> ticket, or None where none may go.
Plan = Callable[[str, Inbound, Session, datetime], Ticket | None]


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything the straight line is made of; `build` joins it."""

    script: Script
    reader: Reader
    place_at: Callable[[float, float], PlaceReading]
    lookups: Mapping[str, Lookup]
    values: Values
    plan: Plan
    brake: Brake = unbraked
    origin: Callable[[str], str] = lambda _digits: ""  # the foreign country of a number, "" for all others
    county: Callable[[str], str] = lambda _place: ""  # the county of a place id, for counts
    weigh: Callable[[Reading], int] = lambda _reading: 1
    capabilities: Mapping[str, Capabilities]
    letters: str = "plain"
    language: str = "sq"
    session_seconds: int = 1800
    commits: int = 3


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What became of one inbound. `outcome`: reply, repeat, carrier_answered, not_answerable, braked, live_location."""

    outcome: str
    outbound: Outbound | None = None
    turn: Turn | None = None
    reading: Reading | None = None


class Helpline:
    """One per process; safe to share between threads, it holds no state of its own."""

    def __init__(self, parts: Parts, store: Store) -> None:
        self.parts, self.store = parts, store

    def answer(self, inbound: Inbound, now: datetime) -> Outbound | None:
        """The reply to one inbound; None is one of the named silences. Raises StorageUnavailable."""
        return self.hear(inbound, now).outbound

    def hear(self, inbound: Inbound, now: datetime) -> Heard:
        """The same, with how it came about. A lost race is advanced again, a repeated delivery answered the same."""
        if not inbound.answerable:
            return Heard(outcome="not_answerable")
        texter = self.store.texter(inbound.address, *inbound.aliases)
        dedup = self.store.dedup(inbound.channel, inbound.dedup)
        opened: Opened | None = self.store.open(texter, inbound.channel, dedup)
        texter = self._whole(texter, inbound, opened)
        for _ in range(self.parts.commits):
            assert opened is not None  # noqa: S101  (commit hands back a state or None, and None ends the loop)
            if opened.seen:
                return self._repeat(opened, inbound, now)
            heard, change = self._turn(opened, inbound, dedup, now)
            if change is None:
                return heard
            opened = self.store.commit(texter, inbound.channel, dedup, opened.version, change)
            if opened is None:
                return heard
        raise StorageUnavailable("The session moved under every try.")

    def _whole(self, texter: str, inbound: Inbound, opened: Opened | None) -> str:
        """The texter id with all that was ever named with it, so that leaving reaches them too; what this message names
        for the first time is tied before anything depends on it."""
        others = opened.others if opened else ()
        named = [self.store.texter(alias) for alias in inbound.aliases]
        if any(one.partition(".")[0] not in others for one in named):
            self.store.tie(texter, *named)
        return ".".join(dict.fromkeys([*texter.split("."), *others]))

    def read(self, inbound: Inbound, session: Session) -> Reading:
        """What was understood of an inbound at this point of a talk."""
        parts = self.parts
        if inbound.kind == "location":
            return Reading(kind="location", intent="place", place=_pinned(inbound, parts.place_at))
        tap = payload.read(inbound.payload)
        if tap is not None:
            return _tapped(tap, session)
        if inbound.kind in MEDIA and not inbound.text.strip():
            return Reading(kind=inbound.kind)
        if not inbound.text.strip():
            return Reading(kind="empty")
        return parts.reader.read(inbound.text, expecting(parts.script, session), session.language)

    def _turn(self, opened: Opened, inbound: Inbound, dedup: str, now: datetime) -> tuple[Heard, Change | None]:
        session = self._session(opened.session, inbound, now)
        if inbound.carrier_word == "STOP":
            return self._stopped(inbound)
        reading = self.read(inbound, session)
        if _still_there(session, reading, now):
            return Heard(outcome="live_location", reading=reading), None
        if self.parts.brake(opened.hits, inbound, reading, now):
            return Heard(outcome="braked", reading=reading), None
        turn = advance(self.parts.script, session, reading, self.parts.lookups, now)
        exchange = Exchange(key=dedup, says=turn.says, child=turn.child, language=turn.language)
        change = self._change(turn, exchange, session, inbound, now)
        change = msgspec.structs.replace(change, weight=self.parts.weigh(reading))
        outbound = self._render(exchange, inbound.channel, now)
        return Heard(outcome="reply", outbound=outbound, turn=turn, reading=reading), change

    def _session(self, stored: Session | None, inbound: Inbound, now: datetime) -> Session:
        """The stored session if its script is known here, else a blank one that keeps the language.

        Where the number that is written from is of another country, that country's code is among the facts.
        """
        return _from(self._kept(stored, inbound, now), self.parts.origin(_digits(inbound)))

    def _kept(self, stored: Session | None, inbound: Inbound, now: datetime) -> Session:
        if stored is not None and stored.script == self.parts.script.hash:
            return stored
        language = stored.language if stored is not None else self.parts.language
        blank = fresh(self.parts.script, language, inbound.channel, now)
        entry = self.parts.script.entries["checkin_reply"]
        if stored is not None and stored.step == entry:
            return msgspec.structs.replace(blank, step=entry)
        return blank

    def _stopped(self, inbound: Inbound) -> tuple[Heard, Change]:
        """The carrier has answered STOP by itself, and lets nothing of ours through until START."""
        return Heard(outcome="carrier_answered"), Change(
            session=None, ttl=0, cancel=True, opt_out=True, carried=inbound.dedup
        )

    def _change(self, turn: Turn, exchange: Exchange, before: Session, inbound: Inbound, now: datetime) -> Change:
        kinds = {effect.kind: effect.data for effect in turn.effects}
        session = turn.session
        if session is not None:
            recent = (*before.recent, exchange)[-RECENT:]
            session = msgspec.structs.replace(
                session, recent=recent, last_inbound=int(now.timestamp()), pinned=inbound.kind == "location"
            )
        ticket = self._ticket(kinds, before, inbound, now)
        return Change(
            session=session,
            ttl=self.parts.session_seconds,
            exchange=exchange if session is None else None,
            ticket=ticket,
            cancel=not kinds.keys().isdisjoint({"cancel", "forget", "optout"}),
            forget="forget" in kinds,
            opt_out=True if "optout" in kinds else False if ticket is not None else None,
            counts=self._counts(turn),
            carried=inbound.dedup,
            media=inbound.media,
        )

    def _counts(self, turn: Turn) -> tuple[str, ...]:
        """Names to add one to; need and county of an offer each by itself, never together."""
        names = [f"{effect.kind}:{effect.data}" for effect in turn.effects if effect.kind in COUNTED]
        offered = turn.session is not None and any(name.startswith("offered:") for name in names)
        county = self.parts.county(turn.session.facts.get("place", "")) if offered and turn.session else ""
        return (*names, f"county:{county}") if county else tuple(names)

    def _ticket(self, kinds: Mapping[str, str], before: Session, inbound: Inbound, now: datetime) -> Ticket | None:
        if "schedule" not in kinds:
            return None
        ticket = self.parts.plan(kinds["schedule"], inbound, before, now)
        if ticket is None:
            raise StorageUnavailable("A check-in was promised that cannot be planned.")
        return ticket

    def _repeat(self, opened: Opened, inbound: Inbound, now: datetime) -> Heard:
        if opened.repeat is None:
            return Heard(outcome="repeat")
        return Heard(outcome="repeat", outbound=self._render(opened.repeat, inbound.channel, now))

    def _render(self, exchange: Exchange, channel: str, now: datetime) -> Outbound | None:
        if not exchange.says:
            return None
        parts = self.parts
        return render(
            parts.script,
            exchange.says,
            language=exchange.language,
            child=exchange.child,
            capabilities=parts.capabilities[channel],
            letters=parts.letters,
            values=parts.values,
            now=now,
        )

    def say(self, says: tuple[Said, ...], language: str, channel: str, now: datetime) -> Outbound | None:
        """Phrases as this channel shows them, outside any talk (the check-in)."""
        return self._render(Exchange(key="", says=says, language=language), channel, now)


COUNTED: Final = frozenset({"entered", "answered", "offered", "county"})


def _digits(inbound: Inbound) -> str:
    """The digits of the number that was written from; "" for an id without one. Only its first digits are looked at."""
    for address in (inbound.address, *inbound.aliases):
        number = NUMBER.fullmatch(address)
        if number:
            return number.group(1)
    return ""


def _from(session: Session, origin: str) -> Session:
    """With the country of the number as it is today: a blank session has none, and people change numbers."""
    if session.facts.get(ORIGIN, "") == origin:
        return session
    facts = {name: word for name, word in session.facts.items() if name != ORIGIN}
    return msgspec.structs.replace(session, facts=facts | ({ORIGIN: origin} if origin else {}))


def _still_there(session: Session, reading: Reading, now: datetime) -> bool:
    """Another point of a location that is being shared, with the answer to the first still standing."""
    place, facts = reading.place, session.facts
    if reading.kind != "location" or not session.pinned:
        return False
    if now.timestamp() - session.last_inbound < ON_THE_WAY:
        return True
    if place.kind == "abroad":
        return facts.get("placed") == "abroad" and facts.get("country", "") == place.country
    return place.kind != "one" or facts.get("place") == place.ids[0]


def _pinned(inbound: Inbound, place_at: Callable[[float, float], PlaceReading]) -> PlaceReading:
    """Where a pin lies; a broken one lies nowhere, which is asked about like a place we do not know."""
    if inbound.latitude is None or inbound.longitude is None:
        return PlaceReading(kind="unknown")
    return place_at(inbound.latitude, inbound.longitude)


def _tapped(tap: payload.Tap, session: Session) -> Reading:
    if tap.command:
        return Reading(kind="choice", command=tap.command)
    return Reading(
        kind="choice", intent="number_choice", choice=tap.choice, step="" if tap.step == session.step else tap.step
    )
