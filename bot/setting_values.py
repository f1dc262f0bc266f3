"""What the value of one setting may be: each function takes the text and returns the value, or raises Wrong.

Owns: the forms of values and how to mend a wrong one. Never: the environment (`settings` reads it), or the value in a
message: it may be a secret.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Wrong(ValueError):
    """One value that cannot be used: what it has to be, said without repeating the value."""


def as_text(text: str) -> str:
    if any(character.isspace() for character in text):
        raise Wrong("Take the blank or line break out of it.")
    return text


def sid(prefix: str) -> Callable[[str], str]:
    """An identifier of the carrier: two letters and 32 hex digits."""

    def value(text: str) -> str:
        if not re.fullmatch(prefix + "[0-9a-fA-F]{32}", text):
            raise Wrong(f"Copy it from the carrier's console: {prefix} and 32 letters or digits.")
        return text

    return value


def word(*words: str) -> Callable[[str], str]:
    """One of a closed list."""

    def value(text: str) -> str:
        if text.lower() not in words:
            raise Wrong(f"Set one of: {', '.join(words)}.")
        return text.lower()

    return value


def number(low: int, high: int) -> Callable[[str], int]:
    """A whole number between two."""

    def value(text: str) -> int:
        if not re.fullmatch("[0-9]{1,6}", text) or not low <= int(text) <= high:
            raise Wrong(f"Set a whole number from {low} to {high}.")
        return int(text)

    return value


def switch(on: str, off: str) -> Callable[[str], bool]:
    """One of two words, as a truth."""

    def value(text: str) -> bool:
        return word(on, off)(text) == on

    return value


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _inside(host: str) -> bool:
    """A name that cannot be reached from the public net, where plain http gives nothing away."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".test", ".local", ".localhost", ".internal"))


def as_url(text: str) -> str:
    meant = "Set the address the carrier calls, as https://help.example.org: no query, no underscore in the host."
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Wrong(meant) from None
    if (
        not host
        or "_" in host
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
        or any(c.isspace() for c in text)
    ):
        raise Wrong(meant)
    if parts.scheme != "https" and not (parts.scheme == "http" and _inside(host)):
        raise Wrong(meant)
    return text.rstrip("/")


def as_stand_in(text: str) -> str:
    url = as_url(text)
    if not _loopback(urlsplit(url).hostname or ""):
        raise Wrong("It is for a stand-in on this machine only, as http://127.0.0.1:4010; leave it out otherwise.")
    return url


def as_redis(text: str) -> str:
    parts = urlsplit(text)
    good = bool(parts.path.strip("/")) if parts.scheme in {"unix", "redis+sentinel"} else bool(parts.netloc)
    if parts.scheme not in {"redis", "rediss", "unix", "redis+sentinel", "redis+cluster"} or not good:
        raise Wrong("Set redis://host:6379/0, rediss://…, unix:///path/to/socket, or see docs/scale.md.")
    if not re.fullmatch(r"(replicas=[0-9])?", parts.query):
        raise Wrong("After the question mark only replicas=1 (how many replicas have to have a write).")
    return text


def as_queue(text: str) -> str:
    if urlsplit(text).scheme == "redis+cluster":
        raise Wrong("RQ cannot work in a cluster. Give the queue a plain Redis or a Sentinel set of its own.")
    return as_redis(text)


def as_file(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_file() or not os.access(path, os.R_OK):
        raise Wrong("There is no readable file. Make one: python -m bot keys new FILE")
    return path


def as_sender(text: str) -> str:
    if not re.fullmatch(r"\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11}", text):
        raise Wrong("Set a number as +355…, a short number, or a name of at most 11 letters.")
    return text


def as_whatsapp(text: str) -> str:
    number = text.removeprefix("whatsapp:")
    if not re.fullmatch(r"\+[0-9]{7,15}", number):
        raise Wrong("Set the sender as whatsapp:+355….")
    return "whatsapp:" + number


def as_zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Wrong("Set a name of the time zone database, as Europe/Tirane.") from None
