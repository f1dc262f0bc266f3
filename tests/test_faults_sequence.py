"""SEQ and RED: deliveries twice, late and at once; and a store in every kind of trouble. Over two web processes."""

from __future__ import annotations

import contextlib
import itertools
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import redis
from carrier import body, signed
from faults.line import Line, Message, said, write
from faults.place import METRICS, Place
from processes import ask, until

from bot import build, settings
from bot.channels.message import Inbound
from bot.helpline import Helpline
from bot.storage import keyring, keys
from bot.storage.connect import Connection
from bot.storage.memory import Memory
from bot.storage.sessions import Redis

people = itertools.count(1)
NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("sequence"))
    try:
        yield place
    finally:
        place.close()


@pytest.fixture
def line(place: Place) -> Line:
    return Line(place, random.Random(1))


@pytest.fixture
def number() -> str:
    return f"+3556902{next(people):05}"


@pytest.fixture
def store(place: Place) -> Redis:
    return Redis(Connection(place.settings["REDIS_URL"], limit=2.0), keyring.load(place.directory / "keys"))


def say(line: Line, number: str, text: str, channel: str = "sms", **more: str) -> Message:
    sent = write(number, channel, text, **more)
    line.deliver(sent)
    return sent


def static(text: str) -> bool:
    return text.count("112") == 2


def replies(place: Place) -> int:
    total = 0
    for port in place.ports:
        page = ask(port, "GET", "/metrics", Authorization=f"Bearer {METRICS}")[1].decode()
        total += sum(int(row.split()[1]) for row in page.splitlines() if 'outcome="reply"' in row)
    return total


def step(store: Redis, number: str, channel: str = "sms") -> str:
    session = store.open(store.texter(number), channel, "0" * 32).session
    return session.step if session else ""


# --- twice, late, at once ------------------------------------------------------------------------------------------


def test_seq_01_02_a_hundred_copies_over_two_processes_make_one_transition(
    place: Place, line: Line, number: str
) -> None:
    say(line, number, "hello")
    before, sent = replies(place), write(number, "sms", "2")
    with ThreadPoolExecutor(25) as pool:
        list(pool.map(lambda _: line.deliver(sent), range(100)))
    assert len(set(sent.texts)) == 1
    assert len(sent.texts) == 100
    assert replies(place) == before + 1


def test_seq_03_a_replay_hours_later_changes_nothing_and_weeks_later_is_a_hello() -> None:
    clock = {"now": NOW.timestamp()}
    house = build.house(settings.read({}), Memory())
    helpline = Helpline(house.helpline.parts, Memory(clock=lambda: clock["now"]))
    sent = Inbound(channel="sms", address="+355690000001", dedup="SM1", text="my husband hits me")
    first = helpline.hear(sent, NOW)
    for hours, outcome in ((0.4, "repeat"), (23, "repeat"), (25, "repeat"), (24 * 8, "reply")):
        clock["now"] = NOW.timestamp() + hours * 3600
        heard = helpline.hear(sent, datetime.fromtimestamp(clock["now"], UTC))
        assert heard.outcome == outcome
        assert heard.outbound is None or first.outbound is not None


def test_seq_04_the_fallback_makes_no_second_transition(place: Place, line: Line, store: Redis, number: str) -> None:
    sent = say(line, number, "my husband hits me")
    before = step(store, number)
    headers = {name.replace("-", "_"): text for name, text in signed(sent.form, "/twilio/fallback").items()}
    status, answer = ask(place.ports[1], "POST", "/twilio/fallback", body(sent.form), **headers)
    assert status == 200
    assert static(said(answer) or "")
    assert step(store, number) == before


def test_seq_05_two_at_once_are_put_in_one_order(line: Line, store: Redis) -> None:
    for round_ in range(10):
        mine = f"+3556902960{round_:02}"
        say(line, mine, "hello")
        say(line, mine, "2")
        pair = [write(mine, "sms", "my husband hits me"), write(mine, "sms", "Elbasan")]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(line.deliver, pair))
        assert all(one.texts and not static(one.texts[0]) for one in pair)
        assert step(store, mine) == "result.choose", "both were heard, whichever came first"


