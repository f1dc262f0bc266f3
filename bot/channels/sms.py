"""SMS: which letters fit, how many parts a text takes, and the same text in letters that fit.

Owns: GSM-7, parts, `plain`. Never: sending, or what a text says. Counts as Twilio's sms-segments-calculator 1.3.0 does
(3GPP TS 23.038; `tests/data/segment_vectors.json`).
"""

from __future__ import annotations

import unicodedata
from typing import Final

import msgspec

from bot.channels.graphemes import graphemes
from bot.channels.smart import SMART

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = frozenset("\f^{}\\[~]|€")  # two units each, never cut in two
_GSM: Final = _BASIC | _EXTENSION
_ALBANIAN: Final = {ord("ë"): "e", ord("Ë"): "E", ord("ç"): "c", ord("Ç"): "C"}
_LETTERS: Final = SMART | _ALBANIAN


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """How a text travels: "GSM-7" or "UCS-2", in how many parts, and its length in septets or UTF-16 units."""

    encoding: str
    parts: int
    units: int


def parts(text: str) -> Parts:
    """What sending `text` unchanged costs. One letter outside GSM-7 turns all of it into UCS-2."""
    if _GSM.issuperset(text):
        sizes = [2 if char in _EXTENSION else 1 for char in text]
        return Parts(encoding="GSM-7", parts=_count(sizes, 160, 153), units=sum(sizes))
    sizes = [_utf16(sign) for sign in graphemes(text)]
    return Parts(encoding="UCS-2", parts=_count(sizes, 70, 67), units=sum(sizes))


def plain(text: str) -> str:
    """The text in letters that stay in GSM-7: NFC, then ë and ç without their marks, then Twilio's own replacements."""
    return unicodedata.normalize("NFC", text).translate(_LETTERS)


def _count(sizes: list[int], single: int, joined: int) -> int:
    """Parts for signs of these sizes, none of them cut: `single` units fit alone, `joined` where there are several."""
    if sum(sizes) <= single:
        return 1
    used = over = 0
    while used + sizes[over] <= single:
        used, over = used + sizes[over], over + 1
    kept = over
    while used > joined:  # with a second part the first gets a header, and hands on what then has no room
        used, kept = used - sizes[kept - 1], kept - 1
    # Twilio's calculator does not look whether that fits there: signs of many letters may not.
    count, used = 2, sum(sizes[kept : over + 1])
    for size in sizes[over + 1 :]:
        if used + size > joined:
            count, used = count + 1, 0
        used += size
    return count


def _utf16(sign: str) -> int:
    return sum(2 if ord(char) > 0xFFFF else 1 for char in sign)
