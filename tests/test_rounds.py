"""Rounds at the carrier: who was never answered is, once; what is over is erased, and nobody else's."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from carrier import SID
from twilio_account import Account, account

from bot import build, jobs, settings
from bot.carriers.twilio import history
from bot.carriers.twilio.outbox import Access, Outbox
from bot.carriers.twilio.requests import Sender
from bot.channels.message import Inbound, Outbound
from bot.errors import StorageUnavailable
from bot.rounds import Rounds
from bot.storage import counts, embedded, keyring
from bot.storage.memory import Memory

NOW = 1_800_000_000
OURS, THEIRS = "+355690000999", "+355690000001"
SENDER = Sender(account=SID, sms=OURS, whatsapp=f"whatsapp:{OURS}")
DAY = 86_400


@pytest.fixture
def twilio() -> Iterator[Account]:
    with account() as server:
        yield server


@pytest.fixture(scope="module")
def house() -> build.House:
    return build.house(settings.read({"ASSURANCE": "listed"}), Memory())


def log(
    twilio: Account, ago: int, body: str = "", *, theirs: str = THEIRS, ours: str = OURS, now: int = NOW, **more: str
) -> str:
    """One message in Twilio's list, from a person unless it says otherwise; its sid."""
    sid = f"SM{next(SIDS):032x}"
    sent = format_datetime(datetime.fromtimestamp(now - ago, UTC))
    row = {"sid": sid, "direction": "inbound", "from": theirs, "to": ours, "body": body, "status": "received",
           "date_sent": sent, "date_created": sent, "num_media": "0"}  # fmt: skip
    if more.get("direction", "inbound") != "inbound":
        row |= {"from": ours, "to": theirs, "status": "delivered"}
    twilio.log[sid] = row | more
    return sid


SIDS = itertools.count(1)


def rounds(twilio: Account, hear: Callable[[Inbound, datetime], Outbound | None], sender: Sender = SENDER) -> Rounds:
    outbox = Outbox(Access(account=SID, token="t", base=twilio.base), limit=5, pause=lambda _: None)
    return Rounds(
        outbox=outbox,
        sender=sender,
        hear=hear,
        clock=lambda: NOW,
        youngest=120,
        oldest=900,
        kept=3600,
        longest=14 * DAY,
    )


def listening(house: build.House) -> Callable[[Inbound, datetime], Outbound | None]:
    def hear(inbound: Inbound, now: datetime) -> Outbound | None:
        heard = house.helpline.hear(inbound, now)
        return heard.outbound if heard.outcome == "reply" else None

    return hear


def nobody(inbound: Inbound, _now: datetime) -> Outbound | None:
    raise AssertionError(f"{inbound.dedup} was heard")


def test_who_was_never_answered_is_answered_once(twilio: Account, house: build.House) -> None:
    log(twilio, 300, "ndihme, burri me rreh", theirs="+355690000011")
    first = rounds(twilio, listening(house)).go()
    assert first == {"answered": 1}
    (message,) = twilio.messages
    assert message["To"] == "+355690000011"
    assert "112" in message["Body"]
    assert rounds(twilio, listening(house)).go() == {}
    assert len(twilio.messages) == 1


def test_who_was_answered_is_not_answered_again(twilio: Account, house: build.House) -> None:
    sid = log(twilio, 300, "pershendetje", theirs="+355690000012")
    inbound = Inbound(channel="sms", address="+355690000012", dedup=sid, text="pershendetje")
    assert house.helpline.answer(inbound, datetime.fromtimestamp(NOW - 300, UTC))
    assert rounds(twilio, listening(house)).go() == {}
    assert twilio.messages == []


@pytest.mark.parametrize("ago", [10, 119, 901, 5000])
def test_too_young_or_too_old_is_left(twilio: Account, ago: int) -> None:
    log(twilio, ago, "ndihme")
    twilio.busy = set(twilio.log)
    assert "answered" not in rounds(twilio, nobody).go()


def test_only_the_last_message_of_a_person_is_answered(twilio: Account) -> None:
    heard: list[str] = []

    def hear(inbound: Inbound, _now: datetime) -> Outbound | None:
        heard.append(inbound.text)
        return Outbound(text="x")

    for at, text in enumerate(["one", "two", "three"]):
        log(twilio, 800 - at * 100, text)
    log(twilio, 500, "another", theirs="whatsapp:AL.1349", ours=f"whatsapp:{OURS}")
    assert rounds(twilio, hear).go() == {"answered": 2}
    assert sorted(heard) == ["another", "three"]
    assert {message["To"] for message in twilio.messages} == {THEIRS, "whatsapp:AL.1349"}
    # Somebody who has just written again is being answered now: the older message waits for nothing.
    log(twilio, 30, "four")
    heard.clear()
    rounds(twilio, hear).go()
    assert heard == ["another"]


