"""A talk with somebody else's Twilio: it signs and posts to our web process, takes our messages, tells their status."""

from __future__ import annotations

import json
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from carrier import SID, TOKEN, body, signed
from processes import Running, answers, ask, free_port, until

from bot.carriers.outcome import Sent
from bot.carriers.twilio import requests
from bot.carriers.twilio.outbox import Access, Outbox
from bot.storage import embedded, keyring

OURS = "+15550000000"
THEIRS = "+355690000001"


class Talk:
    """Our web process over a real store, and the stand-in Twilio that knows its address."""

    def __init__(self, port: int, twilio: str) -> None:
        self.port, self.twilio, self.public = port, twilio, f"http://127.0.0.1:{port}"

    def write(self, text: str, prefix: str = "") -> str:
        """The stand-in receives a text and posts it to us; what we answered, read as XML."""
        sid = self._post("/_twilio/simulate/inbound-message", To=prefix + OURS, From=prefix + THEIRS, Body=text)["sid"]
        form = {
            "AccountSid": SID, "MessageSid": sid, "From": prefix + THEIRS, "To": prefix + OURS, "Body": text,
        }  # fmt: skip
        # The stand-in does not show our answer; the same MessageSid again gets the same one.
        headers = {name.replace("-", "_"): value for name, value in signed(form, public=self.public).items()}
        status, answer = ask(self.port, "POST", "/twilio/message", body(form), **headers)
        assert status == 200
        return ElementTree.fromstring(answer).findtext("Message") or ""

    def outcomes(self) -> dict[str, int]:
        _, page = ask(self.port, "GET", "/metrics", Authorization="Bearer numbers")
        rows = (line.rpartition(" ") for line in page.decode().splitlines() if line.startswith("besa_outcomes_total{"))
        return {name.split('"')[1]: int(number) for name, _, number in rows}

    def posted(self) -> str:
        """The stand-in's own page of what it posted to us and what came back."""
        with urllib.request.urlopen(f"{self.twilio}/?tab=webhooks", timeout=10) as page:  # noqa: S310 - our own loopback
            return str(page.read().decode())

    def status(self, sid: str, word: str) -> None:
        self._post("/_twilio/simulate/message-status", MessageSid=sid, Status=word)

    def _post(self, path: str, **fields: str) -> dict[str, Any]:
        call = urllib.request.Request(self.twilio + path, urlencode(fields).encode())  # noqa: S310 - our own loopback
        call.add_header("Authorization", "Basic " + b64encode(f"{SID}:{TOKEN}".encode()).decode())
        with urllib.request.urlopen(call, timeout=20) as answer:  # noqa: S310 - our own loopback
            return dict(json.load(answer))


@pytest.fixture(scope="module")
def talk(
    node: str, packages: Path, serve: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Talk]:
    folder = tmp_path_factory.mktemp("talk")
    port, twilio_port = free_port(), free_port()
    with ExitStack() as stack:
        store = embedded.start(folder / "store")
        stack.callback(store.stop)
        keyring.write(folder / "keys", keyring.fresh(0))
        web = Running("web", folder / "web.log", {
            "REDIS_URL": store.url, "BESA_KEY_FILE": str(folder / "keys"), "PORT": str(port),
            "METRICS_TOKEN": "numbers", "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN, "PUBLIC_URL": f"http://127.0.0.1:{port}",
        })  # fmt: skip
        stack.callback(web.kill)
        until(lambda: answers(port), 30, "the web process answers")
        seed = folder / "seed.yaml"
        seed.write_text(_seed(f"http://127.0.0.1:{port}/twilio/message"), "utf-8")
        command = [
            node,
            str(packages / ".bin" / "emulate"),
            "start",
            "-s",
            "twilio",
            "-p",
            str(twilio_port),
            "--seed",
            str(seed),
        ]
        base = stack.enter_context(serve(command, twilio_port, folder / "emulate.log"))
        yield Talk(port, base)


def _seed(url: str) -> str:
    numbers = "".join(
        f'    - phone_number: "{number}"\n      sms_url: {url}\n      sms_method: POST\n'
        for number in (OURS, f"whatsapp:{OURS}")
    )
    return f"twilio:\n  account:\n    sid: {SID}\n    auth_token: {TOKEN!r}\n  phone_numbers:\n{numbers}"


def test_a_person_is_led_to_a_number(talk: Talk) -> None:
    first = talk.write("pershendetje")
    assert "1 Shqip 2 English" in first
    assert "1 " in talk.write("1")
    told = talk.write("burri me rreh, jam ne elbasan")
    assert "112" in told
    assert "116 117" in told
    assert "failed" not in talk.posted()
    assert talk.outcomes() == {"reply": 3, "repeat": 3}


def test_the_same_by_whatsapp_has_its_own_letters(talk: Talk) -> None:
    assert "ë" in talk.write("burri më rreh", "whatsapp:")


def test_what_we_send_is_taken_and_its_states_come_back_signed(talk: Talk) -> None:
    before = talk.outcomes().get("status", 0)
    outbox = Outbox(Access(account=SID, token=TOKEN, base=talk.twilio), limit=10)
    sender = requests.Sender(account=SID, sms=OURS, callback=f"{talk.public}/twilio/status")
    sent = outbox.send(requests.text(sender, THEIRS, "Pershendetje."))
    assert isinstance(sent, Sent)
    talk.status(sent.id, "delivered")
    until(lambda: talk.outcomes().get("status", 0) > before, 10, "a status came back")
    assert "failed" not in talk.posted()
    assert talk.outcomes().get("refused_signature", 0) == 0


def test_a_sender_that_is_not_ours_is_refused_as_such(talk: Talk) -> None:
    outbox = Outbox(Access(account=SID, token=TOKEN, base=talk.twilio), limit=10)
    refused = outbox.send(requests.text(requests.Sender(account=SID, sms="+15559999999"), THEIRS, "x"))
    assert getattr(refused, "code", 0) in {21606, 21603, 21212}
