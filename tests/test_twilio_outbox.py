"""Calls of Twilio's API against a small HTTP stand-in on loopback: fields, log-in, limits, what an answer means."""

from __future__ import annotations

import base64
import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest

from bot import account
from bot.carriers.outcome import Outcome, Refused, Sent, Unknown
from bot.carriers.twilio import requests
from bot.carriers.twilio.outbox import Access, Answer, Outbox, outcome
from bot.channels.message import Option, Outbound
from bot.errors import OperatorError
from bot.settings import Settings

ACCOUNT = "AC" + "0" * 32
SECRET_ADDRESS = "+355690000001"
SENDER = requests.Sender(account=ACCOUNT, service="MG" + "1" * 32, callback="https://help.example.org/twilio/status")
CREATED = (201, {"sid": "SM" + "5" * 32, "status": "queued", "error_code": None})


class StandIn(ThreadingHTTPServer):
    """Answers with the next of `answers` (the last for ever) and keeps what it got."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.answers: list[tuple[int, dict[str, Any]]] = [CREATED]
        self.got: list[tuple[str, str, dict[str, str], dict[str, str]]] = []
        self.delay = 0.0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """A caller that hung up is what some tests are about."""


class _Line(BaseHTTPRequestHandler):
    server: StandIn

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.got.append(
            (self.command, self.path, dict(parse_qsl(body, keep_blank_values=True)), dict(self.headers))
        )
        time.sleep(self.server.delay)
        code, data = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        text = json.dumps(data).encode() if data else b""
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_GET = do_DELETE = _answer

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def twilio() -> Iterator[StandIn]:
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def outbox(base: str, **changed: Any) -> Outbox:
    access = Access(account=ACCOUNT, token="t", key="SK1", secret="s3cret", base=base)
    return Outbox(access, **{"limit": 20, "pause": lambda _: None, **changed})


def refusal(code: int, status: int = 400) -> tuple[int, dict[str, Any]]:
    return status, {"code": code, "message": f"The number {SECRET_ADDRESS} is bad", "status": status}


def test_a_message_says_what_it_must_and_nothing_else(twilio: StandIn) -> None:
    sent = outbox(twilio.base).send(requests.text(SENDER, SECRET_ADDRESS, "Ne rrezik: 112"))
    assert sent == Sent(id="SM" + "5" * 32)
    method, path, fields, headers = twilio.got[0]
    assert (method, path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert fields == {
        "To": SECRET_ADDRESS, "MessagingServiceSid": SENDER.service, "Body": "Ne rrezik: 112", "ValidityPeriod": "300",
        "RiskCheck": "disable", "StatusCallback": SENDER.callback,
    }  # fmt: skip
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"SK1:s3cret").decode()


def test_without_a_key_the_token_logs_in(twilio: StandIn) -> None:
    Outbox(Access(account=ACCOUNT, token="tok", base=twilio.base), limit=20).send_now(requests.text(SENDER, "+1", "x"))
    assert twilio.got[0][3]["Authorization"] == "Basic " + base64.b64encode(f"{ACCOUNT}:tok".encode()).decode()


def test_senders_and_retention() -> None:
    plain = requests.Sender(account=ACCOUNT, sms="+15550000000", whatsapp="whatsapp:+15550000000",
                            content_retention="discard", address_retention="obfuscate")  # fmt: skip
    assert requests.text(plain, "+355690000001", "x").form["From"] == "+15550000000"
    call = requests.text(plain, "whatsapp:AL.1", "x")
    assert (call.form["From"], call.form["ContentRetention"], call.form["AddressRetention"]) == (
        "whatsapp:+15550000000", "discard", "obfuscate",
    )  # fmt: skip
    assert "StatusCallback" not in call.form
    with pytest.raises(OperatorError):
        requests.text(requests.Sender(account=ACCOUNT), "+355690000001", "x")


HOUR = 3600
WINDOW = 23 * HOUR + 50 * 60


def test_a_check_in_outside_the_window_is_the_template_and_no_body() -> None:
    sender = requests.Sender(account=ACCOUNT, service="MG1", checkin="HX" + "2" * 32)
    now = 1_800_000_000
    at = {"now": now, "window": WINDOW}
    inside = requests.checkin(sender, "whatsapp:+3", "Pershendetje", last_inbound=now - WINDOW + 1, **at)
    outside = requests.checkin(sender, "whatsapp:+3", "Pershendetje", last_inbound=now - WINDOW, **at)
    assert inside is not None
    assert outside is not None
    assert inside.form["Body"] == "Pershendetje"
    assert outside.form["ContentSid"] == "HX" + "2" * 32
    assert "Body" not in outside.form
    assert "ContentSid" not in inside.form
    sms = requests.checkin(sender, "+3", "Pershendetje", last_inbound=0, **at)
    assert sms is not None
    assert sms.form["Body"] == "Pershendetje"
    none = requests.Sender(account=ACCOUNT, service="MG1")
    assert requests.checkin(none, "whatsapp:+3", "x", last_inbound=now - WINDOW, **at) is None
    assert requests.checkin(none, "whatsapp:+3", "x", last_inbound=now + 60, **at) is None  # a clock went wrong


def test_buttons_and_lists_by_prepared_content() -> None:
    options = (
        Option(number=1, label="Po", payload="besa.a.b.c.yes"),
        Option(number=2, label="Jo", payload="besa.a.b.c.no"),
    )
    reply = Outbound(text="A?\n1 Po\n2 Jo", body="A?\nB\t  c", options=options, form="buttons", language="sq")
    call = requests.tappable(SENDER, "whatsapp:+3", reply, {"besa_buttons_2_sq": "HX1"})
    assert call is not None
    assert call.form["ContentSid"] == "HX1"
    assert json.loads(call.form["ContentVariables"]) == {
        "1": "A?\nB c", "2": "Po", "3": "besa.a.b.c.yes", "4": "Jo", "5": "besa.a.b.c.no",
    }  # fmt: skip
    assert "Body" not in call.form
    assert requests.tappable(SENDER, "whatsapp:+3", reply, {"besa_buttons_2_en": "HX1"}) is None
    assert requests.tappable(SENDER, "whatsapp:+3", Outbound(text="x"), {"besa_text_0_": "HX1"}) is None


def test_redacting_and_deleting(twilio: StandIn) -> None:
    twilio.answers = [(200, {"sid": "SM1"}), (204, {})]
    box = outbox(twilio.base)
    assert box.ask(requests.redact(SENDER, "SM1")).good
    assert box.ask(requests.delete(SENDER, "SM1")).good
    assert [(method, path.rsplit("/", 1)[1], fields) for method, path, fields, _ in twilio.got] == [
        ("POST", "SM1.json", {"Body": ""}), ("DELETE", "SM1.json", {}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (CREATED, Sent(id="SM" + "5" * 32)),
        (refusal(21610), Refused(kind="opted_out", code=21610)),
        (refusal(63016), Refused(kind="outside_window", code=63016)),
        (refusal(21211), Refused(kind="invalid_address", code=21211)),
        (refusal(99999), Refused(kind="config", code=99999)),
        (refusal(20003, 401), Refused(kind="config", code=20003)),
        (refusal(20429, 429), Refused(kind="throttled", code=20429)),
        ((429, {}), Refused(kind="throttled")),
        (refusal(20503, 503), Unknown(code=20503)),
        ((503, {}), Unknown()),
        ((500, {"code": 30001}), Unknown(code=30001)),
        (
            (400, {"type": "t", "title": "x", "status": 400, "code": 63003, "detail": "d"}),
            Refused(kind="invalid_address", code=63003),
        ),
        ((400, {"code": "21610"}), Refused(kind="config")),
        ((201, {}), Unknown()),
        ((302, {}), Unknown()),
        ((201, {"sid": "SM1", "error_code": 21610}), Refused(kind="opted_out", code=21610)),
    ],
)
def test_what_an_answer_means(twilio: StandIn, answer: tuple[int, dict[str, Any]], means: Outcome) -> None:
    twilio.answers = [answer]
    assert outbox(twilio.base).send_now(requests.text(SENDER, SECRET_ADDRESS, "x")) == means
    assert len(twilio.got) == 1


def test_what_was_throttled_is_tried_again_and_what_may_have_gone_is_not(twilio: StandIn) -> None:
    waits: list[float] = []
    box = outbox(twilio.base, pause=waits.append)
    twilio.answers = [refusal(20429, 429), refusal(20429, 429), CREATED]
    assert box.send(requests.text(SENDER, SECRET_ADDRESS, "x")) == Sent(id="SM" + "5" * 32)
    assert len(twilio.got) == 3
    assert 0.5 <= waits[0] <= 1.5 <= waits[0] + waits[1]
    twilio.got.clear()
    twilio.answers = [refusal(20429, 429)]
    assert box.send(requests.text(SENDER, SECRET_ADDRESS, "x")) == Refused(kind="throttled", code=20429)
    assert len(twilio.got) == 4
    twilio.got.clear()
    twilio.answers = [(503, {})]
    assert box.send(requests.text(SENDER, SECRET_ADDRESS, "x")) == Unknown()
    assert len(twilio.got) == 1


def test_a_silent_api_is_an_unknown_outcome_within_the_limit(twilio: StandIn) -> None:
    twilio.delay = 3.0
    began = time.monotonic()
    assert outbox(twilio.base, limit=0.3).send_now(requests.text(SENDER, SECRET_ADDRESS, "x")) == Unknown()
    assert time.monotonic() - began < 2.5


def test_no_api_at_all_is_surely_not_sent() -> None:
    closed = StandIn()
    closed.server_close()
    assert outbox(closed.base).send(requests.text(SENDER, SECRET_ADDRESS, "x")) == Refused(kind="transient")


def test_a_process_made_by_fork_has_a_client_of_its_own(twilio: StandIn) -> None:
    box = outbox(twilio.base)
    call = requests.text(SENDER, SECRET_ADDRESS, "x")
    assert box.send_now(call) == CREATED_SENT
    mine = box._client("now")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        own = box._client("now") is not mine and box.send_now(call) == CREATED_SENT
        os.write(write, b"1" if own else b"0")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 1) == b"1"
    assert box._client("now") is mine
    os.close(read)
    os.close(write)


CREATED_SENT = Sent(id="SM" + "5" * 32)


def test_nothing_of_an_address_is_logged_or_shown(twilio: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    twilio.answers = [refusal(21211)]
    call = requests.text(SENDER, SECRET_ADDRESS, "a telling word")
    with caplog.at_level(logging.DEBUG):
        result = outbox(twilio.base).send(call)
        outbox(twilio.base).ask(requests.listing(SENDER, after="2026-11-25"))
        logging.getLogger("bot").info("%s %s", result, call)
    assert "21211" in caplog.text
    for secret in (SECRET_ADDRESS, "355690000001", "telling", "s3cret"):
        assert secret not in caplog.text
    assert "s3cret" not in repr(Access(account=ACCOUNT, secret="s3cret"))


def test_no_answer_is_an_unknown_outcome() -> None:
    assert outcome(Answer(status=0)) == Unknown()


def test_retention_is_a_setting() -> None:
    sender = account.sender(Settings(twilio_content_retention="discard", twilio_address_retention="obfuscate"))
    assert (sender.content_retention, sender.address_retention) == ("discard", "obfuscate")