def test_what_is_over_is_erased_with_what_was_attached(twilio: Account) -> None:
    old = log(twilio, 4000, "nje fjale qe tregon", num_media="2")
    twilio.media[old] = ["ME1", "ME2"]
    log(twilio, 5000, "pergjigje", direction="outbound-reply")
    log(twilio, 4000, "e shkuar", direction="outbound-api", status="undelivered")
    log(twilio, 7 * 3600, "kaloi", direction="outbound-api", status="sent")
    young = log(twilio, 1000, "e re")
    waiting = log(twilio, 4000, "ne rruge", direction="outbound-api", status="queued")
    done = rounds(twilio, lambda *_: None).go()
    assert done == {"erased": 4}
    assert set(twilio.log) == {young, waiting}
    assert twilio.media[old] == []


def test_what_twilio_cannot_erase_yet_is_tried_in_the_next_round(twilio: Account) -> None:
    sid = log(twilio, 4000, "x")
    twilio.busy = {sid}
    assert rounds(twilio, nobody).go() == {"left": 1}
    twilio.busy.clear()
    assert rounds(twilio, nobody).go() == {"erased": 1}


def test_messages_of_others_on_the_account_are_never_touched(twilio: Account) -> None:
    log(twilio, 300, "not for us", ours="+355690000555")
    log(twilio, 5000, "not for us", ours="+355690000555")
    log(twilio, 5000, "not from us", ours="+355690000555", direction="outbound-api")
    log(twilio, 15 * DAY, "before our time")
    before = set(twilio.log)
    assert rounds(twilio, nobody).go() == {}
    assert set(twilio.log) == before


def test_a_messaging_service_is_ours_by_its_sid(twilio: Account) -> None:
    service = "MG" + "1" * 32
    mine = log(twilio, 5000, "x", ours="+355690000777", messaging_service_sid=service)
    other = log(twilio, 5000, "x", ours="+355690000778", messaging_service_sid="MG" + "2" * 32)
    assert rounds(twilio, nobody, Sender(account=SID, service=service)).go() == {"erased": 1}
    assert mine not in twilio.log
    assert other in twilio.log


def test_many_pages_are_read(twilio: Account) -> None:
    for _ in range(twilio.page * 3 + 1):
        log(twilio, 5000, "x")
    assert rounds(twilio, nobody).go() == {"erased": twilio.page * 3 + 1}


def test_a_dead_store_answers_nobody_and_loses_nobody(twilio: Account, house: build.House) -> None:
    def dead(_inbound: Inbound, _now: datetime) -> Outbound | None:
        raise StorageUnavailable("no Redis")

    log(twilio, 300, "ndihme", theirs="+355690000013")
    assert rounds(twilio, dead).go() == {"storage": 1}
    assert rounds(twilio, listening(house)).go() == {"answered": 1}


def test_a_carrier_that_does_not_answer_ends_the_round() -> None:
    with account() as server:
        gone = server
    assert rounds(gone, nobody).go() == {"unread": 2}


def test_who_cannot_be_answered_is_not(twilio: Account) -> None:
    log(twilio, 300, "x", theirs="12345")
    log(twilio, 300, "x", theirs="Vodafone")
    log(twilio, 300, "x", theirs=OURS)
    assert rounds(twilio, nobody).go() == {}


def test_the_workers_job_makes_a_round_and_keeps_only_sums(
    twilio: Account, valkey: embedded.Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.write(tmp_path / "keys", keyring.fresh(0))
    environ = {
        "REDIS_URL": valkey.url, "BESA_KEY_FILE": str(tmp_path / "keys"), "TWILIO_ACCOUNT_SID": SID,
        "TWILIO_AUTH_TOKEN": "t", "PUBLIC_URL": "http://127.0.0.1:9", "TWILIO_API_BASE": twilio.base,
        "TWILIO_SMS_FROM": OURS,
    }  # fmt: skip
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    now = int(time.time())
    log(twilio, 300, "ndihme, burri me rreh", theirs="+355690000014", now=now)
    log(twilio, 5000, "x", now=now)
    jobs.desk.cache_clear()
    try:
        jobs.make_round()
        jobs.make_round()
        sums = counts.read(jobs.desk().store.connection, counts.month(now))
    finally:
        jobs.desk.cache_clear()
    assert {name: number for name, number in sums.items() if name.startswith("round:")} == {
        "round:answered": 1, "round:erased": 1,
    }  # fmt: skip
    assert [message["To"] for message in twilio.messages] == ["+355690000014"]


def test_junk_rows_are_left_out() -> None:
    junk = [{}, {"sid": 1}, {"sid": "SM1", "direction": "inbound", "to": OURS, "date_sent": "never"}, {"sid": "SM1"}]
    assert history.rows(junk, SENDER) == []
    row = history.rows(
        [
            {
                "sid": "SM1",
                "direction": "inbound",
                "to": OURS,
                "from": THEIRS,
                "date_sent": "Fri, 24 May 2019 17:44:49 +0000",
            }
        ],
        SENDER,
    )[0]
    assert row.at == 1_558_719_889
    assert THEIRS not in repr(row)
