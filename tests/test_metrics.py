"""Numbers for operators: what Prometheus reads, with no word about a person; every alarm names one that exists."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis
from carrier import FORM, SID, TOKEN, body, message, signed
from flask.testing import FlaskClient

from bot import app, build, settings
from bot.storage import counts, keyring
from bot.storage.connect import Connection
from bot.storage.embedded import Embedded
from bot.storage.limits import Brakes, MemorySums, Rates
from bot.storage.sessions import Redis
from bot.tally import STEPS, Tally

ALARMS = Path(__file__).resolve().parent.parent / "docs" / "alarms.yml"
LINE = re.compile(r'(?P<name>[a-z_]+)(\{(?P<label>[a-z]+)="(?P<value>[^"]*)"\})? (?P<number>[0-9.e+-]+)')
PUBLIC = "http://127.0.0.1:9"


@pytest.fixture
def client(valkey: Embedded) -> FlaskClient:
    redis.Redis.from_url(valkey.url).flushall()
    checked = settings.read(
        {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN, "PUBLIC_URL": PUBLIC, "METRICS_TOKEN": "numbers",
         "ASSURANCE": "listed"}
    )  # fmt: skip
    house = build.house(checked, Redis(Connection(valkey.url, limit=2.0), keyring.random()))
    return app.create_app(house, checked).test_client()


def numbers(client: FlaskClient) -> dict[str, float]:
    page = client.get("/metrics", headers={"Authorization": "Bearer numbers"}).get_data(as_text=True)
    found = {}
    for line in page.splitlines():
        if line.startswith("# "):
            assert re.fullmatch(r"# (HELP|TYPE) besa_[a-z_]+ .+", line)
            continue
        row = LINE.fullmatch(line)
        assert row, line
        found[line.rpartition(" ")[0]] = float(row["number"])
    return found


def say(client: FlaskClient, text: str, number: int, sender: str = "+355690000001") -> int:
    form = message(text, number, sender)
    return client.post("/twilio/message", data=body(form), headers=signed(form)).status_code


def test_latency_outcomes_and_refusals_are_counted(client: FlaskClient) -> None:
    for number, text in enumerate(("hello", "2", "my husband hits me", "Gramsh"), start=1):
        assert say(client, text, number) == 200
    assert say(client, "hello", 1) == 200
    client.post("/twilio/message", data=body(message("x")), headers={"Content-Type": FORM, "X-Twilio-Signature": "x"})
    found = numbers(client)
    assert found['besa_outcomes_total{outcome="reply"}'] == 4
    assert found['besa_outcomes_total{outcome="repeat"}'] == 1
    assert found['besa_outcomes_total{outcome="refused_signature"}'] == 1
    assert found["besa_message_seconds_count"] == 5
    below = [found[f'besa_message_seconds_bucket{{le="{step:g}"}}'] for step in STEPS]
    assert below == sorted(below)
    assert found['besa_message_seconds_bucket{le="+Inf"}'] == 5
    assert 0 < found["besa_message_seconds_sum"] < 5
    assert found["besa_redis_up"] == 1
    assert found["besa_spend_brake_prefixes"] == 0


def test_a_code_of_the_carrier_is_counted_once(client: FlaskClient) -> None:
    form = {
        "MessageSid": "SM" + "9" * 32, "MessageStatus": "undelivered", "ErrorCode": "30005", "AccountSid": SID,
        "To": "+355690000001", "From": "+355690000999",
    }  # fmt: skip
    for _ in range(2):
        client.post("/twilio/status", data=body(form), headers=signed(form, "/twilio/status"))
    assert numbers(client)['besa_outcomes_total{outcome="code_30005"}'] == 1


def test_no_number_tells_of_a_person(client: FlaskClient) -> None:
    for number, text in enumerate(("hello", "2", "my husband hits me", "Gramsh", "kanarina"), start=1):
        say(client, text, number)
    page = client.get("/metrics", headers={"Authorization": "Bearer numbers"}).get_data(as_text=True)
    for canary in ("355690000001", "husband", "Gramsh", "gramsh", "kanarina", "Elbasan", "violence"):
        assert canary not in page


def test_the_histogram_is_right_at_its_edges() -> None:
    tally = Tally()
    for seconds in (0.005, 0.0051, 5.0, 60.0):
        tally.took(seconds)
    rows = dict(line.rpartition(" ")[::2] for line in tally.times() if not line.startswith("#"))
    assert rows['besa_message_seconds_bucket{le="0.005"}'] == "1"
    assert rows['besa_message_seconds_bucket{le="0.01"}'] == "2"
    assert rows['besa_message_seconds_bucket{le="5"}'] == "3"
    assert rows['besa_message_seconds_bucket{le="+Inf"}'] == rows["besa_message_seconds_count"] == "4"


def test_a_spend_brake_that_is_on_is_seen() -> None:
    from test_brakes import ABROAD, IDLE, inbound

    now = datetime(2026, 12, 1, tzinfo=UTC)
    brakes = Brakes(MemorySums(), Rates(spend=3, flush=0))
    for _ in range(3):
        brakes(0, inbound("x", ABROAD), IDLE, now)
    assert brakes.spending(now) == 0
    brakes(0, inbound("x", ABROAD), IDLE, now)
    assert brakes.spending(now) == 1


def test_need_and_county_of_an_offer_are_counted_each_by_itself(valkey: Embedded) -> None:
    redis.Redis.from_url(valkey.url).flushall()
    store = Redis(Connection(valkey.url, limit=2.0), keyring.random())
    checked = settings.read({})
    house = build.house(checked, store)
    from test_brakes import say as tell

    for text in ("hello", "2", "my husband hits me", "Gramsh"):
        tell(house.helpline, text)
    sums = counts.read(store.connection, counts.month(datetime.now(UTC).timestamp()))
    assert sums["offered:domestic_violence"] == 1
    assert {name for name in sums if name.startswith("county:")} == {"county:03"}
    assert not [name for name in sums if "county" in name and "violence" in name]


def test_every_alarm_is_about_a_number_that_exists(client: FlaskClient) -> None:
    assert say(client, "hello", 1) == 200
    known = {line.partition("{")[0] for line in numbers(client)} | {"besa_worker_age_seconds", "besa_sweep_age_seconds"}
    text = ALARMS.read_text(encoding="utf-8")
    used = set(re.findall(r"besa_[a-z_]+", "\n".join(re.findall(r"expr: (.+)", text))))
    assert used
    assert used <= known
    outcomes = set(re.findall(r'outcome="([a-z_]+)"', text))
    assert outcomes
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ALARMS.parent.parent / "bot").rglob("*.py"))
    assert all(name.removeprefix("refused_") in source for name in outcomes)
