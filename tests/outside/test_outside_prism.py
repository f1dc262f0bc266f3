"""Every request we make, against Twilio's own OpenAPI document; and what each failure becomes."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from bot.carriers.outcome import Outcome, Refused, Sent, Unknown
from bot.carriers.twilio import requests, setup
from bot.carriers.twilio.outbox import Access, Outbox
from bot.channels.message import Option, Outbound

DOCUMENT = json.loads((Path(__file__).parent / "twilio.json").read_text("utf-8"))
ACCOUNT = "AC" + "0" * 32
HX = "HX" + "a" * 32
SM = "SM" + "b" * 32
FULL = requests.Sender(
    account=ACCOUNT, service="MG" + "1" * 32, callback="https://help.example.org/twilio/status", checkin=HX,
    content_retention="discard", address_retention="obfuscate",
)  # fmt: skip
BARE = requests.Sender(account=ACCOUNT, sms="+15550000000", whatsapp="whatsapp:+15550000000", checkin=HX)
WORDS = {language: setup.Words(choose="Choose", checkin="Hello.") for language in ("sq", "en")}
PUBLIC = "https://help.example.org"


def tappable(form: str, count: int) -> requests.Call:
    options = tuple(Option(number=at, label=f"Choice {at}", payload=f"besa.0.a.b.c{at}") for at in range(count))
    reply = Outbound(text="x", body="Në rrezik: 112\nKu jeni?", options=options, form=form, language="sq")
    call = requests.tappable(FULL, "whatsapp:+355690000001", reply, {f"besa_{form}_{count}_sq": HX})
    assert call is not None
    return call


def checkin(sender: requests.Sender, to: str, last: int) -> requests.Call:
    call = requests.checkin(sender, to, "Pershendetje.", last_inbound=last, now=1_800_000_000, window=85_800)
    assert call is not None
    return call


def every_call() -> dict[str, requests.Call]:
    """One of each kind of request that the project makes."""
    now = 1_800_000_000
    stale = {"friendly_name": "Besa", "sid": "MG" + "1" * 32}
    old = [{**content, "sid": HX, "types": {}} for content in setup.contents(WORDS)]
    calls = {
        "sms": requests.text(FULL, "+355690000001", "Ne rrezik: 112"),
        "sms without a service": requests.text(BARE, "+355690000001", "x" * 1600),
        "whatsapp": requests.text(BARE, "whatsapp:+355690000001", "Në rrezik: 112"),
        "whatsapp without a number": requests.text(BARE, "whatsapp:AL.13491208655302741918", "x"),
        "check-in by sms": checkin(BARE, "+355690000001", now),
        "check-in inside": checkin(FULL, "whatsapp:+355690000001", now - 60),
        "check-in outside": checkin(FULL, "whatsapp:+355690000001", now - 86_400),
        "redact": requests.redact(FULL, SM),
        "delete": requests.delete(FULL, SM),
        "recent": requests.listing(FULL, after="2026-11-25T09:00:00Z"),
        "between": requests.listing(FULL, after="2026-11-11T09:00:00Z", before="2026-11-25T09:00:00Z"),
        "list media": requests.media(FULL, SM),
        "delete media": requests.delete_media(FULL, SM, "ME" + "c" * 32),
        "contents": requests.contents(),
        "list services": setup.services_call(),
        "list contents": setup.contents_call(),
    }
    calls |= {f"{count} buttons": tappable("buttons", count) for count in setup.BUTTONS}
    calls |= {f"list of {count}": tappable("list", count) for count in setup.ROWS}
    for state in (setup.State(), setup.State(services=[stale], contents=old)):
        for step in setup.plan(state, public=PUBLIC, words=WORDS):
            url = re.sub(r"\{\w+\}", HX, step.call.url)
            calls[step.what] = msgspec.structs.replace(step.call, url=url)
    return calls


CALLS = every_call()


@pytest.fixture(scope="module")
def outbox(prism: str) -> Outbox:
    return Outbox(Access(account=ACCOUNT, key="SK" + "1" * 32, secret="s", base=prism), limit=10, rest=20)


@pytest.mark.parametrize("name", CALLS)
def test_twilios_document_allows_the_request(name: str, outbox: Outbox) -> None:
    answer = outbox.ask(CALLS[name])
    assert answer.good, (answer.status, answer.data)


@pytest.mark.parametrize("name", CALLS)
def test_every_field_is_one_that_the_document_names(name: str) -> None:
    """The stand-in lets unknown fields pass, Twilio ignores them: both would hide a misspelt one."""
    call = CALLS[name]
    operation = _operation(call)
    content = operation.get("requestBody", {}).get("content", {})
    if call.body:
        _named(dict(call.body), content["application/json"]["schema"], name)
    elif call.form:
        _named(dict(call.form), content["application/x-www-form-urlencoded"]["schema"], name)
    for query in filter(None, urlsplit(call.url).query.split("&")):
        field = query.partition("=")[0].replace("%3E", ">").replace("%3C", "<")
        assert field in {one["name"] for one in operation["parameters"] if one["in"] == "query"}


def test_a_misspelt_field_would_be_found() -> None:
    call = msgspec.structs.replace(CALLS["sms"], form={**CALLS["sms"].form, "RiskChek": "disable"})
    schema = _operation(call)["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    with pytest.raises(AssertionError, match="RiskChek"):
        _named(dict(call.form), schema, "x")


@pytest.mark.parametrize(
    ("field", "value"), [("ContentSid", "HX1"), ("RiskCheck", "off"), ("To", None), ("ValidityPeriod", "x")]
)
def test_the_stand_in_does_refuse(field: str, value: str | None, outbox: Outbox) -> None:
    form = {**CALLS["check-in outside"].form, field: value}
    call = msgspec.structs.replace(CALLS["sms"], form={name: text for name, text in form.items() if text is not None})
    assert outbox.ask(call).status == 422


def test_a_sent_message_has_a_sid(outbox: Outbox) -> None:
    sent = outbox.send(CALLS["sms"])
    assert isinstance(sent, Sent)
    assert sent.id.startswith("SM")


@pytest.mark.parametrize(
    ("query", "means"),
    [
        ("__code=400&__example=e21610", Refused(kind="opted_out", code=21610)),
        ("__code=400&__example=e63016", Refused(kind="outside_window", code=63016)),
        ("__code=400&__example=e21211", Refused(kind="invalid_address", code=21211)),
        ("__code=401", Refused(kind="config", code=20003)),
        ("__code=429", Refused(kind="throttled", code=20429)),
        ("__code=503", Unknown(code=20503)),
    ],
)
def test_each_failure_becomes_an_outcome(query: str, means: Outcome, failing: str) -> None:
    pauses: list[float] = []
    outbox = Outbox(Access(account=ACCOUNT, token="t", base=failing), limit=10, pause=pauses.append)
    call = msgspec.structs.replace(CALLS["sms"], url=f"{CALLS['sms'].url}?{query}")
    assert outbox.send(call) == means
    assert len(pauses) == (3 if means == Refused(kind="throttled", code=20429) else 0)


def test_too_long_a_text_is_refused_as_such(failing: str) -> None:
    outbox = Outbox(Access(account=ACCOUNT, token="t", base=failing), limit=10)
    assert outbox.send(requests.text(FULL, "+355690000001", "x" * 1601)) == Refused(kind="content", code=21617)


def test_a_time_out_is_an_unknown_outcome() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        base = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        outbox = Outbox(Access(account=ACCOUNT, token="t", base=base), limit=0.3, rest=0.3)
        assert outbox.send(CALLS["sms"]) == Unknown()


def _operation(call: requests.Call) -> dict[str, Any]:
    path = urlsplit(call.url).path
    for template, item in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/.]+", re.escape(template)), path):
            return dict(item[call.method.lower()])
    raise AssertionError(f"the document has no {path}")


def _named(value: object, schema: dict[str, Any], where: str) -> None:
    """Asserts that every key of `value`, at any depth, is a property of the schema."""
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        for item in value:
            _named(item, schema.get("items", {}), where)
    elif isinstance(value, dict) and "properties" in schema:
        for key, item in value.items():
            assert key in schema["properties"], f"{where}: {key}"
            _named(item, schema["properties"][key], f"{where}.{key}")
