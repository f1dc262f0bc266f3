"""The requests that we make of Twilio's API, as plain values.

Owns: paths and fields. Never: the network (`outbox`), or when something may be sent (`checkins`).
Field names: Twilio's OpenAPI documents `api_v2010`, `content_v1`, `messaging_v1`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from bot.channels import whatsapp
from bot.channels.message import WHATSAPP, Outbound
from bot.errors import OperatorError

API: Final = "https://api.twilio.com"
CONTENT: Final = "https://content.twilio.com"
TYPING: Final = "https://messaging.twilio.com/v2/Indicators/Typing.json"
REPLY_VALIDITY: Final = 300  # seconds: a late answer to a question is worse than none
CHECKIN_VALIDITY: Final = 3600


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request: a form, or JSON where `body` is set. Its repr holds an address: never log it."""

    method: str
    url: str
    form: Mapping[str, str] = {}
    body: Mapping[str, Any] = {}

    def __repr__(self) -> str:
        return f"Call({self.method} {self.url.partition('?')[0]})"


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are at Twilio, from the settings."""

    account: str
    service: str = ""  # MG…; wins over the two below
    sms: str = ""  # +…
    whatsapp: str = ""  # whatsapp:+…
    callback: str = ""  # where status callbacks go
    checkin: str = ""  # HX… of the approved check-in template
    content_retention: str = ""  # retain | discard, where the account has it
    address_retention: str = ""  # retain | obfuscate, likewise

    @property
    def messages(self) -> str:
        return f"{API}/2010-04-01/Accounts/{self.account}/Messages"


def text(sender: Sender, to: str, body: str, *, validity: int = REPLY_VALIDITY) -> Call:
    """A plain message."""
    return _message(sender, to, validity, {"Body": body})


def tappable(sender: Sender, to: str, outbound: Outbound, contents: Mapping[str, str]) -> Call | None:
    """A reply with buttons or a list, by prepared content; None where that content is not there or cannot carry it.

    contents: friendly name -> HX…, as `content` names them.
    """
    sid = contents.get(content_name(outbound.form, len(outbound.options), outbound.language), "")
    if outbound.form == "text" or not outbound.options or not sid:
        return None
    variables = {"1": _flat(outbound.body)}
    limit = WHATSAPP.button_title if outbound.form == "buttons" else WHATSAPP.row_title
    for at, option in enumerate(outbound.options):
        variables[str(2 * at + 2)] = whatsapp.title(option.label, limit)
        variables[str(2 * at + 3)] = option.payload
    fields = {"ContentSid": sid, "ContentVariables": json.dumps(variables, ensure_ascii=False)}
    return _message(sender, to, REPLY_VALIDITY, fields)


def content_name(form: str, options: int, language: str) -> str:
    """The friendly name of the prepared content for so many buttons or rows."""
    return f"besa_{form}_{options}_{language}"


def checkin(
    sender: Sender, to: str, body: str, *, last_inbound: int, now: int, window: int, validity: int = CHECKIN_VALIDITY
) -> Call | None:
    """The one message that we start. On WhatsApp outside `window` seconds since they last wrote it is the approved
    template and no body; None where there is no template. `last_inbound` and `now`: Unix seconds; `validity`: how many
    seconds Twilio may keep it waiting, so that it does not go out after its time."""
    validity = max(1, min(validity, CHECKIN_VALIDITY))
    inside = 0 <= now - last_inbound < window
    if not to.startswith("whatsapp:") or inside:
        return text(sender, to, body, validity=validity)
    if not sender.checkin:
        return None
    return _message(sender, to, validity, {"ContentSid": sender.checkin})


def redact(sender: Sender, sid: str) -> Call:
    """Empties the body that Twilio keeps of a message."""
    return Call(method="POST", url=f"{sender.messages}/{sid}.json", form={"Body": ""})


def delete(sender: Sender, sid: str) -> Call:
    """Removes what Twilio keeps of a message; 20009 while it is still on its way."""
    return Call(method="DELETE", url=f"{sender.messages}/{sid}.json")


def typing(sid: str) -> Call:
    """The typing sign under a WhatsApp message, which marks it as read."""
    return Call(method="POST", url=TYPING, form={"channel": "whatsapp", "messageId": sid})


def listing(sender: Sender, *, after: str, before: str = "", size: int = 200) -> Call:
    """Messages sent and received after one ISO time, and before another."""
    until = f"&DateSent%3C={before}" if before else ""
    return Call(method="GET", url=f"{sender.messages}.json?DateSent%3E={after}{until}&PageSize={size}")


def media(sender: Sender, sid: str) -> Call:
    """What was attached to a message: ids only, nothing of it is fetched."""
    return Call(method="GET", url=f"{sender.messages}/{sid}/Media.json?PageSize=50")


def delete_media(sender: Sender, sid: str, attachment: str) -> Call:
    """Removes one attachment at Twilio."""
    return Call(method="DELETE", url=f"{sender.messages}/{sid}/Media/{attachment}.json")


def contents(size: int = 100) -> Call:
    """All prepared content."""
    return Call(method="GET", url=f"{CONTENT}/v1/Content?PageSize={size}")


def _message(sender: Sender, to: str, validity: int, what: Mapping[str, str]) -> Call:
    fields = {"To": to, **_from(sender, to), **what, "ValidityPeriod": str(validity), "RiskCheck": "disable"}
    optional = {
        "StatusCallback": sender.callback,
        "ContentRetention": sender.content_retention,
        "AddressRetention": sender.address_retention,
    }
    fields |= {name: value for name, value in optional.items() if value}
    return Call(method="POST", url=f"{sender.messages}.json", form=fields)


def _from(sender: Sender, to: str) -> dict[str, str]:
    if sender.service:
        return {"MessagingServiceSid": sender.service}
    number = sender.whatsapp if to.startswith("whatsapp:") else sender.sms
    if not number:
        raise OperatorError("No sender: set TWILIO_MESSAGING_SERVICE_SID, or TWILIO_SMS_FROM and TWILIO_WHATSAPP_FROM.")
    return {"From": number}


def _flat(body: str) -> str:
    """Line breaks are allowed in a body in session; tabs and long runs of blanks are not worth a refusal."""
    return "\n".join(" ".join(line.split()) for line in body.split("\n"))
