"""People: who writes what, next. Seeded; they look at the model's state of their talk to choose an answer.

Owns: the kinds of people and their words. Never: judging an answer. All numbers are test numbers.
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from bot.dialogue.session import Session

TEXTS = tomllib.loads((Path(__file__).parent.parent / "data" / "random_texts.toml").read_text(encoding="utf-8"))
NEEDS, PLACES, DANGER = TEXTS["needs"], TEXTS["places"], TEXTS["danger"]
IDLE = (
    "zzqxwv",
    "😀",
    "???",
    "thanks",
    "faleminderit",
    "hello",
    "' OR 1=1 --",
    "{0.__class__}",
    "e" * 1600,
    "<Message>x",
)
COMMANDS = ("0", "7", "8", "9", "1", "2", "3", "4", "5", "6", "numbers", "back", "restart", "english", "shqip", "human")
LEAVING = ("FSHI", "delete", "NDAL", "stop", "8")
KINDS = ("walker", "walker", "walker", "walker", "consenter", "consenter", "hasty", "double", "bot")


@dataclass
class Person:
    """One person with a number of her own. `kind`: walker (anything), consenter (wants a check-in), hasty (two
    messages at once), double (both channels), bot (answers for ever)."""

    number: str
    kind: str
    rng: random.Random
    idle: int = 2  # messages that lead nowhere: few, so that no brake is in play
    channels: tuple[str, ...] = ("sms",)
    weight: int = 0  # what her messages weigh, at most
    consents: int = 0  # how often she may have said yes
    sure: int = 0  # how often that was answered
    yes: list[float] = field(default_factory=list)  # when, in Unix seconds
    no: list[float] = field(default_factory=list)  # when a no was answered

    def next(self, waiting: Session | None) -> tuple[str, dict[str, str]]:
        """Text and further fields of the next message."""
        if self.kind == "consenter":
            return self._towards(waiting), {}
        dice = self.rng.random()
        if dice < 0.06:
            return "", {"Latitude": "41.11237", "Longitude": "20.08191"} if self._spare() else {}
        if dice < 0.14 and self._spare():
            return self.rng.choice(IDLE), {}
        if dice < 0.18:
            return self.rng.choice(LEAVING), {}
        if dice < 0.45:
            return self.rng.choice(NEEDS), {}
        if dice < 0.60:
            return self.rng.choice(PLACES), {}
        if dice < 0.66:
            return self.rng.choice(DANGER), {}
        return self.rng.choice(COMMANDS), {}

    def _spare(self) -> bool:
        self.idle -= 1
        return self.idle >= 0

    def _towards(self, waiting: Session | None) -> str:
        """The way to a check-in, from wherever she is."""
        step = waiting.step if waiting else ""
        if step in {"checkin.offer", "checkin.when", "checkin.other_time"}:
            return "1"
        if waiting is None or not step:
            return "my husband hits me, in english please"
        if step.startswith("result.") or waiting.facts.get("helped") == "yes":
            return "thanks"
        if waiting.facts.get("placed", "") not in {"yes", "skipped"}:
            return "Elbasan" if waiting.facts.get("need") else "my husband hits me"
        return "my husband hits me"


def crowd(count: int, rng: random.Random, first: int) -> list[Person]:
    """`count` new people, with numbers from `first` on."""
    people = []
    for at in range(count):
        kind = rng.choice(KINDS)
        channels = ("sms", "whatsapp") if kind == "double" else (rng.choice(("sms", "sms", "whatsapp")),)
        person = Person(number=f"+35569{first + at:07}", kind=kind, rng=random.Random(rng.random()), channels=channels)
        people.append(person)
    return people
