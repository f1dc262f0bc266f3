"""Brakes: whom we meet with silence, so that nobody can make us pay, or keep us from others.

Owns: the weights, the three brakes (one person, one prefix, everybody), the spend brake, and their counters.
Never: holding back danger or a need (only the spend brake may, and never for a number at home), an address in a key:
counters hold a country's prefix and a sum.

What leads on weighs 1, what does not weighs 6. So the sixth idle message within ten minutes (a bot that answers
every reply, a hand that plays) is met with silence, while a talk with a "thanks" in it goes on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from bot.channels.message import Inbound
from bot.dialogue.reading import Reading
from bot.errors import StorageUnavailable
from bot.storage import keys
from bot.storage.connect import Connection, Script

IDLE: Final = 6
SPAN: Final = 600  # seconds of the brakes
DAY: Final = 86400  # seconds of the spend brake
HOME: Final = "355"
# Country codes of one and of two digits; all others have three (ITU-T E.164).
_ONE: Final = frozenset("17")
_TWO: Final = frozenset(
    str(code)
    for code in (20, 27, *range(30, 35), 36, 39, 40, 41, *range(43, 50), *range(51, 59), *range(60, 67), 81, 82, 84, 86,
                 *range(90, 96), 98)
)  # fmt: skip
# Networks of no country, where one message can cost a day's worth of others: satellites, premium rate (ITU-T E.164).
_COSTLY: Final = frozenset({"870", "878", "881", "882", "883", "888", "979"})
_ALWAYS: Final = frozenset({"delete", "stop", "close", "numbers", "help"})  # leaving, and asking for a number


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Where the brakes begin. `idle` and `most` are weights of one person in ten minutes, the others messages."""

    idle: int = 5 * IDLE  # from here on only what leads on is answered
    most: int = 60  # from here on only danger, a need and leaving
    prefix: int = 600  # of one foreign prefix in ten minutes
    everybody: int = 20_000  # in ten minutes
    spend: int = 5_000  # of one foreign prefix in a day; holds back all that comes from there
    costly: int = 50  # the same for a network of no country, where only danger, a need and leaving are answered
    flush: float = 1.0  # seconds of counting in the process before the sum is shared


class Sums(Protocol):
    """Counters that all processes share."""

    def add(self, name: str, number: int, span: int) -> int:
        """Adds, and gives the sum of this span of so many seconds. Raises StorageUnavailable."""
        ...


# KEYS: counter   ARGV: number, ttl in ms
_ADD: Final = Script(
    """
if redis.call('TYPE', KEYS[1]).ok == 'string' and not tonumber(redis.call('GET', KEYS[1])) then
  redis.call('DEL', KEYS[1])
end
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return sum
"""
)


class RedisSums:
    """On Redis: one atomic script for each sum."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, name: str, number: int, span: int) -> int:
        return int(self._connection.run(_ADD, [keys.pace(name)], [number, span * 1000], again=False))


class MemorySums:
    """The same for one process."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._sums: dict[str, tuple[int, float]] = {}

    def add(self, name: str, number: int, span: int) -> int:
        with self._lock:
            sum_, until = self._sums.get(name, (0, 0.0))
            if until <= self._clock():
                sum_, until = 0, self._clock() + span
            self._sums[name] = (sum_ + number, until)
            return sum_ + number


@dataclass
class _Share:
    """What this process knows of one sum: the shared number when it last asked, and its own since then."""

    known: int = 0
    own: int = 0
    asked: float = float("-inf")


class Brakes:
    """Safe between threads. Asked once for each message that was understood, whatever it says; it counts them all."""

    def __init__(self, sums: Sums, rates: Rates | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._sums, self._rates, self._clock = sums, rates or Rates(), clock
        self._lock = threading.Lock()
        self._shares: dict[str, _Share] = {}

    def __call__(self, hits: int, inbound: Inbound, reading: Reading, now: datetime) -> bool:
        """Is this message met with silence? `hits`: weight of what this texter was answered in ten minutes."""
        if inbound.channel == "demo":  # has a pace of its own
            return False
        rates, prefix = self._rates, prefix_of(inbound.address)
        everybody = self._count("all", SPAN)
        foreign = self._count(prefix, SPAN) if prefix != HOME else 0
        spent = self._count(f"{prefix}-{day(now)}", DAY) if prefix != HOME else 0
        if spent > (rates.costly if prefix in _COSTLY else rates.spend):
            return True
        if pressing(reading):
            return False
        if prefix in _COSTLY or hits >= rates.most or foreign > 2 * rates.prefix or everybody > 2 * rates.everybody:
            return True
        crowded = hits >= rates.idle or foreign > rates.prefix or everybody > rates.everybody
        return crowded and weight(reading) == IDLE

    def spending(self, now: datetime) -> int:
        """How many foreign prefixes are held back today because of what they cost, as far as this process knows."""
        with self._lock:
            shares = [share for name, share in self._shares.items() if name.endswith(f"-{day(now)}")]
        return sum(share.known + share.own > self._rates.spend for share in shares)

    def _count(self, name: str, span: int) -> int:
        """One more, and the sum as far as this process knows it; without Redis, its own."""
        with self._lock:
            share = self._shares.setdefault(name, _Share())
            share.own += 1
            number, due = share.own, self._clock() - share.asked >= self._rates.flush
            if not due:
                return share.known + number
            share.own, share.asked = 0, self._clock()
            self._tidy()
        try:
            known = self._sums.add(name, number, span)
        except StorageUnavailable:
            with self._lock:
                share.own += number
                return share.known + share.own
        with self._lock:
            share.known = known
            return known + share.own

    def _tidy(self) -> None:
        """Sums that nobody added to for a day are left to Redis."""
        old = [name for name, share in self._shares.items() if self._clock() - share.asked > DAY]
        for name in old:
            del self._shares[name]


def pressing(reading: Reading) -> bool:
    """What no brake of a person, a prefix or everybody holds back: danger, a need, leaving, asking for a number."""
    return reading.danger != "none" or bool(reading.needs) or reading.command in _ALWAYS


def weight(reading: Reading) -> int:
    """How much a message counts: IDLE, or 1 if it says something that leads on."""
    leads = reading.command not in {"", "greeting", "thanks", "insult"}
    said = reading.choice or reading.answer or reading.organization or reading.number >= 0
    places = reading.place.kind not in {"none", "unknown"}
    return 1 if pressing(reading) or leads or said or places else IDLE


def prefix_of(address: str) -> str:
    """The country code of a number, the two letters of a WhatsApp id (355 for AL), or "other"."""
    bare = keys.canonical(address)
    if bare.isascii() and bare.isdigit():
        return bare[:1] if bare[:1] in _ONE else bare[:2] if bare[:2] in _TWO else bare[:3]
    country = bare[:2].lower() if bare[2:3] == "." and bare[:2].isascii() and bare[:2].isalpha() else "other"
    return HOME if country == "al" else country


def day(now: datetime) -> str:
    """YYYYMMDD, in UTC."""
    return now.astimezone(UTC).strftime("%Y%m%d")
