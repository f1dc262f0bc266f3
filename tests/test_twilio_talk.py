"""A WhatsApp talk with taps: buttons and lists go by REST, a tap comes back as what was sent, no text is lost."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import time
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from carrier import PUBLIC, SID, TOKEN, body, message, signed
from twilio_account import Account, account

from bot import build, settings
from bot.app import create_app
from bot.carriers.twilio import setup
from bot.channels import payload
from bot.commands.twilio import words_of_content
from bot.storage.memory import Memory

TO = "whatsapp:+355690000001"


class Talk:
    """One person on WhatsApp, our application, and the account at Twilio that both speak through."""

    def __init__(self, twilio: Account, patience: float, **more: str) -> None:
        self.twilio, self.sids = twilio, itertools.count(1)
        environ = {
            "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN, "PUBLIC_URL": PUBLIC, "TWILIO_API_BASE": twilio.base,
            "TWILIO_WHATSAPP_FROM": "whatsapp:+355690000999", "ASSURANCE": "listed", **more,
        }  # fmt: skip
        checked = settings.read(environ)
        checked = dataclasses.replace(checked, limits=dataclasses.replace(checked.limits, rest=patience))
        self.client = create_app(build.house(checked, Memory()), checked).test_client()

    def post(self, form: dict[str, str]) -> str:
        """What we answered inline; "" for silence."""
        answer = self.client.post("/twilio/message", data=body(form), headers=signed(form))
        assert answer.status_code == 200
        return ElementTree.fromstring(answer.data).findtext("Message") or ""

    def write(self, text: str = "", **more: str) -> tuple[str, dict[str, Any]]:
        """One message: the inline answer, and what went out by REST, as the screen shows it."""
        before = len(self.twilio.messages)
        inline = self.post(self.form(text, **more))
        sent = self.twilio.messages[before:]
        assert len(sent) <= 1
        return inline, self.shown(sent[0]) if sent else {}

    def form(self, text: str, **more: str) -> dict[str, str]:
        return message(text, next(self.sids), TO, To="whatsapp:+355690000999", WaId="355690000001", **more)

    def shown(self, sent: dict[str, str]) -> dict[str, Any]:
        """Prepared content with its variables put in: body, and (title, id) of what can be tapped."""
        assert sent["To"] == TO
        (content,) = self.twilio.contents[sent["ContentSid"]]["types"].values()
        text = json.dumps(content)
        for name, value in json.loads(sent["ContentVariables"]).items():
            text = text.replace(f"{{{{{name}}}}}", json.dumps(value)[1:-1])
        filled = json.loads(text)
        assert "{{" not in text
        rows = filled.get("actions") or filled["items"]
        return {"body": filled["body"], "taps": [(row.get("title") or row["item"], row["id"]) for row in rows]}

    def tap(self, shown: dict[str, Any], title: str) -> tuple[str, dict[str, Any]]:
        """Taps what is on the screen, as WhatsApp sends it."""
        ident = next(ident for name, ident in shown["taps"] if name.startswith(title))
        return self.write(title, ButtonPayload=ident, ButtonText=title)


@pytest.fixture
def talk(request: pytest.FixtureRequest) -> Iterator[Talk]:
    """Ready to speak. A busy machine gets 20 seconds for REST, unless the test is about the limit itself."""
    patience = getattr(request, "param", 20.0)
    with account() as twilio:
        for at, content in enumerate(setup.contents(words_of_content())):
            sid = f"HX{at:032x}"
            twilio.contents[sid] = {**content, "sid": sid, "approval_requests": {"status": "unsubmitted"}}
        made = Talk(twilio, patience)
        assert made.write("pershendetje")[0]  # the first reply does not wait until content is known
        until = time.monotonic() + 30
        while not made.write("pershendetje")[1]:
            assert time.monotonic() < until
            time.sleep(0.05)
        yield made


def test_a_talk_with_buttons_and_a_list(talk: Talk) -> None:
    inline, first = talk.write("pershendetje")
    assert inline == ""
    assert [title for title, _ in first["taps"]] == ["Shqip", "English"]
    inline, menu = talk.tap(first, "Shqip")
    assert inline == ""
    assert len(menu["taps"]) > 3
    family = next(title for title, ident in menu["taps"] if ident.endswith(".family"))
    inline, place = talk.tap(menu, family)
    assert "qytet" in (inline or place["body"])
    inline, card = talk.write("elbasan")
    assert re.search(r"\d{3}", inline or card["body"])  # a number to call
    # The same tap as at the beginning, on the old bubble: understood, and never an error.
    inline, shown = talk.tap(menu, family)
    assert inline or shown["body"]


def test_every_tap_is_one_that_we_wrote_and_titles_differ(talk: Talk) -> None:
    _, first = talk.write("pershendetje")
    _, menu = talk.tap(first, "Shqip")
    for shown in (first, menu):
        assert all(payload.read(ident) for _, ident in shown["taps"])
        assert len({title for title, _ in shown["taps"]}) == len(shown["taps"])
        assert all(len(title) <= 24 for title, _ in shown["taps"])


def test_typing_the_number_or_the_words_still_works(talk: Talk) -> None:
    talk.write("pershendetje")
    inline, by_number = talk.write("1")
    assert inline == ""
    inline, by_words = talk.write("familje")
    assert "qytet" in (inline or by_words["body"])
    assert len(by_number["taps"]) > 3


def test_a_message_that_comes_again_is_answered_inline(talk: Talk) -> None:
    form = talk.form("burri më rreh")
    first = talk.post(form)
    sent = len(talk.twilio.messages)
    again = talk.post(form)
    assert "112" in again
    assert len(talk.twilio.messages) == sent
    assert not first or first == again


@pytest.mark.parametrize("refusal", [(400, 63016), (429, 20429), (503, 20503)])
def test_when_rest_refuses_the_same_goes_inline(talk: Talk, refusal: tuple[int, int]) -> None:
    talk.twilio.refuse = refusal
    inline, _ = talk.write("pershendetje")
    assert "1 Shqip" in inline
    assert "2 English" in inline


@pytest.mark.parametrize("talk", [4.0], indirect=True)
def test_when_rest_is_slow_the_same_goes_inline_soon(talk: Talk) -> None:
    talk.twilio.delay = 20.0
    began = time.monotonic()
    inline, _ = talk.write("pershendetje")
    assert time.monotonic() - began < 12
    assert "1 Shqip" in inline


@pytest.mark.parametrize("wanted", ["yes", "no"])
def test_no_sign_of_reading_unless_the_operator_wants_it(wanted: str) -> None:
    with account() as twilio:
        talk = Talk(twilio, 20.0, WHATSAPP_TYPING=wanted)
        form = talk.form("pershendetje")
        assert talk.post(form)
        assert talk.post(message("pershendetje", 99)), "an SMS has no such sign"
        until = time.monotonic() + (20 if wanted == "yes" else 0.5)
        while not twilio.signs and time.monotonic() < until:
            time.sleep(0.02)
        signs = [{"channel": "whatsapp", "messageId": form["MessageSid"]}] if wanted == "yes" else []
        assert twilio.signs == signs


def test_a_pin_is_a_place(talk: Talk) -> None:
    talk.write("burri më rreh")
    inline, shown = talk.write(Latitude="41.1125", Longitude="20.0822")
    assert "Elbasan" in (inline or shown["body"])


def test_a_broken_pin_is_asked_about(talk: Talk) -> None:
    talk.write("burri më rreh")
    inline, shown = talk.write(Latitude="nan", Longitude="20.0822")
    assert "vendndodhje" in (inline or shown["body"])


def test_sms_never_goes_by_rest(talk: Talk) -> None:
    before = len(talk.twilio.messages)
    assert "1 Shqip 2 English" in talk.post(message("pershendetje", 999))
    assert len(talk.twilio.messages) == before
