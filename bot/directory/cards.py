"""Fields of things as text: what a placeholder is filled with.

Owns: the fields of `dialogue/lookups.FIELDS` for everything the directory knows. Never: sentences (flows have them),
the decision whether a number may be shown (`assurance`), the clock.

Idents: a service is `organization.service`, with `@place` where the person's place is known (town and km are then
seen from there); a line its id; `line`, `cost`, `hours` and `who` take a country code ("" is Albania).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.dialogue.lookups import FIELDS
from bot.directory import assurance as rules
from bot.directory import hours
from bot.directory.model import SERVICES, Directory, Line, Offer, Organization, Phone, Schedule
from bot.directory.pins import HOME
from bot.directory.ranking import nearest

Texts = Mapping[str, Mapping[str, str]]
FAR: Final = 50.0  # km; from here on they are told in tens
BESIDE: Final = 3.0  # km; nearer than that is the same town


class Cards:
    """Fills placeholders. Immutable."""

    def __init__(self, directory: Directory, texts: Texts, assurance: str) -> None:
        self.directory = directory
        self.assurance = assurance
        self._english = dict(directory.texts())
        self._texts = texts

    def values(self, name: str, ident: str, language: str, now: datetime) -> Mapping[str, str]:
        """The fields of `name` for `ident`; {} for a name that is not the directory's (e.g. session).

        What the directory no longer holds (withdrawn while somebody talked) has every field, all empty.
        """
        found = self._values(name, ident, language, now)
        return found or ({} if name == "session" else dict.fromkeys(FIELDS.get(name, ()), ""))

    def _values(self, name: str, ident: str, language: str, now: datetime) -> Mapping[str, str]:
        match name:
            case "service":
                return self._service(ident, language, now)
            case "hotline":
                line = self.directory.lines.get(ident)
                return self._beside(line, language, now) if line else {}
            case "org":
                return self._org(ident, language, now)
            case "place":
                return {"name": self._place(ident, language)}
            case "first" | "second":
                return {"name": self._apart(ident, language)}
            case "country" | "likely":
                return {"name": self.text(language, f"country.{ident}.name")}
            case "need":
                return {"label": self.text(language, f"need.{ident}.label")}
            case "line":
                return self._numbers(ident, now)
            case "cost" | "hours" | "who":
                return self._facts(name, ident, language)
            case _:
                return {}

    def text(self, language: str, context: str) -> str:
        """A text by its address; English where the language has none, "" for no such address."""
        return self._texts.get(language, {}).get(context) or self._english.get(context, "")

    def _place(self, ident: str, language: str) -> str:
        row = self.directory.places.row(ident)
        return self.directory.places.name(row, language) if row >= 0 else ""

    def _apart(self, ident: str, language: str) -> str:
        """A name among others of the same name: with its municipality, or its county where that is only a guess."""
        places = self.directory.places
        row = places.row(ident)
        if row < 0 or places.kinds[row] in ("municipality", "town"):
            return self._place(ident, language)
        return f"{places.name(row, language)}, {places.municipality(row) or places.counties[row]}"

    def _service(self, ident: str, language: str, now: datetime) -> Mapping[str, str]:
        key, _, place = ident.partition("@")
        line = self.directory.lines.get(key)
        if line:
            return self._line(line, language, now)
        offer = self.directory.offers.get(key)
        if offer is None:
            return {}
        town, km = self._met(offer, place, language)
        service, org = offer.service, offer.organization
        phone = rules.phone_of(offer, now, self.assurance)
        return {
            "name": self.text(language, f"org.{org.id}.name"),
            "town": town,
            "km": km,
            "phone": phone.number if phone else "",
            "web": org.website,
            # A card says what is known; "not known" three times in a row helps nobody.
            "cost": "" if service.cost == "unknown" else self._cost(service.cost, language),
            "hours": self._hours(service.schedules, language) if service.schedules else "",
            "who": "" if service.who == "unknown" else self.text(language, f"who.{service.who}"),
            "languages": self._languages(service.languages, language),
            "police": self.text(language, f"fact.police_{service.police}"),
            "what": self.text(language, f"service.{key}.what"),
            "others": "",
            "opens": self._opens(service.schedules, language, now),
            "verified_on": _date(phone, language),
            "serves": self.text(language, f"serves.{service.serves}"),
        }

    def _met(self, offer: Offer, place: str, language: str) -> tuple[str, str]:
        """Town and about how many kilometres, from the person's place if it is known."""
        places = self.directory.places
        if not offer.places:
            return self.text(language, "fact.everywhere"), ""
        person = places.row(place) if place else -1
        if person < 0:
            town = (
                self.text(language, "fact.everywhere") if offer.everywhere else places.name(offer.places[0], language)
            )
            return town, ""
        km, row = nearest(places, offer, person)
        return places.name(row, language), str(about(km)) if km >= BESIDE else ""

    def _line(self, line: Line, language: str, now: datetime) -> Mapping[str, str]:
        shown = rules.line_shown(line, now, self.assurance)
        country = "" if line.country == HOME else self.text(language, f"country.{line.country}.name")
        return {
            "name": self.text(language, f"line.{line.id}.name"),
            "town": country,
            "km": "",
            "phone": (line.number or line.website) if shown else "",
            "web": line.website,
            "cost": self._cost(line.cost, language),
            "hours": self._hours(line.schedules, language),
            "who": self.text(language, f"who.{line.who}"),
            "languages": self._languages(line.languages, language),
            "police": self.text(language, f"fact.police_{line.police}"),
            "what": self.text(language, f"line.{line.id}.what"),
            "opens": self._opens(line.schedules, language, now),
            "verified_on": "",
            "serves": self.text(language, f"serves.{line.serves}"),
            "others": self._others(line.country, line.id, now),
        }

    def _beside(self, line: Line, language: str, now: datetime) -> Mapping[str, str]:
        """A line in a message about something else: of its cost, hours and who answers only what is known."""
        told = dict(self._line(line, language, now))
        known = {"cost": line.cost != "unknown", "hours": bool(line.schedules), "who": line.who != "unknown"}
        return {field: text if known.get(field, True) else "" for field, text in told.items()}

    def _org(self, ident: str, language: str, now: datetime) -> Mapping[str, str]:
        org = self.directory.organizations.get(ident)
        if org is None:
            return {}
        phone = rules.first_shown([p for p in org.phones if not p.withdrawn], now, self.assurance)
        return {
            "name": self.text(language, f"org.{org.id}.name"),
            "what": self.text(language, f"org.{ident}.what"),
            "town": self._place(org.place, language) or self.text(language, "fact.everywhere"),
            "phone": phone.number if phone else "",
            "web": org.website,
            "entry": self.text(language, f"org.{ident}.entry") if org.entry else "",
            "services": self._clauses(org, language),
        }

    def _clauses(self, org: Organization, language: str) -> str:
        """What its services do, each in its clause, in the order of the file; in brief where that is too much."""
        offered = [service for service in org.services if service.on_offer]
        clauses = [self.text(language, f"service.{org.id}.{service.id}.what") for service in offered]
        told = "; ".join(dict.fromkeys(clauses))
        return told if len(told) <= SERVICES else self.text(language, f"org.{org.id}.brief")

    def _numbers(self, ident: str, now: datetime) -> Mapping[str, str]:
        if ident and ident not in self.directory.countries:
            # An unknown country gets no number of ours; what most of Europe dials is said as such.
            return {"emergency": self.directory.countries[HOME].emergency}
        country = self.directory.countries[ident or HOME]
        emergency, lines = country.emergency, self.directory.lines
        numbers = {
            "emergency": emergency,
            "police": country.police or emergency,
            "ambulance": country.ambulance or emergency,
        }
        if country.code == HOME:  # elsewhere these are nobody's, and what speaks of them is left out
            women = lines["al-116117"].number
            numbers |= {"women": women, "children": lines["al-116111"].number, "ask": women}
            chat = lines["al-alo116-chat"]
            return numbers | {"chat": chat.website if rules.line_shown(chat, now, self.assurance) else "", "others": ""}
        return numbers | {"others": self._others(country.code, "", now)}

    def _others(self, country: str, but: str, now: datetime) -> str:
        """The numbers of a country that may stand in a list, without a word on whom they serve."""
        lines = (line for line in self.directory.lines.values() if line.country == country != HOME and line.id != but)
        shown = (line for line in lines if rules.alone(line) and rules.line_shown(line, now, self.assurance))
        return ", ".join(line.number for line in shown if line.number and line.role == "hotline")

    def _facts(self, name: str, ident: str, language: str) -> Mapping[str, str]:
        """cost, hours and who of the lines that `line` gives."""
        ids = {"emergency": "al-112", "women": "al-116117", "children": "al-116111"}
        filled = {}
        for field, line_id in ids.items():
            line = self.directory.lines[line_id]
            if ident not in ("", HOME):
                filled[field] = self.text(language, f"fact.{name}_unknown" if name != "who" else "who.unknown")
            elif name == "cost":
                filled[field] = self._cost(line.cost, language)
            else:
                filled[field] = self._hours(line.schedules, language) if name == "hours" else ""
            if name == "who" and ident in ("", HOME):
                filled[field] = self.text(language, f"who.{line.who}")
        return filled

    def _cost(self, word: str, language: str) -> str:
        return self.text(language, "fact.cost_unknown" if word == "unknown" else f"fact.{word}")

    def _languages(self, codes: tuple[str, ...], language: str) -> str:
        known = ", ".join(self.text(language, f"language.{code}") for code in codes)
        return known or self.text(language, "fact.unknown")

    def _hours(self, schedules: tuple[Schedule, ...], language: str) -> str:
        if not schedules:
            return self.text(language, "fact.hours_unknown")
        if hours.always(schedules):
            return self.text(language, "fact.day_night")
        return ", ".join(f"{self._days(s.byday, language)} {_hour(s.opens_at)}-{_hour(s.closes_at)}" for s in schedules)

    def _days(self, days: tuple[str, ...], language: str) -> str:
        """Mon-Fri where the days follow each other, else Mon, Wed."""
        order = sorted(days, key=hours.DAYS.index)
        said = [self.text(language, f"day.{day}") for day in order]
        follow = hours.DAYS.index(order[-1]) - hours.DAYS.index(order[0]) == len(order) - 1
        return f"{said[0]}-{said[-1]}" if follow and len(said) > 2 else ", ".join(said)

    def _opens(self, schedules: tuple[Schedule, ...], language: str, now: datetime) -> str:
        """Empty while it is open or where hours are not known."""
        start = hours.next_opening(schedules, now)
        if start is None:
            return ""
        days = (start.date() - now.astimezone(hours.ZONE).date()).days
        day = {0: "today", 1: "tomorrow"}.get(days) or hours.DAYS[start.weekday()]
        return f"{self.text(language, f'day.{day}')} {_hour(start.strftime('%H:%M'))}"


def about(km: float) -> int:
    """Kilometres as the crow flies, as a person may be told them: in fives, from 50 on in tens. A road is longer."""
    step = 5 if km < FAR else 10
    return max(5, round(km / step) * step)


def _hour(clock: str) -> str:
    """08:00 -> 8, 08:30 -> 8:30."""
    hour, minute = clock.split(":")
    return str(int(hour)) if minute == "00" else f"{int(hour)}:{minute}"


def _date(phone: Phone | None, language: str) -> str:
    if phone is None or phone.assured_date is None or not phone.assured_by:
        return ""
    return phone.assured_date.strftime("%d/%m/%Y" if language == "en" else "%d.%m.%Y")
