"""Status calls and signs of trouble, over a real store."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from bot import trouble
from bot.delivery import follow
from bot.dialogue.store import Change, Ticket
from bot.settings import Limits
from bot.storage import counts, keyring, pulse
from bot.storage.connect import Connection
from bot.storage.embedded import Embedded
from bot.storage.memory import Memory
from bot.storage.sessions import Redis

NUMBERS = itertools.count(355_697_000_000)
SID = "SM" + "7" * 32


@pytest.fixture
def store(valkey: Embedded) -> Iterator[Redis]:
    connection = Connection(valkey.url)
    connection.do(lambda client: client.flushall())
    yield Redis(connection, keyring.random())
    connection.close()


@pytest.fixture
def address(store: Redis) -> str:
    """Somebody with a ticket, due in an hour."""
    address = f"+{next(NUMBERS)}"
    plan(store, address, time.time() + 3600)
    return address


def plan(store: Redis, address: str, opens: float) -> None:
    now = int(time.time())
    ticket = Ticket(
        id="a" * 32, address=address, channel="sms", language="sq", script="x", consented=now, last_inbound=now,
        opens=int(opens), closes=int(opens) + 3600,
    )  # fmt: skip
    texter, dedup = store.texter(address), store.dedup("sms", "SM1")
    assert store.commit(texter, "sms", dedup, 0, Change(session=None, ttl=0, ticket=ticket)) is None


def call(status: str, address: str, **more: str) -> dict[str, str]:
    return {"MessageSid": SID, "MessageStatus": status, "To": address} | more


def out(store: Redis, address: str) -> bool:
    return store.open(store.texter(address), "sms", "0" * 32).opted_out


def test_each_state_counts_once_and_never_goes_back(store: Redis, address: str) -> None:
    seen: Counter[str] = Counter()
    told = follow(store, lambda name: seen.update([name]))
    for status in ("sent", "queued", "sent", "delivered", "sent", "delivered", "read", "nonsense", ""):
        told(call(status, address))
    assert seen == {"message_sent": 1, "message_delivered": 1}
    assert store.tickets.waiting()[0] == 1
    assert not out(store, address)


@pytest.mark.parametrize("code", ["21610", "63014"])
def test_a_no_that_the_carrier_knows_of_is_ours_too(store: Redis, address: str, code: str) -> None:
    seen: Counter[str] = Counter()
    follow(store, lambda name: seen.update([name]))(call("failed", address, ErrorCode=code))
    assert out(store, address)
    assert store.tickets.waiting()[0] == 0
    assert seen == {"message_failed": 1, f"code_{code}": 1}


def test_it_holds_on_the_other_channel_too(store: Redis, address: str) -> None:
    follow(store, lambda _name: None)(call("undelivered", f"whatsapp:{address}", ErrorCode="63014"))
    assert store.tickets.waiting()[0] == 0


def test_what_can_never_arrive_is_not_tried(store: Redis, address: str) -> None:
    follow(store, lambda _name: None)(call("undelivered", address, ErrorCode="30005"))
    assert store.tickets.waiting()[0] == 0
    assert not out(store, address)


@pytest.mark.parametrize("code", ["30003", "30008", "30007", "99999", "", "x"])
def test_other_failures_change_nothing_here(store: Redis, address: str, code: str) -> None:
    follow(store, lambda _name: None)(call("undelivered", address, ErrorCode=code))
    assert store.tickets.waiting()[0] == 1
    assert not out(store, address)


def test_a_call_without_a_message_is_nothing(store: Redis) -> None:
    seen: list[str] = []
    follow(store, seen.append)({"MessageStatus": "sent"})
    follow(Memory(), seen.append)(call("sent", "+355690000000"))
    assert seen == []


def test_trouble_is_named(store: Redis) -> None:
    now, limits = time.time(), Limits()
    assert trouble.reasons(store, limits, now) == ["worker", "sweep"]
    pulse.beat(store.connection, "worker", now)
    pulse.beat(store.connection, "sweep", now)
    assert trouble.reasons(store, limits, now) == []
    plan(store, f"+{next(NUMBERS)}", now - 100)
    assert trouble.reasons(store, limits, now) == ["due"]
    store.tickets.take(now, 90)
    assert trouble.reasons(store, limits, now) == []
    assert trouble.reasons(store, limits, now + 50) == ["sweep"]


def test_the_numbers_for_the_operator(store: Redis, address: str) -> None:
    now = time.time()
    counts.add(store.connection, "checkin:sent", now)
    counts.add(store.connection, "checkin:sent", now)
    assert trouble.gauges(store, now) == {
        "redis_up": 1,
        "checkins_waiting": 1,
        "checkins_late_seconds": 0,
        "checkin_sent": 2,
    }
    pulse.beat(store.connection, "sweep", now)
    gauges = trouble.gauges(store, now + 5000)
    assert gauges["sweep_age_seconds"] == pytest.approx(5000, abs=2)
    assert gauges["checkins_late_seconds"] == pytest.approx(1400, abs=2)
    assert address[1:] not in str(gauges)
