"""Twilio's error codes and status callbacks: what each means, and that a state never goes back."""

from __future__ import annotations

import pytest

from bot.carriers.outcome import KINDS
from bot.carriers.twilio import status
from bot.carriers.twilio.errors import CODES, DONE, fault


def test_every_code_has_a_kind_and_something_done() -> None:
    assert all(one.kind in KINDS and one.done in DONE and one.means for one in CODES.values())
    assert {one.kind for one in CODES.values()} >= set(KINDS) - {"transient"} - {"unknown_outcome"}
    assert CODES[30003].kind == "transient"
    # The ones that must never be sent again, whatever happens.
    assert {code for code, one in CODES.items() if one.done == "opt_out"} == {21610, 63014, 63033}
    assert fault(21610, 500).kind == "opted_out"


def test_an_unknown_code_is_never_a_reason_to_send_again() -> None:
    assert all(
        fault(code, status).done != "later" for code in (0, 1, 99999) for status in (0, 200, 302, 400, 404, 500, 503)
    )
    assert fault(0, 429).done == "later"


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"MessageSid": "SM1", "MessageStatus": "delivered"}, status.Status(sid="SM1", status="delivered")),
        ({"MessageSid": "SM1", "MessageStatus": "read"}, status.Status(sid="SM1", status="delivered")),
        ({"SmsSid": "SM1", "SmsStatus": "sent"}, status.Status(sid="SM1", status="sent")),
        (
            {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "21610"},
            status.Status(sid="SM1", status="undelivered", code=21610, fault=CODES[21610]),
        ),
        ({"MessageSid": "SM1", "MessageStatus": "sent", "ErrorCode": "²"}, status.Status(sid="SM1", status="sent")),
    ],
)
def test_status_callbacks(form: dict[str, str], told: status.Status) -> None:
    assert status.read(form) == told
    assert told.key == f"SM1:{told.status}"


@pytest.mark.parametrize(
    "form",
    [{}, {"MessageSid": "SM1"}, {"MessageStatus": "sent"}, {"MessageSid": "SM1", "MessageStatus": "received"},
     {"MessageSid": "S" * 65, "MessageStatus": "sent"}],
)  # fmt: skip
def test_what_is_no_status_is_nothing(form: dict[str, str]) -> None:
    assert status.read(form) is None


def test_a_state_never_goes_back() -> None:
    assert status.later("", "queued") == "queued"
    assert status.later("sent", "queued") == "sent"
    assert status.later("queued", "delivered") == "delivered"
    assert status.later("delivered", "sent") == "delivered"
    assert status.later("delivered", "failed") == "delivered"
    assert status.later("failed", "delivered") == "failed"
    assert status.later("sent", "nonsense") == "sent"
    failed = status.read({"MessageSid": "SM1", "MessageStatus": "failed"})
    assert failed is not None
    assert failed.final
    assert failed.fault == fault(0)
