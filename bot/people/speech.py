"""What a simulated person types: what is the matter, where they are, one answer; with slips, in parts, without ë and ç.

Owns: putting the lines of `words.*.toml` together for one person. Never: when it is said (`behaviour`).
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from bot.channels import sms
from bot.directory.model import Directory
from bot.directory.pins import HOME
from bot.people.person import HERE, Person


@lru_cache(maxsize=8)
def words(language: str) -> Mapping[str, Any]:
    """words.LANGUAGE.toml."""
    return tomllib.loads((HERE / f"words.{language}.toml").read_text(encoding="utf-8"))


class Speech:
    """One person's way of typing."""

    def __init__(self, person: Person, directory: Directory, chance: Mapping[str, float], dice: random.Random) -> None:
        self.person, self.directory, self.chance, self.dice = person, directory, chance, dice
        self.words = words(person.language)
        self._plain = dice.random() < chance["plain_letters"]
        self._told, self._told_before = "", list[Any]()
        self.in_danger = person.danger  # or what they say means that they are
        self.said_silent = False  # that they cannot speak: nobody can know it before

    def line(self, name: str) -> str:
        """One of the lines under a name."""
        return self.typed(self.dice.choice(self.words[name]))

    def told(self, need: str, place: str, with_place: bool = False) -> list[str]:
        """What is the matter, in one message or in parts of it; other words than last time, if there are any."""
        return [self.typed(part) for part in self._telling(need, place, with_place)]

    def _telling(self, need: str, place: str, with_place: bool = False) -> list[str]:
        lines = self._lines(need)
        if self._told == need and not self.in_danger:  # telling the same again, nobody is held who was not
            lines = [line for line in lines if "!" not in str(line)]
        self._told = need
        fresh = [line for line in lines if line not in self._told_before] or lines
        line = self.dice.choice(fresh)
        self._told_before.append(line)
        self.in_danger = self.in_danger or "!" in str(line)
        if isinstance(line, list):
            parts = [part.replace("!", "") for part in line]
            if self.person.country != HOME:
                parts[0] = f"{parts[0]}, {self._where(place)}"
            return parts
        return [self._with_more(line.replace("!", ""), place, with_place)]

    def place(self, ident: str, name: str = "place") -> str:
        """Where they are. "" stands for the country they are in."""
        return self.typed(self._where(ident, name))

    def _where(self, ident: str, name: str = "place") -> str:
        if not ident:
            return str(self.dice.choice(self.words["country"][self.person.country]))
        row = self.directory.places.row(ident)
        template = self.words[name][0] if self._short(name) else self.dice.choice(self.words[name])
        return str(template.replace("{place}", self.directory.places.name(row, self.person.language)))

    def nearest_town(self, ident: str) -> str:
        """The centre of their municipality: what one says when the village is not known."""
        places = self.directory.places
        seat = places.seats.get(places.municipality(places.row(ident)), -1) if ident else -1
        return self.place(places.ids[seat] if seat >= 0 else ident)

    def changed(self, need: str, place: str) -> list[str]:
        """Another need, half-way: in one message, or the thought to its end in as many as it takes."""
        first, *rest = self._telling(need, place)
        return [
            self.typed(self.dice.choice(self.words["need_change"]).replace("{need}", first)),
            *map(self.typed, rest),
        ]

    def typed(self, text: str) -> str:
        """The text as these fingers type it. A line in brackets is no text (a photo, a voice note)."""
        if text.startswith("["):
            return text
        if self._plain and self.person.language == "sq":
            text = sms.plain(text)
        return slip(text, self.dice) if self.person.style == "typos" else text

    def _short(self, name: str) -> bool:
        return name == "place" and self.person.style in ("numbers", "words")

    def _lines(self, need: str) -> Sequence[Any]:
        person, pool = self.person, self.words["danger" if self.person.danger else "need"]
        if not person.danger:
            pool = pool[need]
        if person.other:
            return [f"{self._they()} {line}" for line in pool["they"]]
        if person.style == "fragments":
            return list(pool["parts"])
        if person.age == "child" and "child" in pool:
            return list(pool["child"])
        if person.style in ("numbers", "words"):
            return list(pool["words"])
        own = pool.get("women" if person.sex == "f" else "men", []) if person.age == "adult" else []
        return [*pool["sentences"], *own]

    def _they(self) -> str:
        return str(self.dice.choice(self.words["they"][f"{self.person.sex}_{self.person.age}"]))

    def _with_more(self, line: str, place: str, with_place: bool) -> str:
        """The same with what some say in the same breath: who they are, the town, that they cannot speak."""
        person, chance = self.person, self.chance
        more = [line]
        if not person.other:
            more += self._about()
        if not person.voice:
            more.insert(0, str(self.dice.choice(self.words["silent"])))
            self.said_silent = True
        says = chance["says_place_sentences" if person.style == "sentences" else "says_place"]
        if with_place or person.country != HOME or self.dice.random() < says:
            more.append(self._where(place))
        return ", ".join(more)

    def _about(self) -> list[str]:
        person, about = self.person, []
        if person.age == "child" and self.dice.random() < self.chance["says_age_child"]:
            about.append(str(self.dice.choice(self.words["age"])).replace("{age}", str(person.years)))
        elif person.age == "adult" and self.dice.random() < self.chance["says_sex"]:
            about.append(str(self.dice.choice(self.words["woman" if person.sex == "f" else "man"])))
        if person.children and self.dice.random() < self.chance["says_sex"]:
            about.append(str(self.dice.choice(self.words["children"])))
        return about


def slip(text: str, dice: random.Random) -> str:
    """One slip of the finger in one longer word: two letters changed about, one lost, one doubled."""
    spans = [(at, word) for at, word in _words(text) if len(word) > 4 and word.isalpha()]
    if not spans:
        return text
    at, word = dice.choice(spans)
    where = dice.randrange(1, len(word) - 1)
    kind = dice.randrange(3)
    if kind == 0:
        changed = word[:where] + word[where + 1] + word[where] + word[where + 2 :]
    elif kind == 1:
        changed = word[:where] + word[where + 1 :]
    else:
        changed = word[: where + 1] + word[where:]
    return text[:at] + changed + text[at + len(word) :]


def _words(text: str) -> list[tuple[int, str]]:
    found, at = [], 0
    for word in text.split(" "):
        found.append((at, word))
        at += len(word) + 1
    return found
