"""Buttons and lists by REST: only where content is prepared, soon or not at all, and never instead of a reply."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from twilio_account import Account, account

from bot.carriers.twilio import setup
from bot.carriers.twilio.buttons import FAILURES, PAUSE, Buttons
from bot.carriers.twilio.outbox import Access, Outbox
from bot.carriers.twilio.requests import Sender
from bot.channels import payload
from bot.channels.message import Option, Outbound

TO = "whatsapp:+355690000001"
WORDS = {"sq": setup.Words(choose="Zgjidhni", checkin="Përshëndetje.")}
SENDER = Sender(account="AC" + "0" * 32, whatsapp="whatsapp:+15550000000")
OPTIONS = tuple(
    Option(number=at, label=label, payload=f"besa.0.a.b.{label.lower()}") for at, label in enumerate(["Po", "Jo"], 1)
)
REPLY = Outbound(text="A?\n1 Po\n2 Jo", body="A?", options=OPTIONS, form="buttons", language="sq")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def twilio() -> Iterator[Account]:
    with account() as server:
        for at, content in enumerate(setup.contents(WORDS)):
            server.contents[f"HX{at}"] = {**content, "sid": f"HX{at}", "approval_requests": {"status": "unsubmitted"}}
        yield server


def buttons(server: Account, clock: Clock | None = None, limit: float = 20) -> Buttons:
    outbox = Outbox(Access(account=SENDER.account, token="t", base=server.base), limit=limit)
    return Buttons(outbox, SENDER, clock=clock or Clock())


def test_what_was_sent_is_what_a_tap_brings_back(twilio: Account) -> None:
    sender = buttons(twilio)
    sender.read()
    assert sender.send(TO, REPLY)
    (message,) = twilio.messages
    assert (message["To"], message["RiskCheck"], message["ValidityPeriod"]) == (TO, "disable", "300")
    content = twilio.contents[message["ContentSid"]]
    variables = json.loads(message["ContentVariables"])
    shown = json.dumps(content["types"]["twilio/quick-reply"])
    for name, value in variables.items():
        shown = shown.replace(f"{{{{{name}}}}}", value)
    actions = json.loads(shown)["actions"]
    assert [action["title"] for action in actions] == ["Po", "Jo"]
    assert [payload.read(action["id"]) for action in actions] == [payload.read(option.payload) for option in OPTIONS]
    assert json.loads(shown)["body"] == "A?"


def test_the_first_reply_does_not_wait_for_the_list_of_content(twilio: Account) -> None:
    sender = buttons(twilio)
    assert not sender.send(TO, REPLY)
    until = time.monotonic() + 30
    while not sender.send(TO, REPLY):
        assert time.monotonic() < until
        time.sleep(0.02)
    assert len(twilio.messages) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Outbound(text="x"),
        Outbound(text="x", body="A?", options=OPTIONS, form="buttons", language="en"),
        Outbound(text="x", body="A?", options=OPTIONS, form="list", language="sq"),
    ],
)
def test_what_has_no_prepared_content_is_left_to_the_inline_reply(twilio: Account, reply: Outbound) -> None:
    sender = buttons(twilio)
    sender.read()
    assert not sender.send(TO, reply)
    assert not sender.send("+355690000001", REPLY)
    assert twilio.messages == []


def test_a_slow_api_costs_no_more_than_its_limit(twilio: Account) -> None:
    sender = buttons(twilio, limit=0.6)
    sender.read()
    twilio.delay = 3.0
    began = time.monotonic()
    assert not sender.send(TO, REPLY)
    assert time.monotonic() - began < 2.5


def test_after_failures_in_a_row_nobody_waits_for_a_while(twilio: Account) -> None:
    clock = Clock()
    sender = buttons(twilio, clock)
    sender.read()
    twilio.refuse = (503, 20503)
    for _ in range(FAILURES + 4):
        assert not sender.send(TO, REPLY)
    assert twilio.wrote == [f"POST /2010-04-01/Accounts/{SENDER.account}/Messages.json"] * FAILURES
    twilio.refuse = None
    clock.now = PAUSE - 1
    assert not sender.send(TO, REPLY)
    clock.now = PAUSE
    assert sender.send(TO, REPLY)


def test_a_failure_is_logged_without_an_address(twilio: Account, caplog: pytest.LogCaptureFixture) -> None:
    sender = buttons(twilio)
    sender.read()
    twilio.refuse = (400, 63016)
    assert not sender.send(TO, REPLY)
    assert "outside_window" in caplog.text
    assert "355690000001" not in caplog.text
    assert "Po" not in caplog.text


def test_content_that_cannot_be_read_is_tried_again_later() -> None:
    clock = Clock()
    with account() as server:
        base = server.base
    sender = Buttons(Outbox(Access(account=SENDER.account, token="t", base=base), limit=0.5), SENDER, clock=clock)
    sender.read()
    assert not sender.send(TO, REPLY)
    assert sender._read_again == PAUSE
