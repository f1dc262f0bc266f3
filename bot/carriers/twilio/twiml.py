"""TwiML: the reply as the HTTP response.

Owns: legal XML, never an empty message, never more than Twilio takes. Never: what the reply says.
TwiML has no buttons and no templates; those go by `requests`.
"""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

from bot.channels.legal import clean
from bot.channels.message import Outbound

CONTENT_TYPE: Final = "text/xml; charset=utf-8"
LENGTH: Final = 1600  # more, or nothing, and Twilio drops the message (14103)
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'
SILENCE: Final = (_DECLARATION + "<Response/>").encode()


def reply(outbound: Outbound | None) -> bytes:
    """The body of a 200: one message, or `SILENCE` where there is nothing to say. It begins with the declaration."""
    return SILENCE if outbound is None else message(outbound.text)


def message(text: str) -> bytes:
    """The same for a bare text."""
    legal = clean(text.replace("\r\n", "\n").replace("\r", "\n")).strip()[:LENGTH].rstrip()
    if not legal:
        return SILENCE
    return f"{_DECLARATION}<Response><Message>{escape(legal)}</Message></Response>".encode()
