"""Who may speak to the webhook: Twilio's signature, against vectors and against Twilio's own validator."""

from __future__ import annotations

import json
import random
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from bot.carriers.twilio.form import ours
from bot.carriers.twilio.signature import url, valid

DATA = json.loads((Path(__file__).parent / "data" / "signature_vectors.json").read_text("utf-8"))
TOKEN = DATA["auth_token"]
PUBLIC = "https://help.example.org"
FORM = [("Body", "po"), ("From", "+355690000001"), ("MessageSid", "SM1"), ("AccountSid", "AC1")]


def signed(address: str, form: list[tuple[str, str]], token: str = TOKEN) -> str:
    return RequestValidator(token).compute_signature(address, MultiDict(form))


def accepts(
    form: list[tuple[str, str]], signature: str | None, *tokens: str, path: str = "/twilio/message", query: str = ""
) -> bool:
    return valid(url(PUBLIC, path, query), form, signature, tokens or (TOKEN,))


GOOD = signed(f"{PUBLIC}/twilio/message", FORM)


@pytest.mark.parametrize("vector", DATA["vectors"], ids=[vector["name"] for vector in DATA["vectors"]])
def test_vectors(vector: dict) -> None:
    parts = urlsplit(vector["url"])
    form = [(key, value) for key, value in vector["form"]]
    address = url(f"https://{urlsplit(vector.get('request_url', vector['url'])).netloc}", parts.path, parts.query)
    assert valid(address, form, vector["signature"], (TOKEN,))
    assert not valid(address, [*form, ("More", "1")], vector["signature"], (TOKEN,))
    assert not valid(address, form[1:], vector["signature"], (TOKEN,))
    assert not valid(address, form, vector["signature"], ("another-token",))
    # The SHA-256 form needs a shared key, and none can be configured: it opens nothing.
    assert not valid(address, form, vector["signature_sha256"], (TOKEN,))


def test_there_are_11_vectors() -> None:
    assert len(DATA["vectors"]) == 11


def test_sig_01_no_signature() -> None:
    assert accepts(FORM, GOOD)
    assert not accepts(FORM, None)


@pytest.mark.parametrize(
    "junk", ["", "x", "ë" * 28, "\ud83d", "\x00", GOOD + "=", GOOD[:-1], GOOD.lower(), " " + GOOD, "A" * 9999]
)
def test_sig_02_junk_signatures_are_refused_and_raise_nothing(junk: str) -> None:
    assert not accepts(FORM, junk)


def test_sig_03_one_changed_byte() -> None:
    assert not accepts([("Body", "pO"), *FORM[1:]], GOOD)


def test_sig_04_a_field_more_or_less() -> None:
    assert not accepts([*FORM, ("X", "")], GOOD)
    assert not accepts(FORM[1:], GOOD)


def test_sig_05_a_second_body() -> None:
    assert not accepts([*FORM, ("Body", "another")], GOOD)


@pytest.mark.parametrize(
    "address",
    [
        "http://help.example.org/twilio/message",
        f"{PUBLIC}/twilio/message/",
        f"{PUBLIC}/twilio/message?x=1",
        "https://HELP.example.org/twilio/message",
        "https://other.example.org/twilio/message",
        f"{PUBLIC}:8443/twilio/message",
        f"{PUBLIC}/twilio/status",
    ],
)
def test_sig_06_another_address_was_signed(address: str) -> None:
    assert not accepts(FORM, signed(address, FORM))


def test_sig_07_the_standard_port_may_be_signed() -> None:
    assert accepts(FORM, signed(f"{PUBLIC}:443/twilio/message", FORM))


def test_sig_08_the_address_is_the_configured_one() -> None:
    """`url` takes nothing from the request but its query; so forged Host and X-Forwarded headers have no way in."""
    assert url("https://help.example.org/", "/twilio/message", "") == "https://help.example.org/twilio/message"
    assert url(PUBLIC, "/twilio/message", "n=a%20b%27c%2Fd") == f"{PUBLIC}/twilio/message?n=a%20b%27c%2Fd"


def test_sig_09_the_second_token_counts_only_while_it_is_declared() -> None:
    second = signed(f"{PUBLIC}/twilio/message", FORM, "second-token")
    assert not accepts(FORM, second)
    assert accepts(FORM, second, TOKEN, "second-token")
    assert accepts(FORM, GOOD, TOKEN, "second-token")
    assert not accepts(FORM, signed(f"{PUBLIC}/twilio/message", FORM, ""), "")
    assert not valid(f"{PUBLIC}/twilio/message", FORM, GOOD, ())


def test_sig_11_blanks_are_part_of_a_value() -> None:
    padded = [("Body", " po \n"), *FORM[1:]]
    signature = signed(f"{PUBLIC}/twilio/message", padded)
    assert accepts(padded, signature)
    assert not accepts(FORM, signature)


def test_sig_13_the_account_is_ours() -> None:
    assert ours(dict(FORM), "AC1")
    assert not ours({**dict(FORM), "AccountSid": "AC2"}, "AC1")
    assert not ours({}, "AC1")
    assert not ours({"AccountSid": ""}, "")


@pytest.mark.parametrize(
    "address", ["", "/twilio/message", "help.example.org", "ftp://x/y", "https://", "https://x:port/y"]
)
def test_an_address_that_nobody_can_sign_refuses(address: str) -> None:
    assert not valid(address, FORM, GOOD, (TOKEN,))


def test_letters_that_cannot_be_signed_refuse() -> None:
    assert not accepts([("Body", "\ud83d")], GOOD)


def test_a_query_is_taken_as_it_came() -> None:
    query = "a=%C3%AB%27%2F%7E+b&"
    assert accepts(FORM, signed(f"{PUBLIC}/twilio/message?{query}", FORM), query=query)
    assert not accepts(FORM, signed(f"{PUBLIC}/twilio/message?{query}", FORM), query="a=ë'/~ b")


def test_we_agree_with_twilios_validator() -> None:
    chance = random.Random(2)
    word = lambda: "".join(chance.choice("abcABC ë💙&=+%\n") for _ in range(chance.randint(0, 6)))  # noqa: E731
    for _ in range(3000):
        form = [
            (chance.choice(["Body", "From", "Tag", "Z", ""]) + word()[:1], word()) for _ in range(chance.randint(0, 9))
        ]
        host = chance.choice(
            ["https://h.example", "https://h.example:443", "http://h.example", "https://h.example:8443"]
        )
        query = chance.choice(["", "a=b", "a=%27%2F", "x=ë"])
        address = url(host, "/p", query)
        told = RequestValidator(TOKEN)
        signature = chance.choice([signed(address, form), signed(host + "/p", form), signed(address, form[:1]), word()])
        assert valid(address, form, signature, (TOKEN,)) == told.validate(address, MultiDict(form), signature)
