"""What comes in: senders, taps, pins, media, junk."""

from __future__ import annotations

import base64
import math
import random
import socket

import msgspec
import pytest

from bot.carriers.twilio.form import TEXT, answerable, inbound, read_text
from bot.channels.message import Inbound

SMS = {
    "MessageSid": "SM" + "1" * 32, "AccountSid": "AC" + "0" * 32, "From": "+355690000001", "To": "+15550000000",
    "Body": "ndihme", "NumMedia": "0", "SmsStatus": "received", "FromCity": "TIRANA", "ProfileName": "Ana",
}  # fmt: skip
WHATSAPP = {**SMS, "From": "whatsapp:+355690000001", "To": "whatsapp:+15550000000", "WaId": "355690000001"}


def got(form: dict[str, str], **changed: str | None) -> Inbound:
    fields = {name: value for name, value in {**form, **changed}.items() if value is not None}
    message = inbound(fields, received=1_000)
    assert message is not None
    return message


def test_a_text() -> None:
    assert got(SMS) == Inbound(
        channel="sms", address="+355690000001", dedup="SM" + "1" * 32, text="ndihme", received=1_000
    )


def test_snd_01_two_channels_one_person() -> None:
    assert got(SMS).channel == "sms"
    assert (got(WHATSAPP).channel, got(WHATSAPP).address) == ("whatsapp", "whatsapp:+355690000001")
    assert got(WHATSAPP).aliases == ()


@pytest.mark.parametrize("address", ["messenger:123456", "rcs:+355690000001", "viber:abc", "client:x", "sip:a@b"])
def test_snd_02_other_channels_are_not_answered(address: str) -> None:
    assert not got(SMS, From=address).answerable


@pytest.mark.parametrize("address", ["Vodafone", "ONE AL", "127", "55123", "551234"])
def test_snd_03_04_names_and_short_codes_are_not_answered(address: str) -> None:
    assert not got(SMS, From=address).answerable


@pytest.mark.parametrize(
    "address",
    [None, "", "+", "+0355690000001", "+" + "3" * 40, "+35569000000a", "355690000001", "+٣٥٥٦٩٠٠٠٠٠٠١", "whatsapp:"],
)
def test_snd_05_broken_senders_are_not_answered(address: str | None) -> None:
    assert not got(SMS, From=address).answerable


def test_snd_06_our_own_number_is_not_answered() -> None:
    assert not got(SMS, From=SMS["To"]).answerable
    message = inbound({**WHATSAPP, "From": "whatsapp:+15551111111"}, own=frozenset({"whatsapp:+15551111111"}))
    assert message is not None
    assert not message.answerable


@pytest.mark.parametrize("address", ["+390600000001", "+447000000001", "+38344000001", "+35542000001", "+4930000001"])
def test_snd_07_09_foreign_numbers_and_landlines_are_answered(address: str) -> None:
    assert got(SMS, From=address).answerable


@pytest.mark.parametrize("address", ["+266696687", "+7378742833", "+86282452253"])
def test_snd_10_hidden_numbers_are_not_answered(address: str) -> None:
    assert not got(SMS, From=address).answerable


def test_names_profiles_and_guesses_of_where_somebody_is_are_not_read() -> None:
    told = {
        "ProfileName": "CANARY Arta", "FromCity": "CANARY", "FromCountry": "CANARY", "Label": "CANARY",
        "Address": "CANARY", "ReferralBody": "CANARY",
        "ChannelMetadata": '{"data":{"context":{"ProfileName":"CANARY"}}}',
    }  # fmt: skip
    assert "CANARY" not in str(msgspec.to_builtins(got(WHATSAPP, **told)))


@pytest.mark.parametrize("ident", ["AL.13491208655302741918", "US.ENT.1a2B3c", "ID." + "9" * 128])
def test_a_whatsapp_sender_needs_no_number(ident: str) -> None:
    message = got(WHATSAPP, From=f"whatsapp:{ident}", WaId=None, ExternalUserId=f"whatsapp:{ident}")
    assert (message.address, message.answerable, message.aliases) == (f"whatsapp:{ident}", True, ())


