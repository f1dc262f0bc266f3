"""One simulated person: what is true of them (which nobody asks), and how they write.

Owns: drawing a person from the shares of `people.toml`. Never: what they type (`speech`), when (`behaviour`).
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.directory.model import Directory
from bot.directory.pins import HOME
from bot.directory.ranking import Person as Seeker

HERE: Final = Path(__file__).resolve().parent
SEEK_NOTHING: Final = frozenset({"watching", "tester"})


@dataclass(frozen=True, kw_only=True)
class Person:
    """The hidden truth of one person. `years`, `sex` and `children` are of whoever the help is for."""

    number: int
    persona: str
    style: str  # numbers | words | sentences | typos | fragments
    language: str
    channel: str
    opening: str  # greeting | gibberish | need
    gibberish_later: bool
    need: str  # a code of data/needs.toml
    next_need: str  # what it becomes half-way, "" for who does not change their mind
    danger: bool
    years: int
    sex: str
    children: bool
    other: bool  # writes for somebody else
    voice: bool  # can speak and be heard
    place: str  # id of places.csv, "" abroad
    next_place: str  # where they are half-way, "" for who stays
    country: str

    @property
    def seeks(self) -> bool:
        """Does this person look for help at all?"""
        return self.persona not in SEEK_NOTHING

    @property
    def age(self) -> str:
        return "child" if self.years < 18 else "adult"

    def seeker(self, directory: Directory, need: str, place: str) -> Seeker:
        """The same as the directory sees people, with everything known."""
        return Seeker(
            needs=(need,),
            place=directory.places.row(place),
            years=self.years,
            age=self.age,
            sex=self.sex,
            children=self.children,
        )

    def truths(self, directory: Directory) -> dict[str, str]:
        """What an answer to a question can depend on."""
        return {
            "language": self.language,
            "group": directory.needs[self.need].group,
            "safe": "no" if self.danger else "yes",
            "age": self.age,
            "abroad": "yes" if self.country != HOME else "no",
        }


def shares() -> Mapping[str, Any]:
    """people.toml."""
    return tomllib.loads((HERE / "people.toml").read_text(encoding="utf-8"))


class Cast:
    """Draws people. The same seed and number give the same person."""

    def __init__(self, directory: Directory, seed: int) -> None:
        self.directory, self.seed, self.shares = directory, seed, shares()
        places = directory.places
        kinds = [(places.ids[row], places.kinds[row]) for row in range(len(places))]
        self._towns = [ident for ident, kind in kinds if kind == "municipality"]
        self._villages = [ident for ident, kind in kinds if kind != "municipality"]

    def dice(self, number: int, what: str) -> random.Random:
        """Chance of one person, for one purpose."""
        return random.Random(f"{self.seed}:{number}:{what}")  # noqa: S311

    def person(self, number: int) -> Person:
        """Person `number`."""
        dice, chance = self.dice(number, "who"), self.shares["chance"]
        share = self.shares["share"]
        persona = pick(dice, share["persona"])
        other = persona not in {"child", *SEEK_NOTHING} and dice.random() < chance["other"]
        child = persona == "child" or (other and dice.random() < 0.4)
        need = pick(dice, self.shares["need"]["child" if child else "adult"])
        country = dice.choice(self.shares["abroad"]["countries"]) if dice.random() < chance["abroad"] else HOME
        changes = persona == "changing" and dice.random()
        return Person(
            number=number,
            persona=persona,
            style=pick(dice, self.shares["style"][persona]),
            language=pick(dice, share["language"]),
            channel=pick(dice, share["channel"]),
            opening=pick(dice, share["opening"]),
            gibberish_later=pick(dice, share["gibberish_later"]) == "yes",
            need=need,
            next_need=pick(dice, self.shares["need"]["adult"]) if changes and changes < 0.5 else "",
            danger=need in self.shares["dangerous"]["needs"] and dice.random() < chance["danger"],
            years=dice.randint(10, 17) if child else dice.randint(18, 60),
            sex="f" if dice.random() < self.shares["women"].get(need, 0.5) else "m",
            children=not child and (need == "child_at_risk" or dice.random() < chance["children"]),
            other=other,
            voice=dice.random() >= chance["silent"],
            place=self._place(dice) if country == HOME else "",
            next_place=self._place(dice) if country == HOME and changes and changes >= 0.5 else "",
            country=country,
        )

    def _place(self, dice: random.Random) -> str:
        return dice.choice(self._villages if dice.random() < self.shares["chance"]["village"] else self._towns)


def pick(dice: random.Random, table: Mapping[str, float]) -> str:
    """One name of a table of shares."""
    return dice.choices(list(table), weights=list(table.values()))[0]
