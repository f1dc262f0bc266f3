"""The settings: the environment, read once into one frozen value; every duration and limit of the house stands here.

Owns: the names of the environment, what each may be, which of them `serve` and the worker need, and the limits.
Never: opening what a setting points to. Only this file reads the environment; no secret of it is ever printed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot import setting_values as values
from bot.errors import OperatorError

HERE: Final = Path(__file__).resolve().parent
FLOWS: Final = HERE / "flows"
LOCALES: Final = HERE / "locales"
# In the wheel `data` lies inside the package, in a checkout beside it.
DATA: Final = HERE / "data" if (HERE / "data").is_dir() else HERE.parent / "data"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Every duration and limit that no environment sets. Seconds unless the name says otherwise."""

    body_bytes: int = 64 * 1024  # one request of the carrier or of the demo page
    fields: int = 200  # of one form
    redis: float = 0.3  # one trip
    breaker_failures: int = 3  # so many failed trips in a row open the breaker
    breaker_pause: float = 0.5  # then nobody waits for Redis this long; a blink of it costs people no more than that
    commits: int = 3  # tries against a moving session, then the static reply
    rest: float = 1.5  # one call of the carrier's API while a person waits
    rest_later: float = 10.0  # the same in the worker, where nobody waits
    seen: int = 7 * 86400  # how long a repeated delivery is recognised
    checkin_days: int = 7  # the latest day that a check-in can be planned for
    checkin_reply: int = 48 * 3600  # the session that a check-in leaves
    ticket_slack: int = 6 * 3600  # how long a ticket outlives its window
    ticket_longest: int = 30 * 86400
    whatsapp_window: int = 23 * 3600 + 50 * 60  # free texts after the last inbound
    sweep: float = 1.0  # between two looks at what is due
    sweep_late: float = 30.0  # a sweep older than this is trouble
    worker_ttl: int = 30  # the worker's pulse
    worker_maintenance: int = 10
    round: int = 120  # between two rounds at the carrier
    erase: int = 5  # between two looks whether anything is to be emptied or erased at the carrier
    missed_youngest: int = 120  # a message this old is not on its way to us any more
    missed_oldest: int = 900  # an answer to an older one helps nobody
    kept_at_carrier: int = 3600  # then whatever is left of a message is erased there
    kept_longest: int = 14 * 86400  # what is older there was there before us
    failed_job: int = 86400  # how long a failed job can be looked at; it holds ids only
    threads: int = 4  # blocking threads of one web process
    brake_prefix: int = 600  # messages of one foreign prefix in ten minutes before the brake
    brake_everybody: int = 20_000  # messages of everybody in ten minutes before the brake
    brake_spend: int = 5_000  # messages of one foreign prefix in a day before nothing more is paid for it
    demo_talk: int = 3600  # how long the sealed token of a demo talk is taken back
    demo_minute: int = 60  # messages of all demo pages of one address in a minute
    demo_text: int = 1600  # characters of one typed message


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment says. Secrets stay out of its repr."""

    public_url: str = ""  # without a slash at its end
    twilio_account_sid: str = ""
    twilio_auth_token: str = field(default="", repr=False)
    twilio_auth_token_secondary: str = field(default="", repr=False)
    twilio_api_key: str = ""
    twilio_api_secret: str = field(default="", repr=False)
    twilio_messaging_service_sid: str = ""
    twilio_sms_from: str = ""
    twilio_whatsapp_from: str = ""  # with its prefix
    twilio_checkin_content_sid: str = ""
    twilio_content_retention: str = ""  # "" leaves it to the account; both need its message privacy switched on
    twilio_address_retention: str = ""
    twilio_api_base: str = ""
    sms_two_way: bool = False
    whatsapp_typing: bool = False  # the sign also marks her message as read
    redis_url: str = field(default="", repr=False)
    queue_redis_url: str = field(default="", repr=False)
    key_file: Path | None = None
    default_language: str = "sq"
    session_minutes: int = 30
    sms_letters: str = "plain"  # plain | full
    assurance: str = "listed"  # listed | strict
    demo: bool = True
    metrics_token: str = field(default="", repr=False)
    timezone: str = "Europe/Tirane"
    port: int = 8000
    limits: Limits = Limits()

    @property
    def twilio(self) -> bool:
        """A carrier account is set: real people can write."""
        return bool(self.twilio_account_sid)

    @property
    def session_seconds(self) -> int:
        return self.session_minutes * 60

    @property
    def tokens(self) -> tuple[str, ...]:
        """The auth tokens that may sign: two while rotating."""
        return tuple(token for token in (self.twilio_auth_token, self.twilio_auth_token_secondary) if token)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def languages() -> tuple[str, ...]:
    """Every language there is a folder for."""
    return tuple(sorted(path.name for path in LOCALES.glob("*") if (path / "lexicon").is_dir())) or ("en", "sq")


# Name in the environment -> field of Settings, and what its value may be.
NAMES: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "PUBLIC_URL": ("public_url", values.as_url),
    "TWILIO_ACCOUNT_SID": ("twilio_account_sid", values.sid("AC")),
    "TWILIO_AUTH_TOKEN": ("twilio_auth_token", values.as_text),
    "TWILIO_AUTH_TOKEN_SECONDARY": ("twilio_auth_token_secondary", values.as_text),
    "TWILIO_API_KEY": ("twilio_api_key", values.sid("SK")),
    "TWILIO_API_SECRET": ("twilio_api_secret", values.as_text),
    "TWILIO_MESSAGING_SERVICE_SID": ("twilio_messaging_service_sid", values.sid("MG")),
    "TWILIO_SMS_FROM": ("twilio_sms_from", values.as_sender),
    "TWILIO_WHATSAPP_FROM": ("twilio_whatsapp_from", values.as_whatsapp),
    "TWILIO_CHECKIN_CONTENT_SID": ("twilio_checkin_content_sid", values.sid("HX")),
    "TWILIO_CONTENT_RETENTION": ("twilio_content_retention", values.word("retain", "discard")),
    "TWILIO_ADDRESS_RETENTION": ("twilio_address_retention", values.word("retain", "obfuscate")),
    "TWILIO_API_BASE": ("twilio_api_base", values.as_stand_in),
    "SMS_TWO_WAY": ("sms_two_way", values.switch("yes", "no")),
    "WHATSAPP_TYPING": ("whatsapp_typing", values.switch("yes", "no")),
    "REDIS_URL": ("redis_url", values.as_redis),
    "QUEUE_REDIS_URL": ("queue_redis_url", values.as_queue),
    "BESA_KEY_FILE": ("key_file", values.as_file),
    "DEFAULT_LANGUAGE": ("default_language", lambda text: values.word(*languages())(text)),
    "SESSION_MINUTES": ("session_minutes", values.number(1, 240)),
    "SMS_LETTERS": ("sms_letters", values.word("plain", "full")),
    "ASSURANCE": ("assurance", values.word("listed", "strict")),
    "DEMO": ("demo", values.switch("on", "off")),
    "METRICS_TOKEN": ("metrics_token", values.as_text),
    "TIMEZONE": ("timezone", values.as_zone),
    "PORT": ("port", values.number(1, 65535)),
}


def demo_environment(**given: str) -> dict[str, str]:
    """The environment for processes of the demonstration: nothing of a carrier, of real keys or of a real store."""
    real = {name for name in NAMES if name.startswith("TWILIO_")} | {"PUBLIC_URL", "REDIS_URL", "QUEUE_REDIS_URL"}
    real |= {"BESA_KEY_FILE", "METRICS_TOKEN", "FLASK_DEBUG"}
    return {name: text for name, text in os.environ.items() if name not in real} | {"DEMO": "on"} | given


def state() -> Path:
    """The directory that the demonstration keeps: in a checkout `.besa`, else where this system keeps such things."""
    if (HERE.parent / "pyproject.toml").is_file():
        place = HERE.parent / ".besa"
    else:
        place = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "besa"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def read(environ: Mapping[str, str] | None = None, *, running: bool = False) -> Settings:
    """The settings of the environment (of this process, unless one is given). An empty value counts as not set.

    running: this is `serve` or the worker, which need a store, and with a carrier set also keys.
    Raises OperatorError that lists every wrong value at once; no value is repeated in it.
    """
    given = os.environ if environ is None else environ
    found: dict[str, Any] = {}
    problems: list[str] = []
    for name, (attribute, value) in NAMES.items():
        if text := given.get(name, "").strip():
            try:
                found[attribute] = value(text)
            except values.Wrong as wrong:
                problems.append(f"{name}: {wrong}")
    problems += _missing(given, running)
    if given.get("FLASK_DEBUG", "").lower() not in {"", "0", "false", "no"}:
        problems.append("FLASK_DEBUG: Take it away. A debugger shows what people wrote.")
    if problems:
        raise OperatorError("\n".join(["These settings of the environment cannot be used:", *problems]))
    if found.get("twilio_account_sid"):
        found = {"assurance": "strict", "demo": False} | found
    found.setdefault("queue_redis_url", found.get("redis_url", ""))
    return Settings(**found)


def _missing(given: Mapping[str, str], running: bool) -> list[str]:
    """What is needed because of what is set."""

    def has(name: str) -> bool:
        return bool(given.get(name, "").strip())

    carrier = [name for name in NAMES if name.startswith("TWILIO_") and has(name)]
    rules = [
        ("TWILIO_ACCOUNT_SID", bool(carrier), "Set the account the other TWILIO_ settings belong to."),
        ("TWILIO_AUTH_TOKEN", bool(carrier), "Set the token that signs what the carrier sends."),
        ("PUBLIC_URL", bool(carrier), "Set the address the carrier calls: it is part of each signature."),
        ("TWILIO_API_SECRET", has("TWILIO_API_KEY"), "Set the secret of TWILIO_API_KEY."),
        ("TWILIO_API_KEY", has("TWILIO_API_SECRET"), "Set the key that TWILIO_API_SECRET belongs to."),
        ("REDIS_URL", running, "Set where talks are kept, as redis://host:6379/0. To look around: python -m bot demo"),
        ("QUEUE_REDIS_URL", running and _clustered(given), "RQ cannot work in a cluster: give it a Redis of its own."),
        ("BESA_KEY_FILE", running and bool(carrier), "Make a key file: python -m bot keys new FILE"),
    ]
    return [f"{name}: Missing. {remedy}" for name, needed, remedy in rules if needed and not has(name)]


def _clustered(given: Mapping[str, str]) -> bool:
    return given.get("REDIS_URL", "").strip().startswith("redis+cluster:")
