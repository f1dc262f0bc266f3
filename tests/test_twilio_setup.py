"""`python -m bot twilio`: a complete plan, made once, found again by name, compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from twilio_account import Account, account

from bot import cli
from bot.carriers.twilio import setup
from bot.channels.message import WHATSAPP
from bot.commands import twilio as command

WORDS = {language: setup.Words(choose="Choose", checkin=f"Hello in {language}.") for language in ("en", "sq")}
PUBLIC = "https://help.example.org"
EVERY_CONTENT = 2 * (3 + 7 + 1)


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with account() as server:
        for name, value in {
            "PUBLIC_URL": PUBLIC, "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_API_BASE": server.base,
            "TWILIO_AUTH_TOKEN": "t0ken-that-nobody-may-see",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        yield server


def test_the_second_run_changes_nothing(twilio: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["twilio", "setup"]) == 0
    assert len(twilio.contents) == EVERY_CONTENT
    assert len(twilio.services) == 1
    assert len(twilio.wrote) == 1 + EVERY_CONTENT + 2
    told = capsys.readouterr().out
    assert "FAILED" not in told
    assert "Advanced Opt-Out" in told
    twilio.wrote.clear()
    assert cli.main(["twilio", "setup"]) == 0
    assert twilio.wrote == []
    assert "Everything stands as it should." in capsys.readouterr().out
    assert cli.main(["twilio", "check"]) == 0


def test_what_stands_is_what_people_need(twilio: Account) -> None:
    assert cli.main(["twilio", "setup"]) == 0
    (service,) = twilio.services.values()
    assert service["inbound_request_url"].startswith(f"{PUBLIC}/twilio/message#rc=3&rp=5xx,ct,rt")
    assert service["fallback_url"] == f"{PUBLIC}/twilio/fallback"
    assert service["status_callback"] == f"{PUBLIC}/twilio/status"
    assert (service["inbound_method"], service["fallback_method"]) == ("POST", "POST")
    assert service["validity_period"] == 300
    assert service["use_inbound_webhook_on_number"] is False
    names = {content["friendly_name"]: content for content in twilio.contents.values()}
    assert names["besa_checkin_sq"]["approval_requests"] == {
        "name": "besa_checkin_sq", "category": "UTILITY", "status": "received",
    }  # fmt: skip
    assert names["besa_checkin_sq"]["types"]["twilio/text"]["body"].startswith("Përshëndetje")
    assert names["besa_buttons_2_sq"]["approval_requests"] == {"status": "unsubmitted"}


def test_what_was_changed_by_hand_is_named_and_mended(twilio: Account, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["twilio", "setup"])
    (service,) = twilio.services.values()
    service["fallback_url"] = None
    content = next(one for one in twilio.contents.values() if one["friendly_name"] == "besa_list_5_sq")
    content["types"]["twilio/list-picker"]["button"] = "?"
    twilio.wrote.clear()
    capsys.readouterr()
    assert cli.main(["twilio", "check"]) == 1
    told = capsys.readouterr().out
    assert "Set FallbackUrl of the Messaging Service Besa" in told
    assert "Change the content besa_list_5_sq" in told
    assert twilio.wrote == []
    assert cli.main(["twilio", "setup"]) == 0
    assert twilio.wrote == [f"POST /v1/Services/{service['sid']}", f"PUT /v1/Content/{content['sid']}"]
    assert cli.main(["twilio", "check"]) == 0


def test_a_refused_template_is_asked_for_again_and_a_waiting_one_is_not(twilio: Account) -> None:
    cli.main(["twilio", "setup"])
    twilio.approve("besa_checkin_sq", "rejected")
    twilio.approve("besa_checkin_en")
    twilio.wrote.clear()
    assert cli.main(["twilio", "setup"]) == 0
    assert len(twilio.wrote) == 1
    assert twilio.wrote[0].endswith("/ApprovalRequests/whatsapp")


def test_a_service_that_is_set_is_used_whatever_its_name(twilio: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    sid = "MG" + "f" * 32
    twilio.services[sid] = {"sid": sid, "friendly_name": "Another"}
    monkeypatch.setenv("TWILIO_MESSAGING_SERVICE_SID", sid)
    assert cli.main(["twilio", "setup"]) == 0
    assert list(twilio.services) == [sid]
    assert twilio.services[sid]["friendly_name"] == "Besa"


def test_a_dry_run_prints_a_complete_plan_and_sends_nothing(
    twilio: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["twilio", "setup", "--dry-run", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 1 + EVERY_CONTENT + 2
    assert twilio.wrote == []
    assert "t0ken" not in json.dumps(lines)


def test_a_dry_run_needs_no_account(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    assert cli.main(["twilio", "setup", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "https://PUBLIC_URL/twilio/message" in told
    assert "What only a person can do" in told
    assert cli.main(["twilio", "check"]) == 1
    assert "TWILIO_ACCOUNT_SID" in capsys.readouterr().err


@pytest.mark.usefixtures("twilio")
def test_no_answer_is_said_plainly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TWILIO_API_BASE", "http://127.0.0.1:9")
    assert cli.main(["twilio", "check"]) == 1
    told = capsys.readouterr().err
    assert "no answer" in told
    assert "t0ken" not in told


def test_the_words_of_content_are_the_flows_and_fit() -> None:
    words = command.words_of_content()
    assert set(words) >= {"en", "sq"}
    for own in words.values():
        assert 0 < len(own.choose) <= WHATSAPP.button_title
        assert 0 < len(own.checkin) <= 1024
        assert "{" not in own.checkin
    assert words["sq"] != words["en"]


def test_only_an_approved_check_in_counts_as_there() -> None:
    def content(name: str, status: str) -> dict[str, Any]:
        return {"friendly_name": name, "sid": f"HX-{name}", "approval_requests": {"status": status}}

    state = setup.State(
        contents=[
            content("besa_checkin_sq", "pending"), content("besa_checkin_en", "approved"),
            content("besa_buttons_2_sq", "unsubmitted"), content("somebody else's", "approved"), {},
        ]
    )  # fmt: skip
    assert set(setup.sids(state)) == {"besa_checkin_en", "besa_buttons_2_sq"}
    told = setup.for_people(state, WORDS)
    assert any("besa_checkin_sq" in line for line in told)
    assert not any("besa_checkin_en" in line for line in told)


def test_no_plan_is_needed_where_everything_stands() -> None:
    settings = setup.service_settings(PUBLIC)
    service = {"sid": "MG1", **{setup._snake(name): value for name, value in settings.items()}}
    contents = [
        {**content, "sid": "HX1", "approval_requests": {"status": "approved"}} for content in setup.contents(WORDS)
    ]
    assert setup.plan(setup.State(services=[service], contents=contents), public=PUBLIC, words=WORDS) == []
    assert len(setup.plan(setup.State(contents=contents), public=PUBLIC, words=WORDS)) == 1
