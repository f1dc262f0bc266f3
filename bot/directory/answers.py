"""The named lookups: what the directory answers when a flow asks it to `find`.

Owns: turning the facts of a session into ids and words of `dialogue/lookups`. Never: who is first (`ranking`), what
may be shown (`assurance`), the text of a field (`cards`), the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.dialogue.lookups import Found, Lookup, Query
from bot.dialogue.reading import PlaceReading
from bot.directory import assurance as rules
from bot.directory import lines
from bot.directory.cards import Cards
from bot.directory.model import Directory
from bot.directory.pins import HOME
from bot.directory.ranking import Choice, Person, person_of, rank


class Answers:
    """Everything that the dialogue and the renderer want from the directory. Immutable: threads may share it."""

    def __init__(self, directory: Directory, texts: Mapping[str, Mapping[str, str]], assurance: str) -> None:
        """Args: texts, language -> context -> text (English where one is missing); assurance, listed | strict."""
        self.directory = directory
        self.assurance = assurance
        self.texts = texts
        self._cards = Cards(directory, texts, assurance)
        self.emergency = rules.emergency(directory, HOME)
        self.lookups: Mapping[str, Lookup] = {
            "need": self._need,
            "service": self._service,
            "further": self._further,
            "nationwide": self._nationwide,
            "hotline": self._hotline,
            "abroad": self._abroad,
            "silent": self._silent,
            "organization": self._organization,
            "which": self._which,
            "origin": self._origin,
            "current": self._current,
        }

    def values(self, name: str, ident: str, language: str, now: datetime) -> Mapping[str, str]:
        """The fields of one thing as text; empty text where a fact is not known or must not be shown. See `cards`."""
        return self._cards.values(name, ident, language, now)

    def text(self, language: str, context: str) -> str:
        """One text of the directory by its address; English where the language has none."""
        return self._cards.text(language, context)

    def place_at(self, lat: float, lon: float) -> PlaceReading:
        """A pin: the nearest place in Albania, abroad with the country, or unknown (the sea)."""
        return self.directory.pins.at(lat, lon)

    def origin(self, digits: str) -> str:
        """The country of a number's calling code, "" for Albania and where nothing is known of it."""
        return lines.origin(self.directory, digits)

    def _need(self, query: Query) -> Found:
        return Found(facts={"kind": _kind(self.directory, query.facts)})

    def _service(self, query: Query) -> Found:
        return self._offer(query, lambda _choice, _person: True)

    def _further(self, query: Query) -> Found:
        return self._offer(query, self._elsewhere)

    def _nationwide(self, query: Query) -> Found:
        """The best that serves everywhere and has a number; it is not counted as shown, since it may be the nearest."""
        person = person_of(self.directory, query.facts)
        if not lines.helps(self.directory, person):
            for choice in rank(self.directory, person, query.now):
                offer = choice.offer
                if offer.service.reach == "national" and rules.phone_of(offer, query.now, self.assurance):
                    return Found(facts={"nationwide": "yes"}, bind={"service": offer.key})
        return Found(facts={"nationwide": "no"})

    def _elsewhere(self, choice: Choice, person: Person) -> bool:
        """In another county than the person (than any that was offered, where the person's is not known)."""
        places = self.directory.places
        return choice.row < 0 or person.place < 0 or places.counties[choice.row] != places.counties[person.place]

    def _offer(self, query: Query, wanted: Callable[[Choice, Person], bool]) -> Found:
        person = person_of(self.directory, query.facts)
        shown = {ident.partition("@")[0] for ident in query.shown}
        for choice in rank(self.directory, person, query.now):
            if choice.offer.key not in shown and wanted(choice, person):
                return self._found(choice, person, query.now)
        return Found(facts={"found": "none", "number": "no", "police": "unknown"})

    def _found(self, choice: Choice, person: Person, now: datetime) -> Found:
        key = choice.offer.key
        ident = f"{key}@{self.directory.places.ids[person.place]}" if person.place >= 0 else key
        facts = {
            "found": "near" if choice.near else "far",
            "number": "yes" if rules.phone_of(choice.offer, now, self.assurance) else "no",
            "police": choice.offer.service.police,
        }
        return Found(facts=facts, bind={"service": ident}, shown=(key,))

    def _hotline(self, query: Query) -> Found:
        person = person_of(self.directory, query.facts)
        word, line = lines.hotline(self.directory, person, query.now, self.assurance)
        return Found(facts={"hotline": word}, bind={"hotline": line.id} if line else {})

    def _abroad(self, query: Query) -> Found:
        code = query.facts.get("country", "")
        if code not in self.directory.countries or code == HOME:
            return Found(facts={"abroad": "unknown"})
        person = person_of(self.directory, query.facts)
        line = lines.abroad(self.directory, code, person, query.now, self.assurance)
        if line is None:
            return Found(facts={"abroad": "emergency"}, bind={"country": code})
        return Found(facts={"abroad": "line"}, bind={"country": code, "service": line.id}, shown=(line.id,))

    def _silent(self, query: Query) -> Found:
        person = person_of(self.directory, query.facts)
        line = lines.silent(self.directory, person, query.now, self.assurance)
        return Found(facts={"silent": "yes"}, bind={"service": line.id}) if line else Found(facts={"silent": "no"})

    def _organization(self, query: Query) -> Found:
        org = self.directory.organizations[query.facts["organization"]]  # the reader names only what is in here
        phones = [phone for phone in org.phones if not phone.withdrawn]
        number = "yes" if rules.first_shown(phones, query.now, self.assurance) else "no"
        return Found(facts={"organization_kind": org.kind, "number": number}, bind={"org": org.id})

    def _which(self, query: Query) -> Found:
        ids = [i for i in query.facts.get("which", "").split(",") if self.directory.places.row(i) >= 0]
        if len(ids) < 2:
            return Found(facts={"several": "no"})
        bind = {"first": ids[0], "second": ids[1]}
        return Found(facts={"several": "yes"}, bind=bind)

    def _origin(self, query: Query) -> Found:
        code = query.facts.get("origin", "")
        if code not in self.directory.countries:
            return Found(facts={"foreign": "no"})
        return Found(facts={"foreign": "yes"}, bind={"likely": code})

    def _current(self, query: Query) -> Found:
        if not query.shown:
            return Found(facts={"current": "no", "fee": "unknown"})
        key, place = query.shown[-1], query.facts.get("place", "")
        ident = f"{key}@{place}" if self.directory.places.row(place) >= 0 else key
        offer, line = self.directory.offers.get(key), self.directory.lines.get(key)
        if offer is not None:
            bind = {"service": ident, "org": offer.organization.id}
            return Found(facts={"current": "service", "fee": offer.service.cost}, bind=bind)
        if line is not None:
            return Found(facts={"current": "line", "fee": line.cost}, bind={"service": ident})
        return Found(facts={"current": "no", "fee": "unknown"})  # withdrawn since


def _kind(directory: Directory, facts: Mapping[str, str]) -> str:
    """urgent if any need is; else the kind of the first need; a group has the kind of its calmest need."""
    named = [facts.get("need", ""), *facts.get("needs", "").split(",")]
    kinds = [directory.needs[code].kind for code in named if code in directory.needs]
    if kinds:
        return "urgent" if "urgent" in kinds else kinds[0]
    kinds = [need.kind for need in directory.needs.values() if need.group and need.group == facts.get("group")]
    if not kinds:
        return "none"
    return "information" if set(kinds) == {"information"} else "plain"
