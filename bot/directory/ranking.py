"""Who is offered what, and in which order. The one home of these rules.

Owns: the rules below, and saying for each service why it came or why not. Never: what may be shown (`assurance`),
wording.

Out is (1) a service for none of the person's needs; (2) one that does not accept the person (a group that surely does
not fit; one "with children" counts as not fitting unless children were named, or a child at risk is what it is
about; nor is a man offered what is for women and takes boys too, unless he is known to be under 18); (3) one whose
area the place is not in; (4) prevention, training and clubs, as soon as one need is urgent.

The rest is ordered by one sum, in kilometres. Distance itself, as the crow flies (0 where the place is not known or
there is only a form to fill in; 50 for who has no place), and on top:
  +30  it helps with the need besides, but is not for it
  +25  for each step down the person's list of needs
  +30  it may accept the person, but that depends on what was not said
  +60  instead, where it is for one sex only, none was said, and it is about work: men write that as often
  +150 instead, where it is for children only, no age was said and a child is not what it is about: who is grown is
       sent across the country rather than to a place that turns them away
  +70  of a menu's group: it is for who came back from abroad, which nobody said
  +40  a place to sleep is needed first of all, and it has none
  +30  the place is not known and it only serves its own area
  +20  no telephone number of it is known
  +10  its hours are known and it is closed now
   -5  for each further need that it is for or helps with (at most -15)
So equal need beats nearness by 30 km, no more. Ties: what is for a need, then the organisation's `order`, then its key.
Of each organisation one service comes, its best. A need chosen from the menu's groups only is any need of the group,
without steps.

Areas: national, everywhere; region, the county of a location, a county named, or 60 km; county, the same county;
municipality, the same one (where a place's municipality is only a guess: 15 km). Near: the same county, or 60 km, or no
place known of either.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from bot.directory import hours
from bot.directory.model import Directory, Group, Offer
from bot.directory.places import Places

ADULT_FROM: Final = 18
NEAR: Final = 60.0
BESIDES: Final = 30
STEP: Final = 25
MAYBE: Final = 30
AT_WORK: Final = 60
CHILDREN_ONLY: Final = 150
RETURNING: Final = 70
NO_BED: Final = 40
LOCAL_UNKNOWN: Final = 30
NO_NUMBER: Final = 20
CLOSED: Final = 10
FURTHER_NEED: Final = 5
FURTHER_NEEDS: Final = 3
NO_PLACE: Final = 50.0
SAME_PLACE: Final = 15.0
RETURN: Final = "return_migration"
BED: Final = "shelter"
ORDER: Final = ("no", "maybe", "yes")


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The person at risk, as far as known."""

    needs: tuple[str, ...] = ()  # the most pressing first
    steps: bool = True  # False: needs of a group, none before the other
    place: int = -1  # row of Places
    years: int = -1
    age: str = ""  # child | adult | ""
    sex: str = ""  # f | m | ""
    children: bool = False

    @property
    def child(self) -> bool:
        """Known to be under 18."""
        return self.age == "child" or 0 <= self.years < ADULT_FROM


class Choice(msgspec.Struct, frozen=True):
    """One service for one person."""

    offer: Offer
    cost: float
    km: float  # -1 where the place is not known, or the service has none
    row: int  # where it is met; -1 if nowhere known
    near: bool
    besides: bool  # it only helps with the need besides
    why: tuple[tuple[str, float], ...]  # (reason, kilometres it counts for)


class Refusal(msgspec.Struct, frozen=True):
    """Why a service that is for the need was not offered."""

    offer: Offer
    reason: str


def rank(directory: Directory, person: Person, now: datetime) -> list[Choice]:
    """The best service of each organisation that accepts the person, best first."""
    best: dict[str, Choice] = {}
    for choice in offers(directory, person, now)[0]:
        best.setdefault(choice.offer.organization.id, choice)
    return list(best.values())


def offers(directory: Directory, person: Person, now: datetime) -> tuple[list[Choice], list[Refusal]]:
    """Every service for one of the needs: those that fit, in order, and why the others do not."""
    urgent = any(directory.needs[code].kind == "urgent" for code in person.needs) and person.steps
    seen: set[str] = set()
    choices: list[Choice] = []
    refusals: list[Refusal] = []
    for code in person.needs:
        for offer in directory.by_need.get(code, ()):
            if offer.key in seen:
                continue
            seen.add(offer.key)
            weighed = _weigh(directory.places, offer, person, urgent, now)
            if isinstance(weighed, Choice):
                choices.append(weighed)
            else:
                refusals.append(weighed)
    choices.sort(key=lambda choice: (choice.cost, choice.besides, choice.offer.organization.order, choice.offer.key))
    return choices, refusals


def _weigh(places: Places, offer: Offer, person: Person, urgent: bool, now: datetime) -> Choice | Refusal:
    service = offer.service
    if urgent and not service.urgent:
        return Refusal(offer, "prevention and training are not for somebody in danger")
    answer = accepts(service.eligible, person)
    if answer == "no":
        return Refusal(offer, "does not accept this person")
    km, row = nearest(places, offer, person.place)
    if person.place >= 0 and not _serves(places, offer, person.place, km):
        return Refusal(offer, "serves another area")
    why = [("distance", _distance(offer, person, km)), *_need(offer, person)]
    if answer == "maybe":
        why.append(_maybe(service.eligible, person))
    if person.steps and person.needs[0] == BED and BED not in (*service.needs, *service.also):
        why.append(("no place to sleep, which is needed first", NO_BED))
    if person.place < 0 and service.reach != "national":
        why.append(("serves only its own area, and the place is not known", LOCAL_UNKNOWN))
    if not offer.callable and not offer.organization.phoneless:
        why.append(("no number is known", NO_NUMBER))
    if service.schedules and hours.is_open(service.schedules, now) is False:
        why.append(("closed now", CLOSED))
    near = km < 0 or km <= NEAR or places.counties[row] == places.counties[person.place]
    besides = not any(code in service.needs for code in person.needs)
    return Choice(offer, sum(cost for _, cost in why), km, row, near, besides, tuple(why))