def test_seq_06_twenty_in_a_second_get_at_most_five_replies(line: Line, number: str) -> None:
    sent = [write(number, "sms", f"zzqx {n}") for n in range(20)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(line.deliver, sent))
    assert all(one.accepted for one in sent)
    script = [one for one in sent if one.texts and not static(one.texts[0])]
    assert len(script) <= 5
    assert sum(not one.texts for one in sent) >= 10
    assert say(line, number, "my husband hits me").texts


def test_seq_07_the_second_message_before_the_first(line: Line, number: str) -> None:
    later = say(line, number, "Elbasan")
    earlier = say(line, number, "my husband hits me")
    assert later.texts
    assert "Elbasan" in earlier.texts[0]


def test_seq_08_two_channels_two_talks_and_one_wish_to_be_forgotten(line: Line, store: Redis, number: str) -> None:
    say(line, number, "my husband hits me")
    say(line, number, "hello", "whatsapp")
    assert step(store, number) != step(store, number, "whatsapp") != ""
    say(line, number, "FSHI", "whatsapp")
    assert (step(store, number), step(store, number, "whatsapp")) == ("", "")


def test_seq_09_a_process_that_hangs_in_the_middle_holds_nothing_back(place: Place, line: Line, number: str) -> None:
    """There is no lock: while one process is stopped with her message, the other answers the next one."""
    say(line, number, "hello")
    with ThreadPoolExecutor(2) as pool:
        frozen = pool.submit(place.freeze_web, 0, 3.0)
        time.sleep(0.1)
        stuck = write(number, "sms", "2")
        hanging = pool.submit(line._post, place.ports[0], stuck.form)
        time.sleep(0.2)
        began = time.monotonic()
        answer = line._post(place.ports[1], write(number, "sms", "my husband hits me").form)
        assert time.monotonic() - began < 2
        assert answer.text
        assert "112" in answer.text
        frozen.result()
        assert hanging.result().status == 200


def test_seq_10_a_status_out_of_order_or_twice_counts_once(place: Place) -> None:
    form = {"MessageSid": "SM" + "7" * 32, "AccountSid": write("+355690000001", "sms", "x").form["AccountSid"],
            "To": "+355690000001", "From": "+355690000999"}  # fmt: skip
    for state in ("delivered", "sent", "delivered", "queued"):
        now = form | {"MessageStatus": state}
        headers = {name.replace("-", "_"): text for name, text in signed(now, "/twilio/status").items()}
        assert ask(place.ports[0], "POST", "/twilio/status", body(now), **headers)[0] == 204
    page = ask(place.ports[0], "GET", "/metrics", Authorization=f"Bearer {METRICS}")[1].decode()
    assert 'outcome="message_delivered"} 1' in page
    assert "message_sent" not in page


# --- a store in trouble --------------------------------------------------------------------------------------------


def timed(line: Line, number: str, text: str) -> tuple[str, float]:
    sent = say(line, number, text)
    one = sent.tries[-1]
    return (sent.texts or [""])[-1], one.ended - one.began


def again(line: Line, number: str) -> None:
    """Everything is as before, by itself."""
    until(
        lambda: not static(timed(line, f"{number[:-4]}9{next(people):03}", "hello")[0]), 15, "the script answers again"
    )


def test_red_01_08_a_dead_store_is_answered_statically_and_found_again(place: Place, line: Line, number: str) -> None:
    say(line, number, "my husband hits me")
    place.store.process.kill()
    place.store.process.wait()
    for _ in range(6):
        text, took = timed(line, number, "hello")
        assert static(text)
        assert took < 1.5
    text, _ = timed(line, number, "po me rreh tani")
    assert static(text)
    place.kill_store(0)
    again(line, number)
    assert "Elbasan" in timed(line, number, "Elbasan")[0], "she goes on where she was"


