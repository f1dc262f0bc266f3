"""No trace at the carrier: what is over is emptied there, and what is forgotten goes whole."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from carrier import SID
from twilio_account import Account, account

from bot import jobs
from bot.carriers.twilio.eraser import Eraser
from bot.carriers.twilio.outbox import Access, Outbox
from bot.carriers.twilio.requests import Sender
from bot.delivery import follow
from bot.dialogue.session import Session
from bot.dialogue.store import Change
from bot.erasing import Erasing
from bot.storage import counts, keyring, keys
from bot.storage.connect import Connection
from bot.storage.embedded import Embedded
from bot.storage.erasures import ANSWERED
from bot.storage.sessions import Redis

HOUR, DAY = 3600, 86_400
NUMBERS = itertools.count(355_694_000_000)
SENDER = Sender(account=SID, sms="+355690000999")
SESSION = Session(script="x", step="intake.menu")


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def twilio() -> Iterator[Account]:
    with account() as server:
        yield server


@pytest.fixture
def store(valkey: Embedded, clock: Clock) -> Iterator[Redis]:
    connection = Connection(valkey.url)
    connection.do(lambda client: client.flushall())
    yield Redis(connection, keyring.random(), clock)
    connection.close()


@pytest.fixture
def address() -> str:
    return f"+{next(NUMBERS)}"


@pytest.fixture
def erasing(twilio: Account, store: Redis, clock: Clock) -> Erasing:
    outbox = Outbox(Access(account=SID, token="t", base=twilio.base), limit=5, pause=lambda _: None)
    eraser = Eraser(outbox=outbox, sender=SENDER)
    return Erasing(eraser=eraser, erasures=store.erasures, clock=clock, longest=keys.ERASE_TTL)


def said(twilio: Account, store: Redis, address: str, number: int, *, forget: bool = False, media: bool = False) -> str:
    """One message of a person, as it lies at Twilio and was committed here; its sid."""
    sid = f"SM{number:032x}"
    twilio.log[sid] = {"sid": sid, "body": "burri me rreh"}
    if media:
        twilio.media[sid] = ["ME1", "ME2"]
    texter, dedup = store.texter(address), store.dedup("sms", sid)
    change = Change(session=None if forget else SESSION, ttl=1800, forget=forget, carried=sid, media=media)
    assert store.commit(texter, "sms", dedup, store.open(texter, "sms", dedup).version, change) is None
    return sid


def replied(twilio: Account, store: Redis, address: str, number: int, status: str = "delivered") -> str:
    """A message of ours, and the carrier's call that it is over; its sid."""
    sid = f"SM{number:032x}"
    twilio.log[sid] = {"sid": sid, "body": "Linja 116 117"}
    follow(store, lambda _name: None)({"MessageSid": sid, "MessageStatus": status, "To": address})
    return sid


def test_what_was_said_and_answered_is_emptied_within_a_minute(
    twilio: Account, store: Redis, clock: Clock, erasing: Erasing, address: str
) -> None:
    asked = said(twilio, store, address, 1)
    reply = replied(twilio, store, address, 2)
    assert erasing.go() == {"emptied": 1}, "the carrier may still be waiting for our answer to hers"
    clock.now += ANSWERED
    assert erasing.go() == {"emptied": 1}
    assert {sid: twilio.log[sid]["body"] for sid in (asked, reply)} == {asked: "", reply: ""}
    clock.now += DAY
    assert erasing.go() == {}


@pytest.mark.parametrize("status", ["queued", "sending", "sent"])
def test_what_is_still_on_its_way_is_left_alone(
    twilio: Account, store: Redis, erasing: Erasing, address: str, status: str
) -> None:
    said(twilio, store, address, 1)
    replied(twilio, store, address, 2, status)
    assert erasing.go() == {}


def test_whoever_is_forgotten_leaves_nothing_at_the_carrier(
    twilio: Account, store: Redis, clock: Clock, erasing: Erasing, address: str
) -> None:
    said(twilio, store, address, 1, media=True)
    replied(twilio, store, address, 2)
    other = said(twilio, store, f"+{next(NUMBERS)}", 3)
    said(twilio, store, address, 4, forget=True)
    clock.now += ANSWERED
    erasing.go()
    assert set(twilio.log) == {other}, "hers, ours, and the one that asked for it"
    assert twilio.media == {f"SM{1:032x}": []}
    # Our answer to it is over only now: nobody is remembered, so it goes whole.
    replied(twilio, store, address, 5)
    assert erasing.go() == {"erased": 1}
    assert set(twilio.log) == {other}


def test_the_operators_command_reaches_the_carrier_too(
    twilio: Account, store: Redis, clock: Clock, erasing: Erasing, address: str
) -> None:
    said(twilio, store, address, 1)
    store.forget(store.texter(address))
    clock.now = time.time() + ANSWERED
    erasing.go()
    assert twilio.log == {}


def test_a_check_in_goes_whole_as_soon_as_it_arrived(
    twilio: Account, store: Redis, erasing: Erasing, address: str
) -> None:
    replied(twilio, store, address, 1)
    assert erasing.go() == {"erased": 1}
    assert twilio.log == {}


