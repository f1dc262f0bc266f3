"""The yes, the no and the answer to a check-in, said by a person over the real flows and a real store."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from bot import build
from bot.channels.message import Inbound
from bot.dialogue.session import Session
from bot.dialogue.store import Change, Ticket
from bot.settings import Settings
from bot.storage import keyring
from bot.storage.embedded import Embedded
from bot.storage.sessions import Redis

ADDRESS = "+355698887766"
NOW = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)


class Talk:
    """One person and the house."""

    def __init__(self, house: build.House) -> None:
        assert isinstance(house.store, Redis)
        self.house, self.store = house, house.store
        self.numbers = itertools.count()

    def at(self, step: str, channel: str = "sms", **facts: str) -> None:
        """Puts the person before a question, as if they had come there."""
        session = Session(script=self.house.script.hash, language="sq", channel=channel, step=step, facts=facts, told=1)
        texter, dedup = self.store.texter(ADDRESS), self.store.dedup(channel, f"at{next(self.numbers)}")
        version = self.store.open(texter, channel, dedup).version
        assert self.store.commit(texter, channel, dedup, version, Change(session=session, ttl=1800)) is None

    def say(self, text: str, channel: str = "sms", dedup: str = "", now: datetime = NOW) -> str:
        address = f"whatsapp:{ADDRESS}" if channel == "whatsapp" else ADDRESS
        inbound = Inbound(channel=channel, address=address, dedup=dedup or f"SM{next(self.numbers)}", text=text)
        answer = self.house.helpline.answer(inbound, now)
        return answer.text if answer else ""

    def ticket(self) -> Ticket | None:
        found = self.store.tickets.take(4e9, 0)
        return self.store.tickets.look(*found[0]) if found else None

    def session(self, channel: str = "sms") -> Session | None:
        return self.store.open(self.store.texter(ADDRESS), channel, "0" * 32).session


@pytest.fixture(scope="module")
def house(valkey: Embedded, tmp_path_factory: pytest.TempPathFactory) -> build.House:
    file = tmp_path_factory.mktemp("keys") / "keys"
    keyring.write(file, keyring.fresh(0))
    return build.house(Settings(redis_url=valkey.url, key_file=file, sms_two_way=True))


@pytest.fixture
def talk(house: build.House) -> Talk:
    talk = Talk(house)
    talk.store.connection.do(lambda client: client.flushall())
    return talk


def consent(talk: Talk, channel: str = "sms", answer: str = "1") -> str:
    talk.at("checkin.when", channel, helped="yes", asked="yes")
    return talk.say(answer, channel, "CONSENT")


def test_a_yes_is_kept_sealed_with_its_time_and_script_and_wipes_the_talk(talk: Talk) -> None:
    said = consent(talk)
    assert "Biseda u fshi" in said
    ticket = talk.ticket()
    assert ticket is not None
    assert (ticket.address, ticket.channel, ticket.language) == (ADDRESS, "sms", "sq")
    assert (ticket.script, ticket.consented) == (talk.house.script.hash, int(NOW.timestamp()))
    assert 20 * 3600 <= ticket.opens - ticket.consented < 26 * 3600
    assert talk.session() is None
    assert consent_again(talk) == said
    assert talk.ticket() == ticket


def consent_again(talk: Talk) -> str:
    """The same message delivered once more."""
    return talk.say("1", dedup="CONSENT")


@pytest.mark.parametrize(("answer", "hours"), [("1", (9, 12)), ("2", (13, 17)), ("3", (17, 21))])
def test_the_window_is_the_one_that_was_picked(talk: Talk, answer: str, hours: tuple[int, int]) -> None:
    consent(talk, answer=answer)
    ticket = talk.ticket()
    assert ticket is not None
    zone = talk.house.settings.zone
    assert hours[0] <= datetime.fromtimestamp(ticket.opens, zone).hour
    assert datetime.fromtimestamp(ticket.closes, zone).hour <= hours[1]


@pytest.mark.parametrize("no", ["fshi", "FSHI!", "8", "ndal", "stop", "delete"])
@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_every_word_for_leaving_ends_it_on_either_channel(talk: Talk, no: str, channel: str) -> None:
    consent(talk)
    assert talk.ticket() is not None
    assert talk.say(no, channel)
    assert talk.ticket() is None


def test_an_ordinary_message_does_not_end_it(talk: Talk) -> None:
    consent(talk)
    talk.say("pershendetje")
    assert talk.ticket() is not None


def test_a_crafted_talk_of_a_child_gets_none(talk: Talk) -> None:
    talk.at("checkin.when", age="child", helped="yes", asked="yes")
    assert "Biseda u fshi" not in talk.say("1")
    assert talk.ticket() is None


def test_whatsapp_without_a_template_promises_only_what_can_arrive(talk: Talk) -> None:
    assert "Biseda u fshi" not in consent(talk, "whatsapp", "3")  # the evening of tomorrow is more than a day away
    assert talk.ticket() is None
    assert "Biseda u fshi" in consent_whatsapp(talk)
    ticket = talk.ticket()
    assert ticket is not None
    assert ticket.closes <= NOW.timestamp() + 23 * 3600 + 50 * 60


def consent_whatsapp(talk: Talk) -> str:
    talk.at("checkin.when", "whatsapp", helped="yes", asked="yes")
    return talk.say("1", "whatsapp", "SECOND")


@pytest.fixture
def answered(talk: Talk) -> Talk:
    """A person who got the check-in, as `settle` leaves them."""
    consent(talk)
    [(shard, ident)] = talk.store.tickets.take(4e9, 0)
    ticket = talk.store.tickets.claim(shard, ident)
    assert ticket is not None
    assert talk.store.tickets.confirm(ticket)
    left = Session(script=talk.house.script.hash, language="sq", channel="sms", step="checkin.reply")
    assert talk.store.tickets.settle(ticket, left, 600)
    return talk


def test_one_leads_to_the_ordinary_menu(answered: Talk) -> None:
    answered.say("1")
    left = answered.session()
    assert left is not None
    assert left.step == "intake.menu"


def test_two_closes(answered: Talk) -> None:
    assert "mbyll" in answered.say("2")
    assert answered.session() is None


@pytest.mark.parametrize("text", ["kush je", "?", "cfare eshte kjo", "alo"])
def test_anything_else_is_answered_as_to_a_stranger(answered: Talk, text: str) -> None:
    said = answered.say(text)
    stranger = Inbound(channel="sms", address="+355690000009", dedup="X", text=text)
    reply = answered.house.helpline.answer(stranger, NOW)
    assert reply is not None
    assert said == reply.text