def test_other_addresses_of_the_same_person_are_told() -> None:
    both = got(WHATSAPP, ExternalUserId="whatsapp:AL.1349")
    assert both.aliases == ("whatsapp:AL.1349",)
    turned = got(WHATSAPP, From="whatsapp:AL.1349", ExternalUserId="AL.1349")
    assert turned.aliases == ("whatsapp:+355690000001",)
    assert got(WHATSAPP, ExternalUserId="  ", WaId="x y").aliases == ()
    assert got(SMS, ExternalUserId="AL.1349", WaId="355690000009").aliases == ()


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ({"NumMedia": "1", "MediaContentType0": "image/jpeg", "MediaUrl0": "https://x"}, "photo"),
        ({"NumMedia": "10", "MediaContentType0": "video/mp4", "MediaContentType1": "audio/ogg"}, "photo"),
        ({"NumMedia": "1", "MediaContentType0": "audio/ogg; codecs=opus"}, "voice"),
        ({"NumMedia": "1", "MediaContentType0": "text/vcard"}, "file"),
        ({"NumMedia": "1"}, "file"),
        ({"NumMedia": "1", "MediaContentType0": "IMAGE/WEBP", "MessageType": "sticker"}, "photo"),
        ({"NumMedia": "-1"}, "empty"),
        ({"NumMedia": "abc", "MediaUrl0": "https://x"}, "empty"),
        ({"NumMedia": str(10**9)}, "empty"),
        ({"NumMedia": "1" * 5000}, "empty"),
        ({"NumMedia": "²"}, "empty"),
        ({"NumMedia": "", "MediaUrl0": "https://x", "MediaContentType0": "image/png"}, "empty"),
        ({"MessageType": "reaction", "Body": ""}, "empty"),
    ],
)
def test_med_01_04_06_07_media_are_one_kind(media: dict[str, str], kind: str) -> None:
    message = got(WHATSAPP, **{"Body": "", **media})
    assert (message.kind, message.text) == (kind, "")


@pytest.mark.parametrize("place", ["http://127.0.0.1:1/x", "http://169.254.169.254/", "file:///etc/passwd"])
def test_med_05_media_are_never_fetched(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    assert got(WHATSAPP, Body="", NumMedia="1", MediaUrl0=place, MediaContentType0="image/png").kind == "photo"


def test_med_08_a_text_beside_media_counts() -> None:
    message = got(WHATSAPP, Body="1", NumMedia="1", MediaContentType0="image/png")
    assert (message.kind, message.text) == ("text", "1")


def test_loc_01_a_pin() -> None:
    message = got(WHATSAPP, Body="Tirana", Latitude="41.3275", Longitude="19.8187", Address="Rruga X", Label="Home")
    assert (message.kind, message.latitude, message.longitude, message.text) == ("location", 41.3275, 19.8187, "")


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("91", "19"), ("-91", "19"), ("41", "181"), ("nan", "19"), ("inf", "19"), ("1e400", "19"), ("41,33", "19"),
        ("", "19"), ("41", ""), ("41", None), (None, "19"), ("٤١", "19"), ("4_1", "19"),
        ("0x10", "19"), ("9" * 400, "1"),
    ],
)  # fmt: skip
def test_loc_02_03_04_a_broken_pin_is_a_pin_without_a_place(latitude: str | None, longitude: str | None) -> None:
    message = got(WHATSAPP, Body="", Latitude=latitude, Longitude=longitude)
    assert (message.kind, message.latitude, message.longitude) == ("location", None, None)
    assert got(WHATSAPP, Body="ndihme", Latitude=latitude, Longitude=longitude).text == "ndihme"


def test_loc_05_any_place_on_earth_is_a_pin() -> None:
    for latitude, longitude in [("0", "0"), ("-41.9", "-179.999"), ("90", "180"), ("+1", "1")]:
        message = got(WHATSAPP, Body="", Latitude=latitude, Longitude=longitude)
        if latitude == "+1":
            assert message.latitude is None
        else:
            assert math.isclose(message.latitude or 0, float(latitude))