def _distance(offer: Offer, person: Person, km: float) -> float:
    """What distance counts for: 0 where there is nothing to go to, or nowhere to go from."""
    if offer.places:
        return max(km, 0.0)
    return 0.0 if offer.organization.phoneless or person.place < 0 else NO_PLACE


def _maybe(groups: tuple[Group, ...], person: Person) -> tuple[str, float]:
    if _only_as_a_child(groups, person):
        return "for children, and no age was said", CHILDREN_ONLY
    if "labour_exploitation" in person.needs and not person.sex and _for_one_sex(groups):
        return "for one sex, and at work it can be either", AT_WORK
    return "may not accept this person", MAYBE


def _for_one_sex(groups: tuple[Group, ...]) -> bool:
    """Of grown people it takes women alone, or men alone."""
    return all(group.sex or group.max_age < ADULT_FROM for group in groups)


def _need(offer: Offer, person: Person) -> list[tuple[str, float]]:
    """The need it is weighed for (the one that counts least), and what it helps with besides."""
    service = offer.service
    best, hits = ("", 1e9), 0
    for index, code in enumerate(person.needs):
        if code in service.needs or code in service.also:
            hits += 1
            step = index * STEP if person.steps else RETURNING if code == RETURN else 0
            cost = step + (0 if code in service.needs else BESIDES)
            if cost < best[1]:
                best = (f"for {code}" if code in service.needs else f"helps with {code} besides", float(cost))
    further = min(hits - 1, FURTHER_NEEDS)
    return [best, ("helps with more of it", -float(FURTHER_NEED * further))] if further > 0 else [best]


def nearest(places: Places, offer: Offer, place: int) -> tuple[float, int]:
    """(kilometres, row) of where a person of `place` meets it; -1 for what is not known."""
    if not offer.places:
        return -1.0, -1
    if place < 0:
        return -1.0, -1 if offer.everywhere else offer.places[0]
    if offer.everywhere:
        own = places.seats.get(places.municipality(place), -1)
        if own >= 0:
            return places.km(place, own), own
    return min((places.km(place, row), row) for row in offer.places)


def _serves(places: Places, offer: Offer, place: int, km: float) -> bool:
    reach = offer.service.reach
    if reach == "national" or not offer.places:
        return True
    county = places.counties[place]
    if county in offer.service.counties:
        return True
    if reach == "municipality":
        own = places.municipality(place)
        return km <= SAME_PLACE if not own else any(places.municipality(row) == own for row in offer.places)
    return any(places.counties[row] == county for row in offer.places) or (reach == "region" and km <= NEAR)


def accepts(groups: tuple[Group, ...], person: Person) -> str:
    """yes, maybe (it depends on what was not said) or no: the best of the groups.

    A man is not offered what is for women because it takes boys too, unless he is known to be one.
    """
    answers = [_group(group, person) for group in groups]
    best = ORDER[max(answers, default=0)]
    other_sex = person.sex and any(group.sex and group.sex != person.sex for group in groups)
    return "no" if best == "maybe" and other_sex and _only_as_a_child(groups, person) else best


def _only_as_a_child(groups: tuple[Group, ...], person: Person) -> bool:
    """Would it take the person only if they are under 18, where nothing says so?"""
    grown = person.years < 0 and not person.age and "child_at_risk" not in person.needs
    return grown and all(group.max_age < ADULT_FROM for group in groups if _group(group, person))


def _group(group: Group, person: Person) -> int:
    sure = True
    if group.sex:
        if person.sex and person.sex != group.sex:
            return 0
        sure = bool(person.sex)
    low, high = _years(person)
    if low > group.max_age or high < group.min_age:
        return 0
    if low < group.min_age or high > group.max_age:
        sure = False
    if group.children and not person.children:
        if "child_at_risk" not in person.needs:
            return 0
        sure = False
    if group.needs and not any(code in group.needs for code in person.needs):
        sure = False
    return 2 if sure else 1


def _years(person: Person) -> tuple[int, int]:
    if person.years >= 0:
        return person.years, person.years
    return {"child": (0, ADULT_FROM - 1), "adult": (ADULT_FROM, 200)}.get(person.age, (0, 200))


def person_of(directory: Directory, facts: Mapping[str, str]) -> Person:
    """The person that the facts of a session describe. Needs that are no service (danger itself) leave the others."""
    named = dict.fromkeys((facts.get("need", ""), *facts.get("needs", "").split(",")))
    needs = tuple(code for code in named if code in directory.needs and directory.needs[code].service)
    group = facts.get("group", "")
    steps = bool(needs) or not group
    if not steps:
        needs = tuple(code for code, need in directory.needs.items() if need.service and need.group == group)
    if not needs and "immediate_danger" in named:
        needs = ("child_at_risk", "shelter") if facts.get("age") == "child" else ("shelter",)
    return Person(
        needs=needs,
        steps=steps,
        place=directory.places.row(facts.get("place", "")),
        age=facts.get("age", ""),
        sex=facts.get("sex", ""),
        children=facts.get("children") == "yes",
    )
