"""The settings: what may be set, what is needed when, and that every wrong value is named at once without its value."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from processes import besa

from bot.errors import OperatorError
from bot.settings import DATA, FLOWS, LOCALES, NAMES, Settings, read

SID = "AC" + "0123456789abcdef" * 2
CARRIER = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": "t0ken", "PUBLIC_URL": "https://help.example.org/"}

WRONG = {
    "PUBLIC_URL": "help.example.org",
    "TWILIO_ACCOUNT_SID": "AC-secret",
    "TWILIO_AUTH_TOKEN": "two words-secret",
    "TWILIO_AUTH_TOKEN_SECONDARY": "two words-secret",
    "TWILIO_API_KEY": "SK-secret",
    "TWILIO_API_SECRET": "two words-secret",
    "TWILIO_MESSAGING_SERVICE_SID": "MG-secret",
    "TWILIO_SMS_FROM": "not a number at all-secret",
    "TWILIO_WHATSAPP_FROM": "whatsapp:secret",
    "TWILIO_CHECKIN_CONTENT_SID": "HX-secret",
    "TWILIO_CONTENT_RETENTION": "secret",
    "TWILIO_ADDRESS_RETENTION": "secret",
    "TWILIO_API_BASE": "https://example.org",
    "SMS_TWO_WAY": "maybe-secret",
    "WHATSAPP_TYPING": "maybe-secret",
    "REDIS_URL": "mysql://secret",
    "QUEUE_REDIS_URL": "unix://",
    "BESA_KEY_FILE": "/nowhere/secret",
    "DEFAULT_LANGUAGE": "xx-secret",
    "SESSION_MINUTES": "0",
    "SMS_LETTERS": "fancy-secret",
    "ASSURANCE": "perhaps-secret",
    "DEMO": "yes-secret",
    "METRICS_TOKEN": "two words-secret",
    "TIMEZONE": "Europe/Secret",
    "PORT": "99999999",
}


def test_nothing_set_is_a_demonstration() -> None:
    settings = read({})
    assert settings == Settings()
    assert (settings.default_language, settings.session_minutes, settings.sms_letters) == ("sq", 30, "plain")
    assert (settings.assurance, settings.demo, settings.timezone) == ("listed", True, "Europe/Tirane")
    assert not settings.twilio


def test_a_carrier_makes_it_strict_and_ends_the_demo() -> None:
    settings = read(CARRIER)
    assert settings.twilio
    assert (settings.assurance, settings.demo) == ("strict", False)
    assert settings.public_url == "https://help.example.org"
    assert settings.tokens == ("t0ken",)


def test_what_is_said_wins_over_what_follows_from_a_carrier() -> None:
    settings = read(CARRIER | {"ASSURANCE": "listed", "DEMO": "on", "TWILIO_AUTH_TOKEN_SECONDARY": "n3xt"})
    assert (settings.assurance, settings.demo) == ("listed", True)
    assert settings.tokens == ("t0ken", "n3xt")


def test_every_wrong_value_is_named_at_once_and_none_repeated() -> None:
    assert set(WRONG) == set(NAMES), "a new setting needs a wrong value here"
    with pytest.raises(OperatorError) as caught:
        read(WRONG | {"FLASK_DEBUG": "1"})
    said = str(caught.value)
    for name in [*NAMES, "FLASK_DEBUG"]:
        assert f"\n{name}: " in said
    assert "secret" not in said.lower().replace("twilio_api_secret", "").replace("the secret of", "")


@pytest.mark.parametrize("name", sorted(WRONG))
def test_one_wrong_value_alone_is_enough(name: str) -> None:
    with pytest.raises(OperatorError, match=rf"(?m)^{name}: "):
        read({name: WRONG[name]})


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://help.example.org", True),
        ("https://help.example.org/besa", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://web:8000", True),
        ("http://help.example.org", False),
        ("http://93.184.216.34", False),
        ("https://help.example.org/?x=1", False),
        ("https://help.example.org/#rc=2", False),
        ("https://name:word@help.example.org", False),
        ("https://help.example.org:port", False),
        ("https://our_help.example.org", False),  # Twilio refuses such a host as the address for states
    ],
)
def test_the_public_address_is_encrypted_or_not_public(url: str, good: bool) -> None:
    if good:
        assert read({"PUBLIC_URL": url}).public_url == url
        return
    with pytest.raises(OperatorError, match="PUBLIC_URL"):
        read({"PUBLIC_URL": url})


def test_the_processes_need_a_store_and_with_a_carrier_keys(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"REDIS_URL: Missing") as caught:
        read(CARRIER, running=True)
    assert "BESA_KEY_FILE: Missing" in str(caught.value)
    with pytest.raises(OperatorError) as caught:
        read({}, running=True)
    assert "BESA_KEY_FILE" not in str(caught.value)
    keys = tmp_path / "keys"
    keys.write_text("0" * 64)
    settings = read(CARRIER | {"REDIS_URL": "redis://127.0.0.1", "BESA_KEY_FILE": str(keys)}, running=True)
    assert settings.key_file == keys
    assert settings.queue_redis_url == settings.redis_url == "redis://127.0.0.1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TWILIO_API_KEY", "TWILIO_API_SECRET"),
        ("TWILIO_API_SECRET", "TWILIO_API_KEY"),
        ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
        ("TWILIO_ACCOUNT_SID", "PUBLIC_URL"),
        ("TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID"),
        ("TWILIO_SMS_FROM", "TWILIO_ACCOUNT_SID"),
    ],
)
def test_one_setting_asks_for_another(one: str, other: str) -> None:
    good = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_API_KEY": "SK" + SID[2:], "TWILIO_SMS_FROM": "+35569"}
    with pytest.raises(OperatorError, match=rf"(?m)^{other}: Missing"):
        read({one: good.get(one, "s3cret")})


def test_an_empty_value_is_not_set_and_blanks_around_one_are_cut() -> None:
    assert read({"TWILIO_ACCOUNT_SID": "", "DEMO": " off\n"}).demo is False


def test_no_secret_in_the_repr() -> None:
    more = {
        "METRICS_TOKEN": "m3trics",
        "REDIS_URL": "redis://:passw0rd@127.0.0.1",
        "TWILIO_API_KEY": "SK" + SID[2:],
        "TWILIO_API_SECRET": "ap1",
        "TWILIO_AUTH_TOKEN_SECONDARY": "n3xt",
    }
    settings = read(CARRIER | more)
    for secret in ("t0ken", "n3xt", "m3trics", "passw0rd", "ap1"):
        assert secret not in repr(settings)


def test_every_setting_has_a_field_and_is_frozen() -> None:
    assert {attribute for attribute, _ in NAMES.values()} == {
        field.name for field in dataclasses.fields(Settings) if field.name != "limits"
    }
    with pytest.raises(dataclasses.FrozenInstanceError):
        read({}).port = 1  # type: ignore[misc]


def test_what_admins_own_is_found_in_the_checkout() -> None:
    assert DATA.name == "data"
    assert FLOWS.name == "flows"
    assert LOCALES.name == "locales"


def test_wrong_settings_end_the_command_with_one_plain_message() -> None:
    done = besa("serve", SESSION_MINUTES="soon", PORT="x")
    assert done.returncode == 1
    assert "SESSION_MINUTES: " in done.stderr
    assert "PORT: " in done.stderr
    assert "REDIS_URL: Missing" in done.stderr
    assert "Traceback" not in done.stderr
