"""Who is offered first. First cut: need, audience, distance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from bot.directory.model import Directory, Group, Offer

ADULT_FROM = 18


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The person at risk, as far as known."""

    needs: tuple[str, ...] = ()
    place: int = -1
    years: int = -1
    age: str = ""  # child | adult | ""
    sex: str = ""  # f | m | ""
    children: bool = False

    @property
    def child(self) -> bool:
        """Known to be under 18."""
        return self.age == "child" or 0 <= self.years < ADULT_FROM


class Choice(msgspec.Struct, frozen=True):
    """One offer for one person."""

    offer: Offer
    cost: float
    km: float  # -1 where the place is not known
    row: int  # where it is met; -1 if the service has no place
    near: bool
    why: tuple[str, ...]


def accepts(groups: tuple[Group, ...], person: Person) -> str:
    """yes, maybe or no: the best of the groups."""
    return max((_group(group, person) for group in groups), key=("no", "maybe", "yes").index, default="no")


def _group(group: Group, person: Person) -> str:
    sure = True
    if group.sex:
        if person.sex and person.sex != group.sex:
            return "no"
        sure = bool(person.sex)
    low, high = _years(person)
    if low > group.max_age or high < group.min_age:
        return "no"
    sure = sure and group.min_age <= low and high <= group.max_age
    if group.children and not person.children:
        if "child_at_risk" not in person.needs:
            return "no"
        sure = False
    return "yes" if sure else "maybe"


def _years(person: Person) -> tuple[int, int]:
    if person.years >= 0:
        return person.years, person.years
    return {"child": (0, ADULT_FROM - 1), "adult": (ADULT_FROM, 200)}.get(person.age, (0, 200))


def rank(directory: Directory, person: Person, now: datetime) -> list[Choice]:
    """Offers that accept the person, best first."""
    urgent = any(directory.needs[code].kind == "urgent" for code in person.needs)
    choices: dict[str, Choice] = {}
    for index, code in enumerate(person.needs):
        for offer in directory.by_need.get(code, ()):
            answer = accepts(offer.service.eligible, person)
            if offer.key in choices or answer == "no" or (urgent and not offer.service.urgent):
                continue
            choices[offer.key] = _choice(directory, offer, person, index, code, answer)
    return sorted(choices.values(), key=lambda c: (c.cost, c.offer.organization.order, c.offer.key))


def _choice(directory: Directory, offer: Offer, person: Person, index: int, code: str, answer: str) -> Choice:
    places = directory.places
    km, row = -1.0, offer.places[0] if offer.places else -1
    if person.place >= 0 and offer.places:
        km, row = min((places.km(person.place, at), at) for at in offer.places)
    cost = max(km, 0) + 40 * index + (40 if answer == "maybe" else 0) + (0 if code in offer.service.needs else 30)
    near = km < 0 or km <= 60 or places.counties[row] == places.counties[person.place]
    return Choice(offer, cost, km, row, near, (code, answer))


def person_of(directory: Directory, facts: Mapping[str, str]) -> Person:
    """The person that the facts of a session describe."""
    named = [c for c in (facts.get("need", ""), *facts.get("needs", "").split(",")) if c in directory.needs]
    needs = tuple(code for code in dict.fromkeys(named) if directory.needs[code].service)
    if not needs and facts.get("group"):
        needs = tuple(code for code, need in directory.needs.items() if need.group == facts["group"])
    return Person(
        needs=needs,
        place=directory.places.row(facts.get("place", "")),
        age=facts.get("age", ""),
        sex=facts.get("sex", ""),
        children=facts.get("children") == "yes",
    )
