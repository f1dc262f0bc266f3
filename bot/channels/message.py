"""What comes in, what goes out, and what a screen can show.

Owns: Inbound, Outbound, Option, Capabilities. Never: a provider's field names, or words.
"""

from __future__ import annotations

from typing import Final

import msgspec


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """One message that came in, whatever carried it."""

    channel: str  # sms | whatsapp | demo
    address: str  # opaque: +3556..., whatsapp:+3556..., whatsapp:AL.1349...
    dedup: str  # the carrier's own key of this message
    kind: str = "text"  # text | choice | location | photo | voice | file | empty | optout (the carrier answered)
    text: str = ""  # cut to what is read
    payload: str = ""  # of a tapped choice
    media: bool = False  # something was attached; it is never fetched
    latitude: float | None = None
    longitude: float | None = None
    aliases: tuple[str, ...] = ()  # other addresses of the same person that the carrier named
    received: int = 0  # Unix seconds
    carrier_word: str = ""  # STOP | START | HELP where the carrier handled it
    answerable: bool = True  # False: nobody can be answered there (short code, name, our own number)


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the reader can choose: `number` is what to type, `payload` what a tap sends back."""

    number: int
    label: str
    payload: str = ""


class Outbound(msgspec.Struct, frozen=True, kw_only=True):
    """One reply as the screen shows it. `text` is complete by itself: with the numbered choices where there are no
    buttons or lists; `body` and `options` are the same for a screen that has them."""

    text: str
    body: str = ""
    options: tuple[Option, ...] = ()
    form: str = "text"  # text | buttons | list
    language: str = ""  # of the words in it


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a screen can show and what its carrier can do."""

    channel: str
    inline: bool = True  # the reply can be the HTTP response
    buttons: int = 0
    button_title: int = 20
    rows: int = 0
    row_title: int = 24
    pin: bool = False
    length: int = 1600
    parts: bool = False  # counted in SMS parts
    newline: str = "\n"


SMS: Final = Capabilities(channel="sms", parts=True, newline=" ")
WHATSAPP: Final = Capabilities(channel="whatsapp", buttons=3, rows=10, pin=True)
CAPABILITIES: Final = {"sms": SMS, "whatsapp": WHATSAPP}
