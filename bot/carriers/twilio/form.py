"""Twilio's form: one message that came in, as our own value.

Owns: the names of Twilio's fields, which senders can be answered, what a message is made of. Never: fetching media,
checking the signature, names, profiles and guesses of where somebody is (they are never read).
Field names: Twilio, "Twilio's request to your application" and "WhatsApp buttons". Anything may be missing or junk.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from bot.channels import payload
from bot.channels.legal import clean
from bot.channels.message import Inbound

TEXT: Final = 1000  # characters that are read of one message
WHATSAPP: Final = "whatsapp:"
_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_WHATSAPP_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,159}", re.ASCII)
_DEGREES: Final = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,20})?", re.ASCII)
_WORDS: Final = frozenset({"STOP", "START", "HELP"})
# What networks put in the place of a hidden number (Twilio, "phone number formatting"): RESTRICTED, ANONYMOUS ...
_HIDDEN: Final = frozenset({"+7378742833", "+266696687", "+2562533", "+8566696", "+86282452253", "+464"})
_MEDIA: Final = {"image": "photo", "video": "photo", "audio": "voice"}


def inbound(form: Mapping[str, str], *, received: int = 0, own: frozenset[str] = frozenset()) -> Inbound | None:
    """The message of one verified form, or None where the form is no message (a status callback, no MessageSid).

    form: the first value of each field. received: Unix seconds. own: addresses that are ours, with their prefixes;
    what comes from them or from where nobody can be answered has answerable=False.
    """
    dedup = _first(form, "MessageSid", "SmsMessageSid", "SmsSid")
    if not dedup or form.get("MessageStatus") or form.get("SmsStatus", "received") not in {"", "received", "receiving"}:
        return None
    address = form.get("From", "").strip()
    channel = "whatsapp" if address.startswith(WHATSAPP) else "sms"
    kind, content = _content(form)
    word = form.get("OptOutType", "").strip().upper()
    word = word if word in _WORDS else ""
    return Inbound(
        channel=channel,
        address=address[:200],
        dedup=dedup[:64],
        media=_attached(form),
        kind="optout" if word == "STOP" else kind,
        aliases=_aliases(form, address) if channel == "whatsapp" else (),
        received=received,
        carrier_word=word,
        answerable=answerable(address) and address not in own | {form.get("To", "")},
        **content,
    )


def ours(form: Mapping[str, str], account: str) -> bool:
    """Whether the form names our account: a signature proves a token, not the account it was meant for."""
    return bool(account) and form.get("AccountSid", "") == account


def answerable(address: str) -> bool:
    """Whether a reply can arrive there: a phone number or a WhatsApp id; no short code, no name, no other channel."""
    if address.startswith(WHATSAPP):
        rest = address.removeprefix(WHATSAPP)
        return bool(_PHONE.fullmatch(rest) or _WHATSAPP_ID.fullmatch(rest))
    return bool(_PHONE.fullmatch(address)) and address not in _HIDDEN


def _content(form: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The kind and what goes with it: a tap before a pin, a pin before a text, a text before media."""
    tapped = _first(form, "ButtonPayload", "ListId")
    text = read_text(_first(form, "ButtonText", "ListTitle", "Body") if tapped else form.get("Body", ""))
    if payload.read(tapped):
        return "choice", {"payload": tapped, "text": text}
    if "Latitude" in form or "Longitude" in form:
        return _pin(form, text)
    if text:
        return "text", {"text": text}
    return _media(form), {}


def _pin(form: Mapping[str, str], text: str) -> tuple[str, dict[str, Any]]:
    latitude, longitude = _degrees(form.get("Latitude", ""), 90), _degrees(form.get("Longitude", ""), 180)
    if latitude is not None and longitude is not None:
        return "location", {"latitude": latitude, "longitude": longitude}
    return ("text", {"text": text}) if text else ("location", {})


def _degrees(text: str, most: int) -> float | None:
    """Degrees within `most`, or None. Digits only: no nan, no inf, no exponent, no comma."""
    if not _DEGREES.fullmatch(text.strip()):
        return None
    degrees = float(text)
    return degrees if -most <= degrees <= most else None


def _media(form: Mapping[str, str]) -> str:
    """photo, voice or file by the type that was declared for the first attachment; "empty" where there is none."""
    if not _attached(form):
        return "empty"
    return _MEDIA.get(form.get("MediaContentType0", "").strip().lower().partition("/")[0], "file")


def _attached(form: Mapping[str, str]) -> bool:
    return bool(re.fullmatch(r"0*[1-9][0-9]?", form.get("NumMedia", "").strip(), re.ASCII))


def _aliases(form: Mapping[str, str], address: str) -> tuple[str, ...]:
    """Other addresses of the same person that this form names, with the prefix, without repeats."""
    names = [form.get("ExternalUserId", "").strip().removeprefix(WHATSAPP)]
    number = form.get("WaId", "").strip().removeprefix("+")
    names.append(f"+{number}" if number.isascii() and number.isdigit() else number)
    found = [WHATSAPP + name for name in names if name]
    return tuple(dict.fromkeys(name for name in found if name != address and answerable(name)))


def read_text(body: str) -> str:
    """What is read of a body: no control characters, at most TEXT characters, nothing around it."""
    text = clean(_decoded(body)).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(_seen(char) for char in text[: TEXT * 2]).strip()[:TEXT]


def _seen(char: str) -> str:
    """A sign as it is, another kind of blank or a control as a blank, an invisible one (soft hyphen …) as nothing."""
    if char.isprintable() or char in "\n\u200d":
        return char
    return "" if unicodedata.category(char) == "Cf" else " "


def _decoded(body: str) -> str:
    """Long MMS texts have been seen to arrive as Base64: undone only where nothing else explains the body."""
    packed = "".join(body.split())
    if len(packed) < 60 or len(packed) % 4 or not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", packed, re.ASCII):
        return body
    try:
        text = base64.b64decode(packed, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return body
    return text if " " in text.strip() and all(char.isprintable() or char in "\r\n" for char in text) else body


def _first(form: Mapping[str, str], *names: str) -> str:
    return next((form[name].strip() for name in names if form.get(name, "").strip()), "")
