"""Our account at Twilio, as the settings say: how to log in, who sends, and what can be tapped.

Owns: which setting goes where. Never: a request, or the environment.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.carriers.twilio.buttons import Buttons
from bot.carriers.twilio.carrier import Twilio
from bot.carriers.twilio.outbox import Access, Outbox
from bot.carriers.twilio.requests import Sender
from bot.carriers.twilio.typing_sign import TypingSign
from bot.channels.message import Outbound
from bot.settings import Settings

Tap = Callable[[str, Outbound], bool]  # address and reply -> True where it went out with buttons or a list


def access(settings: Settings) -> Access:
    """How to log in."""
    return Access(
        account=settings.twilio_account_sid,
        token=settings.twilio_auth_token,
        key=settings.twilio_api_key,
        secret=settings.twilio_api_secret,
        base=settings.twilio_api_base,
    )


def sender(settings: Settings) -> Sender:
    """Who we are when we send, and where states come back to."""
    return Sender(
        account=settings.twilio_account_sid,
        service=settings.twilio_messaging_service_sid,
        sms=settings.twilio_sms_from,
        whatsapp=settings.twilio_whatsapp_from,
        callback=f"{settings.public_url}/twilio/status" if settings.public_url else "",
        checkin=settings.twilio_checkin_content_sid,
        content_retention=settings.twilio_content_retention,
        address_retention=settings.twilio_address_retention,
    )


def outbox(settings: Settings) -> Outbox:
    """The API, with the limits of the settings."""
    return Outbox(access(settings), limit=settings.limits.rest, rest=settings.limits.rest_later)


def carrier(settings: Settings) -> Twilio:
    """The carrier as the webhook sees it; with nothing set it listens to nobody."""
    return Twilio(
        public_url=settings.public_url,
        account=settings.twilio_account_sid,
        tokens=settings.tokens,
        own=frozenset({settings.twilio_sms_from, settings.twilio_whatsapp_from} - {""}),
        most_fields=settings.limits.fields,
        tap=taps(settings),
        sign=TypingSign(outbox(settings)).show if settings.whatsapp_typing else lambda _inbound: None,
    )


def taps(settings: Settings) -> Tap:
    """Sends buttons and lists where an account and a WhatsApp sender are set; else always False."""
    if not settings.twilio or not (settings.twilio_messaging_service_sid or settings.twilio_whatsapp_from):
        return lambda _to, _outbound: False
    return Buttons(outbox(settings), sender(settings)).send
