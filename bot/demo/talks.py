"""Prepared talks: the person's lines of conversations that are tests too, for the page to play.

Owns: which there are (`talks.toml`), and their lines as what the page sends. Never: an answer of ours; the line behind
the page gives those anew each time, so that a talk is always true. The `.chat` form is that of `bot/transcripts.py`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from bot.channels import payload
from bot.channels.render import phrase
from bot.dialogue.script import Script
from bot.errors import AdminError

HERE: Final = Path(__file__).resolve().parent
# In the wheel the conversations lie inside the package, in a checkout among the tests.
FOLDER: Final = HERE / "chats" if (HERE / "chats").is_dir() else HERE.parents[1] / "tests" / "transcripts"
BETWEEN: Final = 20  # seconds from one message to the next
SETTING: Final = re.compile(r"#\s*(channel|at):\s*(\S+)\s*$")
PASSES: Final = re.compile(r"~ later (\d+) (minute|hour|day)s?\s*$")
SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86400}


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of the person: what the page shows and what it sends; or a time that passes."""

    at: int  # Unix seconds
    shown: str = ""
    text: str = ""
    payload: str = ""
    latitude: float | None = None
    longitude: float | None = None
    passes: bool = False
    forgets: bool = False  # the time was longer than a talk lives


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation as the page plays it."""

    channel: str
    lines: tuple[Line, ...]


def listed() -> Mapping[str, Mapping[str, str]]:
    """Name of a talk -> language -> file, in the order to show."""
    book: dict[str, dict[str, str]] = tomllib.loads((HERE / "talks.toml").read_text(encoding="utf-8"))
    return book


def load(script: Script, name: str, language: str, session_seconds: int) -> Talk | None:
    """One talk; None where it is not listed. Raises AdminError for a line that the page cannot send."""
    file = listed().get(name, {}).get(language)
    if file is None:
        return None
    return parse(script, (FOLDER / file).read_text(encoding="utf-8"), language, session_seconds)


def parse(script: Script, text: str, language: str, session_seconds: int) -> Talk:
    """The person's side of a conversation."""
    found = filter(None, map(SETTING.match, text.splitlines()))
    settings: dict[str, str] = {one[1]: one[2] for one in found}
    if "at" not in settings:
        raise AdminError("A prepared talk says when it happens: # at: 2026-12-01T10:00:00+00:00")
    start = int(datetime.fromisoformat(settings["at"]).timestamp())
    lines = tuple(_lines(script, text, language, start, session_seconds))
    return Talk(channel=settings.get("channel", "sms"), lines=lines)


def _lines(script: Script, text: str, language: str, at: int, session_seconds: int) -> Iterator[Line]:
    for line in text.splitlines():
        passed = PASSES.match(line)
        if passed:
            seconds = int(passed[1]) * SECONDS[passed[2]]
            at += seconds
            yield Line(at=at, passes=True, forgets=seconds >= session_seconds)
        elif line.startswith(">"):
            at += BETWEEN
            yield _line(script, line[1:].strip(), language, at)


def _line(script: Script, typed: str, language: str, at: int) -> Line:
    if not (typed.startswith("[") and typed.endswith("]")):
        return Line(at=at, shown=typed, text=typed)
    word, *rest = typed[1:-1].split()
    if word == "pin" and len(rest) == 2:
        return Line(at=at, latitude=float(rest[0]), longitude=float(rest[1]))
    if word == "tap" and len(rest) == 2:
        label = phrase(script, f"{rest[0]}.{rest[1]}.label", language, False)
        return Line(at=at, shown=label, payload=payload.write(script.hash, rest[0], rest[1]))
    raise AdminError(f"The page cannot send {typed}.")