def test_a_message_that_is_over_counts_once(twilio: Account, store: Redis, erasing: Erasing, address: str) -> None:
    for status in ("delivered", "delivered", "read"):
        replied(twilio, store, address, 1, status)
    assert erasing.go() == {"erased": 1}


def test_20009_is_tried_again_after_as_long_as_it_waited_for_fourteen_days(
    twilio: Account, store: Redis, clock: Clock, erasing: Erasing, address: str
) -> None:
    twilio.busy = {replied(twilio, store, address, 1)}
    tries, began = list[float](), clock.now
    while "left" not in (done := erasing.go()):
        if done:
            assert done == {"later": 1}
            tries.append(clock.now - began)
        clock.now += 30 if clock.now - began < HOUR else 600
    pauses = [after - before for before, after in itertools.pairwise(tries)]
    assert pauses == sorted(pauses)
    assert 60 <= pauses[0] <= 90
    assert pauses[-1] <= 6 * HOUR + 600
    assert 14 * DAY - 6 * HOUR <= tries[-1] <= 14 * DAY
    assert len(tries) < 80
    clock.now += DAY
    assert erasing.go() == {}


def test_once_the_carrier_lets_us_it_is_done(
    twilio: Account, store: Redis, clock: Clock, erasing: Erasing, address: str
) -> None:
    twilio.busy = {replied(twilio, store, address, 1)}
    assert erasing.go() == {"later": 1}
    twilio.busy.clear()
    assert erasing.go() == {}, "not before its pause is over"
    clock.now += 60
    assert erasing.go() == {"erased": 1}


def test_what_the_carrier_does_not_know_any_more_is_done(
    twilio: Account, store: Redis, erasing: Erasing, address: str
) -> None:
    replied(twilio, store, address, 1)
    twilio.log.clear()
    assert erasing.go() == {"erased": 1}


def test_a_worker_that_dies_loses_nothing(store: Redis, clock: Clock, twilio: Account, address: str) -> None:
    replied(twilio, store, address, 1)
    taken = store.erasures.take(clock.now, 60, 10)
    assert [task.message.id for task in taken] == [f"SM{1:032x}"]
    assert store.erasures.take(clock.now + 59, 60, 10) == []
    assert store.erasures.take(clock.now + 61, 60, 10) == taken


def test_a_carrier_that_is_away_keeps_everything_waiting(store: Redis, clock: Clock, address: str) -> None:
    with account() as gone:
        replied(gone, store, address, 1)
    outbox = Outbox(Access(account=SID, token="t", base=gone.base), limit=1, pause=lambda _: None)
    eraser = Eraser(outbox=outbox, sender=SENDER)
    away = Erasing(eraser=eraser, erasures=store.erasures, clock=clock, longest=keys.ERASE_TTL)
    assert away.go() == {"later": 1}
    assert store.erasures.waiting(clock.now + 120) == 1


def test_what_waits_can_be_read_by_nobody_and_is_nobodys(store: Redis, twilio: Account, address: str) -> None:
    sid = said(twilio, store, address, 1)
    said(twilio, store, address, 2, forget=True)
    texter = store.texter(address)

    def read(client: object) -> list[bytes]:
        return [member for shard in keys.shards() for member in client.zrange(keys.erase(shard), 0, -1)]  # type: ignore[attr-defined]

    members = store.connection.do(read)
    assert len(members) == 3  # to be emptied, the same to be erased, and the one that asked for it
    assert not any(sid.encode() in member or texter.encode() in member for member in members)
    assert not store.connection.do(lambda client: client.exists(keys.said(texter)))


def test_garbage_at_our_names_is_in_nobodys_way(
    store: Redis, twilio: Account, clock: Clock, erasing: Erasing, address: str
) -> None:
    shard = keys.shard_of(store.texter(address))
    store.connection.do(lambda client: client.set(keys.said(store.texter(address)), "garbage"))
    store.connection.do(lambda client: client.set(keys.erase(shard), "garbage"))
    said(twilio, store, address, 1)
    store.connection.do(lambda client: client.zadd(keys.erase(shard), {b"e not sealed by us": 0}))
    clock.now += ANSWERED
    assert erasing.go() == {"emptied": 1}
    assert store.erasures.waiting(clock.now + DAY) == 0


def test_the_workers_job_keeps_only_sums(
    twilio: Account, valkey: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    keyring.write(tmp_path / "keys", keyring.fresh(0))
    environ = {
        "REDIS_URL": valkey.url, "BESA_KEY_FILE": str(tmp_path / "keys"), "TWILIO_ACCOUNT_SID": SID,
        "TWILIO_AUTH_TOKEN": "t", "PUBLIC_URL": "http://127.0.0.1:9", "TWILIO_API_BASE": twilio.base,
        "TWILIO_SMS_FROM": SENDER.sms,
    }  # fmt: skip
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    jobs.desk.cache_clear()
    try:
        here = jobs.desk()
        here.store.connection.do(lambda client: client.flushall())
        replied(twilio, here.store, address, 1)
        jobs.erase()
        sums = counts.read(here.store.connection, counts.month(time.time()))
    finally:
        jobs.desk.cache_clear()
    assert {name: number for name, number in sums.items() if name.startswith("erase:")} == {"erase:erased": 1}
    assert twilio.log == {}
