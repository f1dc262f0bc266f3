"""Both channels of Twilio pass what every carrier has to pass."""

from __future__ import annotations

from xml.etree import ElementTree

from carrier import PUBLIC, SID, TOKEN, body, message, signed
from carrier_contract import CarrierContract

from bot.carriers.seam import Carrier, Inline, Raw
from bot.carriers.twilio.carrier import Twilio


class _Twilio(CarrierContract):
    sender: str

    def carrier(self) -> Carrier:
        return Twilio(public_url=PUBLIC, account=SID, tokens=(TOKEN,))

    def deaf(self) -> Carrier:
        return Twilio(public_url="", account="", tokens=())

    def message(self, text: str, key: str) -> Raw:
        return self.raw(message(text, int(key), self.sender), "/twilio/message")

    def status(self) -> Raw:
        form = {"MessageSid": f"SM{1:032x}", "MessageStatus": "delivered", "AccountSid": SID, "To": self.sender}
        return self.raw(form, "/twilio/status")

    def raw(self, form: dict[str, str], path: str) -> Raw:
        headers = {name.lower(): value for name, value in signed(form, path).items()}
        return Raw(path=path, headers=headers, body=body(form))

    def shown(self, reply: Inline) -> str:
        assert reply.content_type.startswith("text/xml")
        return ElementTree.fromstring(reply.body).findtext("Message") or ""


class TestTwilioSms(_Twilio):
    channel = "sms"
    sender = "+355690000001"


class TestTwilioWhatsapp(_Twilio):
    channel = "whatsapp"
    sender = "whatsapp:+355690000001"


class TestTwilioWhatsappWithoutANumber(_Twilio):
    channel = "whatsapp"
    sender = "whatsapp:AL.13491208655302741918"
