"""What the directory is made of: needs, organisations, services, phones, schedules, lines, countries, places.

Owns: the types, with the names of Open Referral's HSDS 3.0 where it has one. Never: reading files, ordering, wording.
A fact (service, phone, line) carries where it comes from and who assured it; see `assurance`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

import msgspec

from bot.directory.pins import Pins
from bot.directory.places import Places
from bot.errors import AdminError


class Need(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of data/needs.toml."""

    service: bool
    kind: str  # urgent | plain | information
    group: str  # stay | work | family | children | advice | courses, or "" where no service is meant
    taxonomy: str
    label: str


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where facts were read. `date` is written as the source gives it: a year, a month, a day, `c. 2022`, `undated`."""

    cite: str
    date: str


SERVICES: Final = 200  # letters of an organisation's services in one message


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every fact carries. `source` holds names of the file's [sources], `confidence` C2, C1 or S."""

    source: tuple[str, ...]
    confidence: str
    page: int = 0  # of the 2024 guide, 0 if not from it
    assured_date: date | None = None
    assured_by: str = ""
    network: str = ""  # from which network the number was dialled
    note: str = ""  # for admins, never for a texter


class Phone(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number as it is to be dialled inside the country, with spaces; international ones with `+`."""

    id: str
    number: str
    cost: str = "unknown"  # free | free_mobile | paid | unknown
    withdrawn: bool = False  # known to be wrong: never shown, kept so that nobody adds it again


class Schedule(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Opening hours, as HSDS writes them: days `MO`..`SU`, times `HH:MM` of the country."""

    byday: tuple[str, ...]
    opens_at: str
    closes_at: str  # "24:00" ends with the day
    holidays: bool = False  # open on public holidays too


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One group of people that is accepted; all that stands here must hold."""

    sex: str = ""  # f | m, "" for everybody
    min_age: int = 0  # years, both ends included
    max_age: int = 200
    children: bool = False  # only with children
    needs: tuple[str, ...] = ()  # only people in one of these situations; people rarely say all, so silence is "maybe"
    confidence: str = "C2"


class Location(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a service is met. A municipality or a town, never an address."""

    id: str
    place: str  # id of places.csv, or "municipalities": in each of the 61, the person's own first


class Service(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service. `needs`: what it is for; `also`: what it helps with besides."""

    id: str
    name: str
    what: str  # one clause, 40 letters
    needs: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    eligible: tuple[Group, ...] = (Group(),)
    serves: str = "anyone"  # word of data/words.toml [serves]
    reach: str = "national"  # national | region | county | municipality, seen from its locations
    counties: tuple[str, ...] = ()  # counties it serves besides
    locations: tuple[str, ...] = ()  # ids of the organisation's locations; none: all of them
    phones: tuple[str, ...] = ()  # ids of the organisation's phones; none: all of them
    schedules: tuple[Schedule, ...] = ()
    cost: str = "unknown"
    who: str = "unknown"  # person | counsellor | program ... word of data/words.toml [who]
    police: str = "unknown"  # yes: what is said reaches the police · no: by its own word not · unknown
    languages: tuple[str, ...] = ()  # ISO 639-1; empty: not known
    entry: str = ""  # how one gets in, where calling is not the way
    urgent: bool = True  # may be offered to somebody in danger
    offered: bool = True  # false: a record of what the organisation does, nothing a texter could use
    status: str = "active"  # active | inactive

    @property
    def on_offer(self) -> bool:
        """It is there, and people may be sent to it."""
        return self.offered and self.status == "active"


class Organization(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of data/organizations/."""

    id: str
    name: str
    short_name: str  # what a texter reads, 24 letters
    alternate_names: tuple[str, ...] = ()
    kind: str  # direct | prevention
    description: str
    brief: str = ""  # its services in a word or two each, where their clauses are too many for one message
    entry: str = ""
    website: str = ""
    place: str = ""  # id of places.csv, "" where none was found
    year: int = 0
    phoneless: bool = False  # by its nature: a form, a chat
    order: int = 50  # among equals, the smaller first; by specialisation, not by merit
    sources: Mapping[str, Source]
    phones: tuple[Phone, ...] = ()
    locations: tuple[Location, ...] = ()
    services: tuple[Service, ...] = ()


class Line(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line to call or, where `number` is empty, a page to write on (`website`)."""

    id: str
    country: str
    name: str
    what: str
    number: str = ""
    website: str = ""
    role: str = "hotline"  # emergency | police | ambulance | hotline | report | chat
    needs: tuple[str, ...] = ()
    eligible: tuple[Group, ...] = (Group(),)
    serves: str = "anyone"
    schedules: tuple[Schedule, ...] = ()
    cost: str = "unknown"
    who: str = "unknown"
    police: str = "unknown"
    languages: tuple[str, ...] = ()
    answers: str = "yes"  # yes | reported_not: then it is never given alone, and never as the hotline
    dialled_abroad: bool = False


class Country(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to dial in a country."""

    code: str  # ISO 3166-1 alpha-2, XK for Kosovo
    name: str
    emergency: str
    police: str = ""
    ambulance: str = ""
    calling: str = ""  # what its numbers begin with, after the plus


class Offer(msgspec.Struct, frozen=True):
    """A service with the organisation that gives it and where it is met; `key` is what sessions remember."""

    key: str  # "vatra.shelter"
    organization: Organization
    service: Service
    places: tuple[int, ...]  # rows of Places
    everywhere: bool = False  # in each municipality, the person's own first

    @property
    def callable(self) -> bool:
        """Is any number of it known that is not known to be wrong?"""
        ids = self.service.phones
        return any(not p.withdrawn and (not ids or p.id in ids) for p in self.organization.phones)


class Finding(msgspec.Struct, frozen=True, order=True):
    """One problem of the data (or one due): which file, where in it, what is wrong, how to mend it."""

    file: str
    place: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.wrong}. {self.remedy}"


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """Everything, loaded. Immutable."""

    needs: Mapping[str, Need]
    organizations: Mapping[str, Organization]
    lines: Mapping[str, Line]
    countries: Mapping[str, Country]
    sources: Mapping[str, Source]  # of lines.toml
    words: Mapping[str, str]  # context -> English, of words.toml
    places: Places
    pins: Pins
    offers: Mapping[str, Offer]
    by_need: Mapping[str, tuple[Offer, ...]]
    digest: str = ""  # hash of all the files

    def texts(self) -> Iterator[tuple[str, str]]:
        """(context, English) of every phrase that a texter may read; place names are not phrases."""
        yield from self.words.items()
        for code, need in self.needs.items():
            yield f"need.{code}.label", need.label
        for org in self.organizations.values():
            yield f"org.{org.id}.name", org.short_name
            yield f"org.{org.id}.what", org.description
            if org.brief:
                yield f"org.{org.id}.brief", org.brief
            if org.entry:
                yield f"org.{org.id}.entry", org.entry
            for service in org.services:
                yield f"service.{org.id}.{service.id}.what", service.what
        for line in self.lines.values():
            yield f"line.{line.id}.name", line.name
            yield f"line.{line.id}.what", line.what
        for country in self.countries.values():
            yield f"country.{country.code}.name", country.name

    def organization_names(self) -> Mapping[str, str]:
        """Every name of an organisation, as written -> its id."""
        rows = self.organizations.values()
        return {name: org.id for org in rows for name in (org.name, org.short_name, *org.alternate_names)}

    def without(self, ids: frozenset[str]) -> Directory:
        """The directory on the day when these organisations have closed and these lines answer no more.

        Raises AdminError for an id that is neither.
        """
        if not ids:
            return self
        unknown = ids - self.lines.keys() - self.organizations.keys()
        if unknown:
            raise AdminError(f"Neither an organisation nor a line: {', '.join(sorted(unknown))}.")
        changed = msgspec.structs.replace
        lines = {i: changed(line, answers="reported_not") if i in ids else line for i, line in self.lines.items()}
        offers = {key: offer for key, offer in self.offers.items() if offer.organization.id not in ids}
        by_need = {
            need: tuple(offer for offer in rows if offer.organization.id not in ids)
            for need, rows in self.by_need.items()
        }
        organizations = {i: org for i, org in self.organizations.items() if i not in ids}
        return changed(self, lines=lines, offers=offers, by_need=by_need, organizations=organizations)
