"""Brakes: who is met with silence, and who never is. The shared sums on a real store and in memory alike."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import redis

from bot import build, settings
from bot.channels.message import Inbound
from bot.dialogue.reading import PlaceReading, Reading
from bot.helpline import Heard, Helpline
from bot.storage import keyring, keys, limits
from bot.storage.connect import Connection
from bot.storage.embedded import Embedded
from bot.storage.limits import Brakes, MemorySums, Rates, RedisSums, Sums, prefix_of, weight
from bot.storage.memory import Memory
from bot.storage.sessions import Redis

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
HOME, ABROAD = "+355690000123", "+447700900001"  # the second: a range that no network gives out
IDLE = Reading(language="sq")
NEED = Reading(intent="need", needs=("shelter",))
DANGER = Reading(danger="now")
CHOICE = Reading(choice="sq", number=1)
RATES = Rates(prefix=10, everybody=100, spend=50, flush=0)
number = itertools.count(1)


@pytest.fixture(params=["memory", "redis"])
def sums(request: pytest.FixtureRequest) -> Iterator[Sums]:
    if request.param == "memory":
        yield MemorySums()
        return
    server: Embedded = request.getfixturevalue("valkey")
    redis.Redis.from_url(server.url).flushall()
    connection = Connection(server.url)
    yield RedisSums(connection)
    connection.close()


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "memory":
        yield Memory()
        return
    server: Embedded = request.getfixturevalue("valkey")
    redis.Redis.from_url(server.url).flushall()
    connection = Connection(server.url)
    yield Redis(connection, keyring.random())
    connection.close()


@pytest.fixture(scope="module")
def house() -> build.House:
    return build.house(settings.read({}))


@pytest.fixture
def helpline(house: build.House, store: Any) -> Helpline:
    parts = replace(house.helpline.parts, brake=Brakes(MemorySums(), Rates(flush=0)))
    return Helpline(parts, store)


def inbound(text: str, address: str = HOME, **more: Any) -> Inbound:
    channel = "whatsapp" if address.startswith("whatsapp:") else "sms"
    return Inbound(channel=channel, address=address, dedup=f"SM{next(number):032x}", text=text, **more)


def say(helpline: Helpline, text: str, address: str = HOME, now: datetime = NOW, **more: Any) -> Heard:
    return helpline.hear(inbound(text, address, **more), now)


# --- one person ---------------------------------------------------------------------------------------------------


def test_snd_11_another_bot_is_answered_five_times_and_then_not_at_all(helpline: Helpline) -> None:
    outcomes = [say(helpline, f"automatic reply {n:03} zzqx").outcome for n in range(20)]
    assert outcomes == ["reply"] * 5 + ["braked"] * 15


def test_a_braked_message_changes_nothing(helpline: Helpline) -> None:
    for n in range(5):
        say(helpline, f"zzqx {n}")
    before = helpline.store.open(helpline.store.texter(HOME), "sms", "never")
    again = inbound("zzqx again")
    assert [helpline.hear(again, NOW).outcome for _ in range(3)] == ["braked"] * 3
    assert helpline.store.open(helpline.store.texter(HOME), "sms", "never") == before


@pytest.mark.parametrize("text", ["ai me rreh", "my husband hits me", "help", "NDIHME", "0", "8", "FSHI", "NDAL"])
def test_danger_a_need_and_leaving_are_never_held_back(helpline: Helpline, text: str) -> None:
    for n in range(8):
        say(helpline, f"zzqx {n}")
    assert say(helpline, "zzqx").outcome == "braked"
    heard = say(helpline, text)
    assert heard.outcome == "reply"
    assert heard.outbound is not None


def test_who_answers_our_questions_is_never_in_the_way_of_the_brake(helpline: Helpline) -> None:
    talk = ["hello", "2", "thanks", "1", "Gjirokaster", "1", "7", "2", "thanks", "1", "zzqx", "numbers"]
    assert {say(helpline, text).outcome for text in talk} == {"reply"}


def test_somebody_who_leads_on_for_ever_is_braked_too_but_not_for_a_need(helpline: Helpline) -> None:
    outcomes = [say(helpline, "1" if n % 2 else "7").outcome for n in range(80)]
    assert outcomes.index("braked") == 60
    assert set(outcomes[60:]) == {"braked"}
    assert say(helpline, "he hits me").outcome == "reply"


def test_seq_06_twenty_messages_at_once_get_at_most_five_replies(helpline: Helpline) -> None:
    parts = replace(helpline.parts, commits=20)
    eager = Helpline(parts, helpline.store)
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda n: say(eager, f"zzqx {n}").outcome, range(20)))
    assert outcomes.count("reply") == 5
    assert outcomes.count("braked") == 15


def test_after_ten_minutes_everything_is_as_before(house: build.House) -> None:
    clock = {"now": NOW.timestamp()}
    parts = replace(house.helpline.parts, brake=Brakes(MemorySums()))
    helpline = Helpline(parts, Memory(clock=lambda: clock["now"]))
    assert [say(helpline, f"zzqx {n}").outcome for n in range(7)][-1] == "braked"
    clock["now"] += limits.SPAN + 1
    assert say(helpline, "zzqx", now=NOW + timedelta(seconds=limits.SPAN + 1)).outcome == "reply"


@pytest.mark.parametrize("address", ["+881612345678", "+979123456789", "+870773111222"])
def test_snd_08_where_a_message_costs_a_fortune_only_danger_and_leaving_are_answered_and_few(
    house: build.House, address: str
) -> None:
    parts = replace(house.helpline.parts, brake=Brakes(MemorySums(), Rates(flush=0, costly=4)))
    helpline = Helpline(parts, Memory())
    texts = ["pershendetje", "burri me rreh", "1", "0", "help, he hits me"]
    assert [say(helpline, text, address).outcome for text in texts] == ["braked", "reply", "braked", "reply", "braked"]
    assert say(helpline, "pershendetje").outcome == "reply", "nobody else notices"


def test_the_demo_page_has_a_pace_of_its_own() -> None:
    brakes = Brakes(MemorySums(), RATES)
    demo = msgspec.structs.replace(inbound("zzqx"), channel="demo")
    assert not any(brakes(1000, demo, IDLE, NOW) for _ in range(300))


@pytest.mark.parametrize(
    ("reading", "weighs"),
    [
        (IDLE, 6), (Reading(command="greeting"), 6), (Reading(command="thanks"), 6), (Reading(kind="photo"), 6),
        (Reading(place=PlaceReading(kind="unknown")), 6), (CHOICE, 1), (NEED, 1), (DANGER, 1),
        (Reading(answer="yes"), 1), (Reading(command="back"), 1),
        (Reading(place=PlaceReading(kind="one", ids=("x",))), 1), (Reading(number=4), 1),
        (Reading(organization="x"), 1),
    ],
)  # fmt: skip
def test_what_leads_on_weighs_little(reading: Reading, weighs: int) -> None:
    assert weight(reading) == weighs


# --- a prefix, everybody, money -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("+355690000123", "355"), ("whatsapp:+355690000123", "355"), ("whatsapp:AL.13491208655302741918", "355"),
        ("+393331234567", "39"), ("+12025550123", "1"), ("+79990000000", "7"), ("+38344000000", "383"),
        ("+447700900123", "44"), ("whatsapp:IT.1349", "it"), ("Vodafone", "other"), ("", "other"), ("+", "other"),
    ],
)  # fmt: skip
def test_a_prefix_is_a_country_and_nothing_more(address: str, prefix: str) -> None:
    assert prefix_of(address) == prefix


def test_a_flood_from_one_foreign_prefix_is_braked_and_home_is_not(sums: Sums) -> None:
    brakes = Brakes(sums, RATES)
    flood = [brakes(0, inbound("x", f"+447700900{n:03}"), IDLE, NOW) for n in range(30)]
    assert flood == [False] * 10 + [True] * 20
    assert not brakes(0, inbound("x", "+393330000001"), IDLE, NOW)
    assert not brakes(0, inbound("x"), IDLE, NOW)
    assert not brakes(0, inbound("x", ABROAD), NEED, NOW)
    assert not brakes(0, inbound("x", ABROAD), DANGER, NOW)


def test_while_everybody_floods_what_leads_on_goes_on_for_longer(sums: Sums) -> None:
    brakes = Brakes(sums, replace(RATES, everybody=20))
    for n in range(20):
        assert not brakes(0, inbound("x", f"+35569{n:07}"), IDLE, NOW)
    assert brakes(0, inbound("x"), IDLE, NOW)
    assert not brakes(0, inbound("x"), CHOICE, NOW)
    for _ in range(20):
        brakes(0, inbound("x"), IDLE, NOW)
    assert brakes(0, inbound("x"), CHOICE, NOW)
    assert not brakes(0, inbound("x"), NEED, NOW)


def test_the_spend_brake_caps_what_a_foreign_prefix_can_cost_and_never_holds_back_home(sums: Sums) -> None:
    brakes = Brakes(sums, replace(RATES, prefix=10**6, everybody=10**6))
    number = 10_000 if isinstance(sums, MemorySums) else 1_000
    paid = [brakes(0, inbound("he hits me", f"+447700900{n:03}"), NEED, NOW) for n in range(number)].count(False)
    assert paid == RATES.spend
    assert not any(brakes(0, inbound("x"), reading, NOW) for reading in (NEED, DANGER, CHOICE, IDLE))
    assert not brakes(0, inbound("x", ABROAD), NEED, NOW + timedelta(days=1))


def test_processes_share_the_sums_on_redis(valkey: Embedded) -> None:
    redis.Redis.from_url(valkey.url).flushall()
    brakes = [Brakes(RedisSums(Connection(valkey.url)), RATES) for _ in range(5)]
    outcomes = [brakes[n % 5](0, inbound("x", ABROAD), IDLE, NOW) for n in range(60)]
    assert outcomes.count(False) == RATES.prefix
    client = redis.Redis.from_url(valkey.url)
    names = [name.decode() for name in client.scan_iter()]
    assert all(0 < client.ttl(name) <= keys.PATTERNS["pace"].ttl for name in names)
    assert all("4477000" not in name for name in names)


def test_between_two_looks_a_process_counts_by_itself(valkey: Embedded) -> None:
    redis.Redis.from_url(valkey.url).flushall()
    client, clock = redis.Redis.from_url(valkey.url), {"now": 100.0}
    brakes = Brakes(RedisSums(Connection(valkey.url)), replace(RATES, flush=1.0), lambda: clock["now"])
    outcomes = [brakes(0, inbound("x", ABROAD), IDLE, NOW) for _ in range(30)]
    assert outcomes.count(False) == RATES.prefix
    assert int(client.get(keys.pace("44")) or 0) == 1
    clock["now"] += 1.1
    brakes(0, inbound("x", ABROAD), IDLE, NOW)
    assert int(client.get(keys.pace("44")) or 0) == 31


def test_without_redis_a_process_brakes_by_itself_and_garbage_is_replaced(valkey: Embedded) -> None:
    dead = Brakes(RedisSums(Connection("unix:///nowhere.sock")), RATES)
    outcomes = [dead(0, inbound("x", ABROAD), IDLE, NOW) for _ in range(30)]
    assert outcomes.count(False) == RATES.prefix
    client = redis.Redis.from_url(valkey.url)
    client.flushall()
    client.set(keys.pace("44"), "garbage")
    assert RedisSums(Connection(valkey.url)).add("44", 3, 600) == 3


# --- a location that goes on being shared --------------------------------------------------------------------------

PIN: dict[str, Any] = {"kind": "location", "latitude": 41.33, "longitude": 19.82}
WHATSAPP = "whatsapp:+355690000124"


def test_loc_06_a_hundred_points_of_a_live_location_get_one_reply(helpline: Helpline) -> None:
    outcomes = []
    for n in range(100):
        pin = PIN | {"latitude": 41.33 + n * 1e-5}
        outcomes.append(say(helpline, "", WHATSAPP, NOW + timedelta(seconds=n * 20), **pin).outcome)
    assert outcomes[0] == "reply"
    assert outcomes.count("reply") + outcomes.count("live_location") == 100
    assert outcomes.count("reply") <= 2  # the talk ends after half an hour, and begins with the next point


def test_a_pin_somewhere_else_is_answered_and_so_is_a_pin_after_a_text(helpline: Helpline) -> None:
    assert say(helpline, "", WHATSAPP, **PIN).outcome == "reply"
    assert say(helpline, "", WHATSAPP, NOW + timedelta(seconds=5), **PIN).outcome == "live_location"
    elsewhere = PIN | {"latitude": 40.07, "longitude": 20.14}
    assert say(helpline, "", WHATSAPP, NOW + timedelta(seconds=60), **elsewhere).outcome == "reply"
    assert say(helpline, "he hits me", WHATSAPP, NOW + timedelta(seconds=70)).outcome == "reply"
    assert say(helpline, "", WHATSAPP, NOW + timedelta(seconds=75), **elsewhere).outcome == "reply"