def test_red_02_a_store_that_hangs_costs_at_most_its_limit(place: Place, line: Line, number: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        frozen = pool.submit(place.freeze_store, 3.0)
        time.sleep(0.1)
        for _ in range(5):
            text, took = timed(line, number, "hello")
            assert static(text)
            assert took < 1.5
        frozen.result()
    again(line, number)


def test_red_03_dropped_connections_are_not_noticed(place: Place, line: Line, number: str) -> None:
    for text in ("hello", "2", "my husband hits me", "Elbasan"):
        place.drop_connections()
        place.forget_scripts()
        sent = say(line, number, text)
        assert sent.texts
        assert not static(sent.texts[-1])


def test_red_04_a_full_store_still_forgets_stops_and_closes(place: Place, line: Line, store: Redis) -> None:
    ways = {"FSHI": "+355690298001", "NDAL": "+355690298002", "8": "+355690298003"}
    for number in ways.values():
        say(line, number, "my husband hits me")
    place.client().config_set("maxmemory", "1mb")
    try:
        assert static(timed(line, "+355690298004", "hello")[0])
        for text, number in ways.items():
            sent = say(line, number, text)
            assert sent.texts
            assert not static(sent.texts[0])
            assert text == "NDAL" or step(store, number) == ""
    finally:
        place.client().config_set("maxmemory", "0")
    assert store.open(store.texter(ways["NDAL"]), "sms", "0" * 32).opted_out


def test_red_05_07_an_emptied_store_greets_anew(place: Place, line: Line, number: str) -> None:
    say(line, number, "my husband hits me")
    place.client().flushall()
    text, _ = timed(line, number, "good day")
    assert "Shqip" in text


def test_red_06_a_read_only_store_is_answered_statically(place: Place, line: Line, number: str) -> None:
    place.client().execute_command("REPLICAOF", "127.0.0.1", "9")
    try:
        assert static(timed(line, number, "hello")[0])
    finally:
        place.client().execute_command("REPLICAOF", "NO", "ONE")
    again(line, number)


@pytest.mark.parametrize("trouble", ["type", "garbage", "flipped", "cut", "old", "swapped", "no expiry"])
def test_red_09_10_11_12_what_cannot_be_opened_is_a_hello(
    place: Place, line: Line, store: Redis, number: str, trouble: str
) -> None:
    say(line, number, "my husband hits me")
    client, name = place.client(), keys.session(store.texter(number), "sms")
    sealed = client.hget(name, "d")
    assert sealed
    if trouble == "type":
        client.delete(name)
        client.rpush(name, "x")
    elif trouble == "garbage":
        client.hset(name, mapping={"v": "x", "d": b"\x00garbage"})
    elif trouble == "flipped":
        client.hset(name, "d", sealed[:-1] + bytes([sealed[-1] ^ 1]))
    elif trouble == "cut":
        client.hset(name, "d", sealed[:-20])
    elif trouble == "old":
        client.hset(name, "d", b"\x00" + sealed[1:])
    elif trouble == "swapped":
        other = f"{number[:-1]}x".replace("x", "0") if number[-1] != "0" else f"{number[:-1]}1"
        say(line, other, "my husband hits me")
        client.hset(name, "d", client.hget(keys.session(store.texter(other), "sms"), "d") or b"")
    else:
        client.delete(name)
    text, _ = timed(line, number, "good day")
    assert "Shqip" in text
    assert client.ttl(name) > 0


def test_red_13_14_a_consent_is_there_with_its_ticket_or_not_at_all(place: Place, line: Line, store: Redis) -> None:
    """kill -9 of the store while yes after yes is said: ticket, holder and due entry, all or none."""
    numbers = [f"+355690297{n:03}" for n in range(12)]
    for number in numbers:
        for text in ("my husband hits me", "Elbasan", "thanks", "1"):
            say(line, number, text)
    with ThreadPoolExecutor(5) as pool:
        done = [pool.submit(say, line, number, "1") for number in numbers]
        time.sleep(0.02)
        place.kill_store(0.2)
        sent = {number: one.result() for number, one in zip(numbers, done, strict=True)}
    client = place.client()
    for number, one in sent.items():
        (part,) = keys.parts(store.texter(number))
        shard, held = keys.shard_of(part), client.get(keys.held(part))
        acknowledged = any(text and not static(text) for text in one.texts)
        assert not acknowledged or held
        if held:
            assert client.exists(keys.ticket(shard, held.decode()))
            assert client.zscore(keys.due(shard), held) is not None
    due = sum(client.zcard(keys.due(shard)) for shard in keys.shards())
    assert due == sum(1 for _ in client.scan_iter("b:*:ticket:*"))


def test_red_15_a_wrong_password_is_answered_statically(place: Place, line: Line, number: str) -> None:
    client = place.client()
    client.config_set("requirepass", "changed")
    place.drop_connections()
    try:
        assert static(timed(line, number, "hello")[0])
    finally:
        with contextlib.suppress(redis.RedisError):
            redis.Redis.from_url(place.settings["REDIS_URL"], password="changed").config_set("requirepass", "")
    again(line, number)
