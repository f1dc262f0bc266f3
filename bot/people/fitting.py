"""What a person was looking for, strictly from the directory: which numbers in a reply fit the need and the person.

A number fits if it is of (1) a line of the country the person is in, known to answer, that serves the need and surely
accepts the person; (2) a service the reply names, for the need, in whose area the person is, that surely accepts the
person; (3) an emergency line, for who is in danger, and for nobody else. Who cannot speak needs a page to write on
where the directory has one that fits; else somebody who calls.

Owns: these rules. Never: what may be shown (`directory/assurance`), who accepts whom (`directory/ranking`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from bot.build import House
from bot.channels.render import render
from bot.dialogue.session import Said
from bot.dialogue.turn import Turn
from bot.directory import assurance as rules
from bot.directory.model import Line
from bot.directory.ranking import accepts, offers
from bot.helpline import Heard
from bot.people.person import Person

WRITTEN: Final = ("chat", "report")  # roles of lines that need no voice


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What the directory has for one person: numbers (and pages) of lines, keys of services, those with a number."""

    lines: frozenset[str]
    services: frozenset[str]
    called: frozenset[str]

    @property
    def number(self) -> bool:
        return bool(self.lines or self.called)


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What a reply holds for one person. `number` and `line`; `named`: not only in a bare list of numbers."""

    number: bool = False
    line: bool = False  # a number (or page) of a line, not of a service
    named: bool = False
    service: bool = False


class Fitting:
    """Knows the directory's numbers by their text."""

    def __init__(self, house: House) -> None:
        self.house, self.directory = house, house.answers.directory
        self.assurance = house.settings.assurance
        self.listed = lru_cache(maxsize=4)(self._listed)  # one talk asks again and again

    def reply(self, person: Person, listed: Listed, heard: Heard, now: datetime) -> Fit:
        """What a reply holds of what the directory has for this person."""
        if heard.turn is None or heard.outbound is None:
            return Fit()
        named = self._services(heard.turn) & listed.services
        numbers = listed.lines | {self._phone(key, now) for key in named & listed.called}
        if not any(holds(heard.outbound.text, number) for number in numbers):
            return Fit(service=bool(named))
        line = any(holds(heard.outbound.text, number) for number in listed.lines)
        return Fit(
            number=True, line=line, named=self._named(heard.turn, numbers, person.channel, now), service=bool(named)
        )

    def _listed(self, person: Person, need: str, place: str, now: datetime) -> Listed:
        choices = offers(self.directory, person.seeker(self.directory, need, place), now)[0] if place else []
        seeker = person.seeker(self.directory, need, place)
        sure = [choice.offer for choice in choices if accepts(choice.offer.service.eligible, seeker) == "yes"]
        return Listed(
            lines=frozenset(self._lines(person, need, now)),
            services=frozenset(offer.key for offer in sure),
            called=frozenset(offer.key for offer in sure if self._phone(offer.key, now)),
        )

    def _lines(self, person: Person, need: str, now: datetime) -> set[str]:
        """Numbers of lines; for who cannot speak the pages, if there are any that fit."""
        lines = [line for line in self.directory.lines.values() if self._accepts(line, person, need, now)]
        pages = {line.website for line in lines if line.role in WRITTEN and line.website and line.police != "yes"}
        numbers = {line.number for line in lines if line.number}
        if person.danger:
            country = self.directory.countries[person.country]
            numbers |= {number for number in (country.emergency, country.police, country.ambulance) if number}
        if not person.voice and pages:
            return pages | ({self.directory.countries[person.country].emergency} if person.danger else set())
        return numbers

    def _accepts(self, line: Line, person: Person, need: str, now: datetime) -> bool:
        if line.country != person.country or line.role not in ("hotline", "report", "chat") or need not in line.needs:
            return False
        if not rules.alone(line) or not rules.line_shown(line, now, self.assurance):
            return False
        groups = tuple(group for group in line.eligible if rules.group_trusted(group, line, now, self.assurance))
        return accepts(groups, person.seeker(self.directory, need, "")) == "yes"

    def _phone(self, key: str, now: datetime) -> str:
        phone = rules.phone_of(self.directory.offers[key], now, self.assurance)
        return phone.number if phone else ""

    def _services(self, turn: Turn) -> frozenset[str]:
        """Keys of the services a reply names; of an organisation, all of its own."""
        keys = set()
        for said in turn.says:
            if "service" in said.bind:
                keys.add(said.bind["service"].partition("@")[0])
            if "org" in said.bind:
                keys |= {
                    key for key, offer in self.directory.offers.items() if offer.organization.id == said.bind["org"]
                }
        return frozenset(keys & self.directory.offers.keys())

    def _named(self, turn: Turn, numbers: set[str] | frozenset[str], channel: str, now: datetime) -> bool:
        """Does a number stand elsewhere than in a bare list?"""
        script = self.house.script
        for said in turn.says:
            if bare(script.phrases["en"].get(said.say, "")) and script.tells.get(said.say, 0) <= 1:
                continue
            if any(holds(self.text(turn, said, channel, now), number) for number in numbers):
                return True
        return False

    def text(self, turn: Turn, said: Said, channel: str, now: datetime) -> str:
        """One phrase of a turn, alone."""
        parts = self.house.helpline.parts
        return render(
            parts.script, (said,), language=turn.language, child=turn.child,
            capabilities=parts.capabilities[channel], letters=parts.letters, values=parts.values, now=now,
        ).text  # fmt: skip

    def numbers(self, text: str) -> Iterator[str]:
        """Every number to call of the directory that a text holds."""
        yield from (number for number in self._all() if holds(text, number))

    @lru_cache(maxsize=1)  # noqa: B019  (one for each walk)
    def _all(self) -> tuple[str, ...]:
        phones = [phone.number for org in self.directory.organizations.values() for phone in org.phones]
        lines = [line.number or line.website for line in self.directory.lines.values()]
        countries = [country.emergency for country in self.directory.countries.values()]
        return tuple(dict.fromkeys(number for number in (*lines, *countries, *phones) if number))


def bare(english: str) -> bool:
    """A phrase that lists the lines' numbers without a word on whom they serve."""
    return "{line.women}" in english and "{line.children}" in english


@lru_cache(maxsize=1024)
def _pattern(number: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\d+\w]){re.escape(number)}(?!\d)")


def holds(text: str, number: str) -> bool:
    """Does a text hold a number (or a page) as it is written in the directory?"""
    return bool(number) and number in text and _pattern(number).search(text) is not None
