"""The carrier, as seen from us: forms as Twilio sends them, signed by Twilio's own library."""

from __future__ import annotations

from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

SID = "AC" + "0123456789abcdef" * 2
TOKEN = "12345"
PUBLIC = "http://127.0.0.1:9"
FORM = "application/x-www-form-urlencoded"


def message(text: str, number: int = 1, sender: str = "+355690000001", **more: str) -> dict[str, str]:
    """The form of one SMS; `number` makes its MessageSid."""
    return {
        "ToCountry": "AL", "SmsMessageSid": f"SM{number:032x}", "NumMedia": "0", "SmsSid": f"SM{number:032x}",
        "FromCountry": "AL", "SmsStatus": "received", "Body": text, "To": "+355690000999", "NumSegments": "1",
        "MessageSid": f"SM{number:032x}", "AccountSid": SID, "From": sender, "ApiVersion": "2010-04-01", **more,
    }  # fmt: skip


def signed(
    form: dict[str, str], path: str = "/twilio/message", public: str = PUBLIC, token: str = TOKEN
) -> dict[str, str]:
    """The headers of a request with this form."""
    return {
        "X-Twilio-Signature": RequestValidator(token).compute_signature(public + path, form),
        "Content-Type": FORM,
        "I-Twilio-Idempotency-Token": "7f3c",
    }


def body(form: dict[str, str]) -> bytes:
    return urlencode(form).encode()
