"""What conversations visit: every step, choice and branch of the flows, per language; and which of them read otherwise.

Owns: playing a folder of transcripts, what differs, counting what was visited. Never: the form of a transcript
(`transcripts`), whether an answer is good (whoever wrote the transcript).

A place to visit is written as the engine traces it: `step intake.menu`, `choice intake.menu.stay`, `row intake.told 2`
(the second row of a table of several).
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot import build, settings, transcripts
from bot.build import House
from bot.dialogue.script import Script
from bot.dialogue.turn import Turn
from bot.errors import AdminError
from bot.storage.memory import Memory
from bot.transcripts import Chat

KINDS = ("step", "choice", "row")
# The settings of a conversation that make another house; channel and time do not.
HOUSES = ("assurance", "language", "two-way", "without")


@dataclass
class Visits:
    """How often the turns of one language visited a place."""

    places: Counter[str] = field(default_factory=Counter)

    def count(self, places: tuple[str, ...], kind: str) -> tuple[int, int]:
        """(visited, all) places of a kind."""
        mine = [place for place in places if place.startswith(f"{kind} ")]
        return sum(place in self.places for place in mine), len(mine)

    def missing(self, places: tuple[str, ...]) -> list[str]:
        return [place for place in places if not self.places[place]]


@dataclass
class Report:
    """What playing transcripts showed. `differs`: name -> lines of a diff (- as written, + as it is now)."""

    chats: int
    places: tuple[str, ...]
    visits: Mapping[str, Visits]
    differs: Mapping[str, list[str]]


def report(chats: Iterable[Chat]) -> Report:
    """Plays every conversation over the real flows, directory and reader, in memory, each under its own settings."""
    chats = list(chats)
    script = house(()).script
    visits = {language: Visits() for language in sorted(script.phrases)}
    differs = {}
    for chat in chats:
        joined = house(tuple(sorted(chat.settings.items())))
        now, turns = transcripts.play(joined, chat)
        visit(visits, turns, joined.settings.default_language)
        lines = changed(chat, now)
        if lines:
            differs[chat.name] = lines
    return Report(chats=len(chats), places=places(script), visits=visits, differs=differs)


def read(folder: Path) -> list[Chat]:
    """Every transcript of a folder, by name. Raises AdminError where there is none."""
    paths = sorted(folder.glob("*.chat"))
    if not paths:
        raise AdminError(f"{folder} holds no conversation (a file NAME.chat).")
    return [transcripts.read(path) for path in paths]


def house(pairs: tuple[tuple[str, str], ...]) -> House:
    """The house as a transcript's settings want it."""
    return _house(tuple(pair for pair in pairs if pair[0] in HOUSES))


@lru_cache(maxsize=8)
def _house(pairs: tuple[tuple[str, str], ...]) -> House:
    """Conversations are played as everything can be met: people can answer our SMS, so that a check-in is possible."""
    wanted = dict(pairs)
    read = settings.read(environ={"SMS_TWO_WAY": wanted.get("two-way", "yes")})
    read = replace(
        read,
        assurance=wanted.get("assurance", read.assurance),
        default_language=wanted.get("language", read.default_language),
    )
    return build.house(read, Memory(), without=frozenset(filter(None, wanted.get("without", "").split(","))))


def places(script: Script) -> tuple[str, ...]:
    """Everything there is to visit, in the order of the script. A table of one row is no branch."""
    return tuple(_places(script))


def _places(script: Script) -> Iterator[str]:
    for step in script.steps.values():
        yield f"step {step.address}"
        yield from (f"choice {step.address}.{choice.id}" for choice in step.choices)
        if len(step.goto) > 1:
            yield from (f"row {step.address} {number}" for number in range(1, len(step.goto) + 1))


def visit(visits: Mapping[str, Visits], turns: Iterable[Turn], language: str) -> None:
    """Counts what turns of one talk walked. A choice counts in the language it was shown in, `language` at first; and
    with it its step, which a check-in may have said without a turn."""
    for turn in turns:
        for mark in turn.trace:
            if mark.startswith("choice "):
                visits[language].places[mark] += 1
                visits[language].places[f"step {step_of(mark)}"] += 1
            else:
                visits[turn.language].places[mark if " " in mark else f"step {mark}"] += 1
        language = turn.language


def changed(chat: Chat, now: str) -> list[str]:
    """The lines of a conversation that read otherwise now, with the message before each."""
    written = "\n".join(chat.lines) + "\n"
    if written == now:
        return []
    diff = difflib.unified_diff(written.splitlines(), now.splitlines(), lineterm="", n=1)
    return [line for line in diff if not line.startswith(("---", "+++", "@@"))]


def text(found: Report, script: Script) -> Iterator[str]:
    """The report as sentences for whoever wrote the conversations."""
    for name, lines in found.differs.items():
        yield f"{name} reads otherwise now:"
        yield from (f"    {line}" for line in lines)
    for language, visits in found.visits.items():
        counts = ((kind, *visits.count(found.places, kind)) for kind in KINDS)
        yield f"{language}: " + ", ".join(f"{NAMES[kind]} {done} of {all_}" for kind, done, all_ in counts)
        yield from (f"    not visited: {_row(script, place)}" for place in _outermost(visits.missing(found.places)))
    yield f"{found.chats} conversations, {len(found.differs)} read otherwise."


def plain(found: Report) -> dict[str, Any]:
    """The report for programs."""
    visits = {
        language: {
            **{NAMES[kind]: seen.count(found.places, kind) for kind in KINDS},
            "not_visited": seen.missing(found.places),
        }
        for language, seen in found.visits.items()
    }
    return {"conversations": found.chats, "differ": dict(found.differs), "coverage": visits}


NAMES = {"step": "steps", "choice": "choices", "row": "branches"}


def step_of(place: str) -> str:
    """The address of the step a place belongs to."""
    return ".".join(place.split()[1].split(".")[:2])


def _outermost(missing: list[str]) -> list[str]:
    """Without the choices and rows of a step that is itself missing."""
    steps = {place for place in missing if place.startswith("step ")}
    return [place for place in missing if place in steps or f"step {step_of(place)}" not in steps]


def _row(script: Script, place: str) -> str:
    """A place, and for a row what it asks and where it leads."""
    kind, _, rest = place.partition(" ")
    if kind != "row":
        return place
    address, _, number = rest.partition(" ")
    row = script.steps[address].goto[int(number) - 1]
    asked = " and ".join(f"{name} = {word}" for name, word in row.when) or "else"
    return f"{place} ({asked}: {row.to})"
