"""A foreign number: it raises one question, decides nothing, and nothing of it is kept but a country's code."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot import build, settings
from bot.channels.message import Inbound
from bot.dialogue import session as stored
from bot.dialogue.session import Session
from bot.helpline import Heard, Helpline
from bot.storage.memory import Memory
from bot.transcripts import Player

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
HOUSE = build.house(settings.read(environ={}), Memory())
COUNTRIES = HOUSE.answers.directory.countries
QUESTION = "origin.home.say"


def hear(address: str, text: str = "burri me rreh", aliases: tuple[str, ...] = ()) -> Heard:
    helpline = Helpline(HOUSE.helpline.parts, Memory(clock=NOW.timestamp))
    channel = "whatsapp" if address.startswith("whatsapp:") else "sms"
    return helpline.hear(Inbound(channel=channel, address=address, aliases=aliases, dedup="SM1", text=text), NOW)


def session(heard: Heard) -> Session:
    assert heard.turn is not None
    assert heard.turn.session is not None
    return heard.turn.session


def asked(heard: Heard) -> bool:
    assert heard.turn is not None
    return any(said.say == QUESTION for said in heard.turn.says)


@pytest.mark.parametrize("code", [code for code in COUNTRIES if code != "AL"])
def test_a_number_of_every_listed_country_raises_the_question(code: str) -> None:
    for address in (f"+{COUNTRIES[code].calling}6912345678", f"whatsapp:+{COUNTRIES[code].calling}6912345678"):
        heard = hear(address)
        assert asked(heard)
        likely = session(heard).facts["origin"]
        assert COUNTRIES[likely].calling == COUNTRIES[code].calling
        assert (likely == code) or {likely, code} == {"US", "CA"}


@pytest.mark.parametrize(
    "address",
    ["+355691234567", "whatsapp:+355691234567", "whatsapp:AL.1349000000000001", "whatsapp:IT.1349000000000001",
     "+971501234567", "+3801234567", "12345", "demo"],
)  # fmt: skip
def test_albania_ids_without_a_number_and_other_countries_do_not(address: str) -> None:
    heard = hear(address)
    assert not asked(heard)
    assert "origin" not in session(heard).facts


def test_the_number_that_the_carrier_names_beside_an_id_counts() -> None:
    assert asked(hear("whatsapp:IT.1349000000000001", aliases=("whatsapp:+393331234567",)))
    assert not asked(hear("whatsapp:IT.1349000000000001", aliases=("whatsapp:+355691234567",)))


def test_every_country_has_a_calling_code_and_none_begins_like_another() -> None:
    codes = {country.calling for country in COUNTRIES.values()}
    assert all(code.isdigit() for code in codes)
    assert not [(one, two) for one in codes for two in codes if one != two and one.startswith(two)]


def test_of_the_number_only_the_country_is_kept() -> None:
    kept = stored.dump(session(hear("+393331234567"))).decode()
    assert '"origin":"IT"' in kept
    assert "333" not in kept


def test_nothing_else_changes_before_the_answer() -> None:
    """The same reply as to a number of Albania, but for the question."""
    home, away = hear("+355691234567").turn, hear("+393331234567").turn
    assert home is not None
    assert away is not None
    assert [said.say for said in home.says[:-1]] == [said.say for said in away.says[:-1]]
    assert home.says[-1].say == "place.ask.say"


def test_a_hello_from_abroad_is_the_hello_of_everybody() -> None:
    for text in ("pershendetje", "asdf"):
        home, away = hear("+355691234567", text), hear("+393331234567", text)
        assert home.outbound == away.outbound


def test_who_changes_to_a_number_of_albania_is_not_asked() -> None:
    """A talk goes on under another address of the same person: the country is that of the newest message."""
    player = Player(HOUSE, "sms", NOW, "+393331234567")
    player.hear("pershendetje")
    inbound = Inbound(
        channel="sms", address="+355691234567", aliases=("+393331234567",), dedup="SM9", text="burri me rreh"
    )
    heard = player.helpline.hear(inbound, NOW)
    assert not asked(heard)
    assert "origin" not in session(heard).facts


def test_the_question_is_asked_once() -> None:
    player = Player(HOUSE, "sms", NOW, "+393331234567")
    first = player.hear("dua nje avokat")
    assert asked(first)
    for typed in ("asdf", "kam nevoje per psikolog", "9", "dua nje avokat"):
        assert not asked(player.hear(typed))