def test_a_tap_is_its_payload_first() -> None:
    ours = "besa.01234567.intake.need.shelter"
    button = got(WHATSAPP, ButtonPayload=ours, ButtonText="Vend", Body="Vend…")
    assert (button.kind, button.payload, button.text) == ("choice", ours, "Vend")
    row = got(WHATSAPP, ListId=ours, ListTitle="Vend", Body="Vend", MessageType="interactive")
    assert (row.kind, row.payload, row.text) == ("choice", ours, "Vend")
    assert got(WHATSAPP, ButtonPayload=ours, Latitude="41", Longitude="19").kind == "choice"


def test_a_button_that_is_not_ours_is_its_words() -> None:
    message = got(WHATSAPP, ButtonPayload="{{3}}", ButtonText="Po", Body="Po…")
    assert (message.kind, message.payload, message.text) == ("text", "", "Po")


@pytest.mark.parametrize(("word", "kind"), [("STOP", "optout"), ("START", "text"), ("HELP", "text"), ("help", "text")])
def test_what_the_carrier_answered_is_told(word: str, kind: str) -> None:
    message = got(SMS, Body=word, OptOutType=word)
    assert (message.kind, message.carrier_word, message.text) == (kind, word.upper(), word)
    assert got(SMS, Body="STOP").carrier_word == ""
    assert got(SMS, OptOutType="OTHER").carrier_word == ""


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"From": "+355690000001", "Body": "x"},
        {**SMS, "MessageSid": ""},
        {**SMS, "MessageStatus": "delivered"},
        {**SMS, "SmsStatus": "sent"},
    ],
)
def test_sig_14_what_is_no_message_is_nothing(form: dict[str, str]) -> None:
    assert inbound(form) is None


def test_the_dedup_key_is_the_message_sid_and_older_names_do() -> None:
    assert got(SMS, MessageSid=None, SmsMessageSid="SM2").dedup == "SM2"
    assert got(SMS, SmsMessageSid="SM2").dedup == SMS["MessageSid"]
    assert len(got(SMS, MessageSid="x" * 999).dedup) == 64


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("  po \n", "po"),
        ("a\x00b\x1fc", "abc"),
        ("ndi\u00adhme\u200b", "ndihme"),
        ("një\u00a0dy", "një dy"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\ud83dpo", "po"),
        ("x" * 5000, "x" * TEXT),
        ("\u202eopa", "opa"),
        ("👨\u200d👩", "👨\u200d👩"),
        ("a\tb", "a b"),
    ],
)
def test_a_text_is_read_without_controls(body: str, text: str) -> None:
    assert read_text(body) == text


def test_base64_bodies_are_read() -> None:
    words = "Burri më rreh çdo natë dhe jam mbyllur në shtëpi me fëmijët, ju lutem ndihmë."
    assert read_text(base64.b64encode(words.encode()).decode()) == words
    for other in ["a" * 64, "Zm9v", base64.b64encode(b"\xff\xfe" * 40).decode(), base64.b64encode(b"x" * 60).decode()]:
        assert read_text(other) == other


def test_answerable() -> None:
    assert answerable("+355690000001")
    assert answerable("whatsapp:AL.1")
    assert not answerable("whatsapp:whatsapp:+355690000001")
    assert not answerable("+355690000001\n")


def test_any_form_is_read_without_an_error() -> None:
    chance = random.Random(8)
    names = [
        *SMS,
        "ButtonPayload",
        "ListId",
        "Latitude",
        "Longitude",
        "OptOutType",
        "WaId",
        "ExternalUserId",
        "MediaContentType0",
    ]
    values = [
        "",
        "1",
        "-1",
        "nan",
        "\x00",
        "\ud83d",
        "ë" * 700,
        "whatsapp:",
        "whatsapp:+",
        "STOP",
        "besa.a.b.c.d",
        "41.3",
        "+3556900000",
    ]
    read = 0
    for _ in range(5000):
        form = {name: chance.choice(values) for name in chance.sample(names, chance.randint(0, len(names)))}
        message = inbound(form)
        if message is not None:
            read += 1
            assert len(message.text) <= TEXT
            assert message.kind in {"text", "choice", "location", "photo", "voice", "file", "empty", "optout"}
    assert read > 100
