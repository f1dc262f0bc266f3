"""The carrier's routes in one process: what is refused, what is answered, and the last resort."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from carrier import FORM, PUBLIC, SID, TOKEN, body, message, signed
from flask.testing import FlaskClient

from bot import build, settings
from bot.app import create_app
from bot.channels import sms
from bot.channels.message import Inbound
from bot.dialogue.store import Change, Opened
from bot.errors import StorageUnavailable
from bot.helpline import Helpline
from bot.storage.memory import Memory
from bot.webhook import LastResort

CARRIER = {
    "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_AUTH_TOKEN_SECONDARY": "next", "PUBLIC_URL": PUBLIC,
    "METRICS_TOKEN": "numbers", "ASSURANCE": "listed",
}  # fmt: skip
Client = Callable[..., FlaskClient]


class Dead(Memory):
    """A store that lost its Redis; it remembers whether it was asked."""

    asked = 0

    def open(self, texter: str, channel: str, dedup: str) -> Opened:
        self.asked += 1
        raise StorageUnavailable("Redis is not reachable.")


class Broken(Memory):
    """A store with a fault that nobody thought of, whose error quotes what it was given."""

    def commit(self, texter: str, channel: str, dedup: str, version: int, change: Change) -> Opened | None:
        raise ValueError(f"cannot keep {change.session} of +355690000001")


@pytest.fixture(scope="module")
def house() -> build.House:
    return build.house(settings.read(CARRIER), Memory())


@pytest.fixture
def client(house: build.House) -> Client:
    def made(store: Memory | None = None, **more: str) -> FlaskClient:
        store = store or Memory()
        own = dataclasses.replace(house, store=store, helpline=Helpline(house.helpline.parts, store))
        return create_app(own, settings.read(CARRIER | more)).test_client()

    return made


@pytest.fixture(scope="module")
def resort(house: build.House) -> LastResort:
    return LastResort(
        settings.FLOWS, house.answers.emergency, house.reader.read, house.lookups["hotline"], house.answers.values
    )


def post(client: FlaskClient, form: dict[str, str], path: str = "/twilio/message", **headers: str) -> Any:
    return client.post(path, data=body(form), headers=signed(form, path) | headers)


def said(answer: Any) -> str:
    """The text of a TwiML answer; "" for a silence."""
    assert answer.status_code == 200
    assert answer.content_type == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(answer.data)
    assert root.tag == "Response"
    return "".join(root.itertext())


def counted(client: FlaskClient) -> str:
    return client.get("/metrics", headers={"Authorization": "Bearer numbers"}).get_data(as_text=True)


def test_a_signed_message_is_answered_and_the_same_again_is_the_same(client: Client) -> None:
    web = client()
    first = post(web, message("ndihme"))
    assert said(first)
    assert post(web, message("ndihme")).data == first.data
    assert 'outcome="reply"} 1\n' in counted(web)
    assert 'outcome="repeat"} 1\n' in counted(web)


def test_whatsapp_and_addresses_without_a_number_are_answered(client: Client) -> None:
    web = client()
    for number, sender in enumerate(["whatsapp:+355690000001", "whatsapp:AL.1349abc"], start=1):
        form = message("hello", number, sender, To="whatsapp:+355690000999")
        assert said(post(web, form))


def test_both_tokens_are_taken_while_rotating_and_a_query_is_signed_raw(client: Client) -> None:
    web, form = client(), message("hello")
    path = "/twilio/message?x=%27%2F%7E%C3%AB"
    for token in (TOKEN, "next"):
        assert said(web.post(path, data=body(form), headers=signed(form, path, token=token)))


@pytest.mark.parametrize(
    "change",
    [
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        {"X-Twilio-Signature": "ë"},
    ],
)
def test_an_unsigned_message_is_refused_and_touches_nothing(client: Client, change: dict[str, str]) -> None:
    store = Dead()
    web, form = client(store), message("ndihme")
    answer = web.post("/twilio/message", data=body(form), headers=signed(form) | change)
    assert (answer.status_code, answer.data, store.asked) == (403, b"", 0)


def test_a_changed_body_another_account_and_another_path_are_refused(client: Client) -> None:
    store = Dead()
    web, form = client(store), message("ndihme")
    assert web.post("/twilio/message", data=body(form | {"Body": "x"}), headers=signed(form)).status_code == 403
    assert web.post("/twilio/status", data=body(form), headers=signed(form)).status_code == 403
    assert post(web, message("ndihme", AccountSid="AC" + "f" * 32)).status_code == 403
    assert store.asked == 0


def test_without_a_carrier_nobody_is_listened_to() -> None:
    checked = settings.read({})
    web, form = create_app(build.house(checked, Memory()), checked).test_client(), message("hello")
    for public, token in ((PUBLIC, TOKEN), ("", ""), ("http://localhost", "")):
        answer = web.post("/twilio/message", data=body(form), headers=signed(form, public=public, token=token))
        assert answer.status_code == 403


def test_other_content_types_too_long_bodies_and_too_many_fields_are_refused(client: Client) -> None:
    store = Dead()
    web, form = client(store), message("hello")
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain", ""):
        answer = web.post("/twilio/message", data=body(form), headers=signed(form) | {"Content-Type": kind})
        assert answer.status_code == 415
    assert post(web, message("x" * 64 * 1024)).status_code == 413
    assert post(web, message("x", **{f"Field{n}": "1" for n in range(200)})).status_code == 413
    assert store.asked == 0
    assert said(post(client(), message("hello", **{f"Field{n}": "1" for n in range(150)})))


def test_only_posts_are_messages(client: Client) -> None:
    web = client()
    for method in (web.get, web.put, web.delete):
        assert method("/twilio/message").status_code == 405


def test_a_form_that_is_no_message_is_met_with_silence(client: Client) -> None:
    web, form = client(), message("hello")
    del form["MessageSid"], form["SmsSid"], form["SmsMessageSid"]
    assert said(post(web, form)) == ""
    assert said(post(web, message("hello", 2, sender="+355690000999"))) == ""  # our own number


@pytest.mark.parametrize("store", [Dead, Broken])
def test_whatever_breaks_the_person_gets_the_static_reply(
    client: Client, store: type[Memory], caplog: pytest.LogCaptureFixture
) -> None:
    web = client(store())
    with caplog.at_level(logging.DEBUG):
        reply = said(post(web, message("hello")))
    assert reply.count("112") == 2
    assert (sms.parts(reply).encoding, sms.parts(reply).parts) == ("GSM-7", 1)
    assert 'outcome="static"} 1\n' in counted(web)
    assert "+35569" not in caplog.text
    assert "static_reply: " in caplog.text


def test_the_static_reply_adds_the_line_for_danger_or_a_need(resort: LastResort) -> None:
    now = datetime.now(UTC)

    def text(words: str) -> str:
        return resort.text(Inbound(channel="sms", address="+355690000001", dedup="x", text=words), now)

    assert text("hello") == resort.reply
    assert text("burri me rreh") != resort.reply
    assert text("burri me rreh").startswith(resort.reply)
    assert text("jam ne itali, burri me rreh") == resort.reply
    assert resort.text(None, now) == resort.reply
    for words in ("burri me rreh", "jam 14 vjec me rrahin", "boss keep my passport", "ë" * 900, "\x00\ud800"):
        assert sms.parts(text(words)).parts == 1
        assert sms.parts(text(words)).encoding == "GSM-7"


def test_after_the_carriers_stop_nothing_is_said_even_when_all_is_broken(client: Client) -> None:
    assert said(post(client(Dead()), message("STOP", OptOutType="STOP"))) == ""


def test_the_fallback_says_the_same_to_everybody(client: Client, resort: LastResort) -> None:
    web = client(Dead())
    for answer in (web.get("/twilio/fallback"), web.post("/twilio/fallback", data={"ErrorCode": "11200"})):
        assert said(answer) == resort.reply


def test_a_status_call_is_signed_too(client: Client) -> None:
    web = client()
    form = {"MessageSid": "SM" + "0" * 32, "MessageStatus": "delivered", "AccountSid": SID}
    assert post(web, form, "/twilio/status").status_code == 204
    answer = web.post("/twilio/status", data=body(form), headers={"Content-Type": FORM})
    assert answer.status_code == 403


def test_health_readiness_and_numbers(client: Client) -> None:
    web = client()
    assert web.get("/healthz").json == {"status": "ok"}
    assert web.get("/readyz").json == {"status": "ok", "reasons": []}
    assert web.get("/metrics").status_code == 401
    assert web.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client(METRICS_TOKEN="").get("/metrics").status_code == 404
    lines = counted(web).splitlines()
    assert all(line.startswith("#") or len(line.rpartition(" ")[0]) > 4 for line in lines)
    assert "besa_degraded 0" in lines


def test_no_answer_sets_a_cookie_or_tells_more_than_its_status(client: Client) -> None:
    web = client()
    answers = [web.get(path) for path in ("/", "/nowhere", "/twilio/message", "/healthz", "/metrics", "/demo/")]
    answers.append(post(web, message("hello")))
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert [answer.data for answer in answers[:3]] == [b"", b"", b""]


def test_once_a_carrier_is_set_there_is_no_demo(client: Client) -> None:
    assert client().get("/demo/").status_code == 404
    assert client().post("/demo/message", json={"channel": "sms", "key": "1", "text": "hello"}).status_code == 404
    assert client(DEMO="on").get("/demo/").status_code == 200
