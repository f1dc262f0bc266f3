"""The reply as TwiML: always XML, never empty, never too long."""

from __future__ import annotations

import random
from xml.etree import ElementTree

import pytest
from twilio.twiml.messaging_response import MessagingResponse

from bot.carriers.twilio import twiml
from bot.channels.message import Outbound


def said(body: bytes) -> str | None:
    """The text of a reply, as an XML parser reads it; None for silence."""
    root = ElementTree.fromstring(body)
    assert root.tag == "Response"
    messages = list(root)
    assert [message.tag for message in messages] in ([], ["Message"])
    return messages[0].text if messages else None


def test_the_same_as_twilios_own_library_writes() -> None:
    for text in ["Në rrezik: 112", "a & b < c > d \"e\" 'f'", "1 Po\n2 Jo", "💙"]:
        theirs = MessagingResponse()
        theirs.message(text)
        assert twiml.message(text) == str(theirs).encode()


def test_silence() -> None:
    assert (
        twiml.reply(None) == twiml.SILENCE == str(MessagingResponse()).replace("<Response />", "<Response/>").encode()
    )
    assert said(twiml.reply(None)) is None
    assert twiml.reply(Outbound(text="")) == twiml.SILENCE
    assert twiml.message(" \n\x00\x0b ") == twiml.SILENCE


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a\x00b\x0b\x1fc", "abc"),
        ("\ud83dpo\udc00", "po"),
        ("\ufffe\uffffx", "x"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("]]>", "]]>"),
        ("<Response/>&amp;", "<Response/>&amp;"),
        ("  112  ", "112"),
    ],
)
def test_what_xml_forbids_is_left_out(text: str, read: str) -> None:
    assert said(twiml.message(text)) == read


def test_never_longer_than_twilio_takes() -> None:
    assert len(said(twiml.message("ë" * 5000)) or "") == 1600
    assert said(twiml.message("x" * 1599 + " y")) == "x" * 1599


def test_the_declaration_is_first() -> None:
    assert twiml.message("x").startswith(b'<?xml version="1.0" encoding="UTF-8"?><Response>')
    assert twiml.CONTENT_TYPE.startswith("text/xml")


def test_any_text_gives_xml_that_parses() -> None:
    chance = random.Random(12100)
    points = [0, 9, 10, 13, 31, 38, 60, 62, 65, 0x85, 0xEB, 0xD800, 0xDFFF, 0xFFFE, 0x1F499]
    for _ in range(5000):
        text = "".join(chr(point) for point in chance.choices(points, k=chance.randint(0, 30)))
        read = said(twiml.message(text))
        assert read is None or read.strip()
