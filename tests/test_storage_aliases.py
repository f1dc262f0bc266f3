"""A person with several addresses: what is kept under one is found, moved, stopped and forgotten under the other."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import UTC, datetime

import pytest

from bot import build, settings
from bot.channels.message import Inbound
from bot.dialogue.session import Session
from bot.dialogue.store import Change, Ticket
from bot.helpline import Helpline
from bot.storage import keys
from bot.storage.memory import Memory
from bot.storage.sessions import Redis

IDENT = "whatsapp:AL.13491208655302741918"
NUMBERS = itertools.count(355_680_000_000)
KEYS = itertools.count(1)
Store = Memory | Redis


@pytest.fixture
def number() -> str:
    return f"whatsapp:+{next(NUMBERS)}"


def commit(store: Store, change: Change, address: str, *aliases: str, channel: str = "whatsapp") -> None:
    texter, dedup = store.texter(address, *aliases), store.dedup(channel, str(next(KEYS)))
    version = store.open(texter, channel, dedup).version
    assert store.commit(texter, channel, dedup, version, change) is None


def found(store: Store, address: str, *aliases: str, channel: str = "whatsapp") -> Session | None:
    return store.open(store.texter(address, *aliases), channel, store.dedup(channel, "never")).session


def kept(store: Store, address: str) -> int:
    return store.forget(store.texter(address))


FORGET = Change(session=None, ttl=0, forget=True)
SESSION = Session(script="abc", step="intake.menu", facts={"need": "shelter"}, channel="whatsapp")


def test_an_alias_adds_its_ids_once(number: str) -> None:
    store = Memory()
    both = store.texter(IDENT, number, IDENT)
    assert both == f"{store.texter(IDENT)}.{store.texter(number)}"
    assert store.texter(number, number.removeprefix("whatsapp:")) == store.texter(number)
    assert keys.shard_of(both) == keys.shard_of(store.texter(IDENT))


def test_a_talk_goes_on_under_the_new_address(store: Store, number: str) -> None:
    commit(store, Change(session=SESSION, ttl=60), number)
    assert found(store, IDENT) is None
    assert found(store, IDENT, number) == SESSION
    commit(store, Change(session=SESSION, ttl=60), IDENT, number)
    assert found(store, IDENT) == SESSION
    assert found(store, number) is None


def test_a_message_seen_under_one_address_is_seen_under_both(store: Store, number: str) -> None:
    dedup = store.dedup("whatsapp", "m1")
    assert store.commit(store.texter(number), "whatsapp", dedup, 0, Change(session=SESSION, ttl=60)) is None
    assert store.open(store.texter(IDENT, number), "whatsapp", dedup).seen


def test_forgetting_reaches_every_address_that_is_named(store: Store, number: str) -> None:
    commit(store, Change(session=SESSION, ttl=60, weight=1), number.removeprefix("whatsapp:"), channel="sms")
    commit(store, Change(session=None, ttl=0, forget=True), IDENT, number)
    assert found(store, number, channel="sms") is None
    assert kept(store, number) == 0


def test_stopping_reaches_every_address_that_is_named(store: Store, number: str) -> None:
    now = 1_900_000_000
    ticket = Ticket(
        id="t1", address=number, channel="whatsapp", language="sq", script="abc", consented=now, last_inbound=now,
        opens=now, closes=now + 60,
    )  # fmt: skip
    commit(store, Change(session=None, ttl=0, ticket=ticket), number)
    assert store.tickets.look(keys.shard_of(store.texter(number)), "t1") is not None
    commit(store, Change(session=None, ttl=0, cancel=True, opt_out=True), IDENT, number)
    assert store.tickets.look(keys.shard_of(store.texter(number)), "t1") is None
    for address in ((IDENT,), (IDENT, number), (number, IDENT)):
        assert store.open(store.texter(*address), "whatsapp", store.dedup("whatsapp", "x")).opted_out


def test_a_yes_under_one_address_ends_the_no_under_both(store: Store, number: str) -> None:
    commit(store, Change(session=None, ttl=0, opt_out=True), number)
    commit(store, Change(session=SESSION, ttl=60, opt_out=False), IDENT, number)
    assert not store.open(store.texter(number), "whatsapp", store.dedup("whatsapp", "x")).opted_out


def test_what_was_named_together_once_is_forgotten_together(store: Store, number: str) -> None:
    sms = number.removeprefix("whatsapp:")
    commit(store, Change(session=SESSION, ttl=60), sms, channel="sms")
    store.tie(store.texter(IDENT), store.texter(number))
    assert found(store, IDENT, channel="sms") == SESSION
    joined = ".".join([store.texter(IDENT), *store.open(store.texter(IDENT), "whatsapp", "0" * 32).others])
    assert store.commit(joined, "whatsapp", store.dedup("whatsapp", "f"), 0, FORGET) is None
    assert kept(store, sms) == 0
    assert kept(store, IDENT) == 0
    assert store.open(store.texter(IDENT), "whatsapp", "0" * 32).others == ()


def test_a_no_from_one_address_holds_for_the_other_that_was_named_with_it(store: Store, number: str) -> None:
    store.tie(store.texter(IDENT), store.texter(number))
    store.tickets.opt_out(IDENT)
    assert store.open(store.texter(number), "sms", store.dedup("sms", "x")).opted_out
    store.forget(store.texter(IDENT))
    assert store.open(store.texter(number), "sms", store.dedup("sms", "y")).opted_out, "a no outlives forgetting"


def test_the_helpline_ties_once_and_a_stop_on_one_address_ends_what_the_other_waits_for(
    store: Store, number: str
) -> None:
    house = build.house(settings.read({"ASSURANCE": "listed"}), Memory())
    line, now = Helpline(house.helpline.parts, store), datetime(2026, 11, 25, 10, tzinfo=UTC)
    ticket = Ticket(
        id="t2", address=number, channel="whatsapp", language="sq", script="abc", consented=1_900_000_000,
        last_inbound=1_900_000_000, opens=1_900_000_000, closes=1_900_000_060,
    )  # fmt: skip

    def write(text: str, address: str, *aliases: str) -> None:
        line.answer(
            Inbound(channel="whatsapp", address=address, aliases=aliases, dedup=f"T{next(KEYS)}", text=text), now
        )

    write("pershendetje", IDENT, number)
    commit(store, Change(session=None, ttl=0, ticket=ticket), number)
    write("stop", IDENT)
    assert store.tickets.look(keys.shard_of(store.texter(number)), "t2") is None
    assert store.open(store.texter(number), "sms", store.dedup("sms", "z")).opted_out


def test_the_helpline_hands_on_what_the_carrier_named(store: Store, number: str) -> None:
    house = build.house(settings.read({"ASSURANCE": "listed"}), Memory())
    line = Helpline(dataclasses.replace(house.helpline.parts), store)
    now = datetime(2026, 11, 25, 10, tzinfo=UTC)

    def write(text: str, address: str, *aliases: str) -> str:
        inbound = Inbound(channel="whatsapp", address=address, aliases=aliases, dedup=f"SM{next(KEYS)}", text=text)
        outbound = line.answer(inbound, now)
        return outbound.text if outbound else ""

    write("pershendetje", number)
    menu = write("1", number)
    assert write("1", IDENT, number) != menu
    assert found(store, number) == found(store, IDENT) is not None, "they are tied: it is the same talk"
    write("fshi", IDENT)
    assert found(store, IDENT) is None
    assert found(store, number) is None
