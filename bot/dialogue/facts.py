"""Facts: what readings and answers say, as words.

Owns: how a reading changes the facts, which question is thereby answered, and what a later message corrects.
Never: where the talk goes next (`engine`, `walk`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.dialogue.reading import Reading
from bot.dialogue.script import BOUND, Step

SKIPPED: Final = "skipped"
# Needs that set the tone, and name no service by themselves.
TONE: Final = frozenset({"supporter", "immediate_danger"})
CHILDS: Final = "child_at_risk"
# That a line was told lasts as long as the need it was told with: another need may have another line.
LINES_TOLD: Final = ("line_said", "line_given")
PLACE_FACTS: Final = ("place", "placed", "country", "which")
# So many places that share a name stand in the question; the number after them is "another".
OFFERED: Final = 2
# Not said by anybody: the number that is written from has it.
ORIGIN: Final = "origin"
# Abroad, and the country was not said: a code that no country has, so that no number of Albania is given.
NOWHERE: Final = "ZZ"
# A change of one of these makes what was looked up stale.
SEARCHED: Final = frozenset({"need", "needs", "place", "country", "age", "sex", "children", "who", "voice", "window"})


def merge(facts: Mapping[str, str], reading: Reading) -> dict[str, str]:
    """The facts after a reading: fragments add up, a later word takes the place of an earlier one."""
    merged = dict(facts)
    _needs(merged, reading)
    _place(merged, reading)
    if reading.audience.age != "unknown":
        merged["age"] = reading.audience.age
    if reading.audience.sex != "unknown":
        merged["sex"] = reading.audience.sex
    if reading.audience.children:
        merged["children"] = "yes"
    if reading.other:
        merged["who"] = "other"
    if reading.cannot_call:
        merged["voice"] = "no"
    if reading.organization:
        merged["organization"] = reading.organization
    return merged


def _needs(facts: dict[str, str], reading: Reading) -> None:
    new = [need for need in reading.needs if need not in TONE]
    if not new:
        return
    if reading.audience.age == "child" or facts.get("age") == "child":
        new.sort(key=CHILDS.__ne__)  # what is for children comes first; the order of the others stays
    old = [need for need in facts.get("needs", "").split(",") if need and need not in new]
    if facts.get("need", facts.get("group", new[0])) not in new:
        for name in LINES_TOLD:
            facts.pop(name, None)
    facts["needs"] = ",".join(new + old)
    facts["need"] = new[0]


def _place(facts: dict[str, str], reading: Reading) -> None:
    place = reading.place
    if place.kind in ("none", "unknown"):
        return
    for name in PLACE_FACTS:
        facts.pop(name, None)
    if place.kind == "one":
        facts.update(place=place.ids[0], placed="yes")
    elif place.kind == "abroad":
        facts.update(placed="abroad", country=place.country)
    elif place.kind == "which":
        facts.update(placed="which", which=",".join(place.ids[:OFFERED]))


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> frozenset[str]:
    """Names of the facts that differ."""
    return frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def nothing_said(facts: Mapping[str, str]) -> bool:
    """Nobody has told anything yet."""
    return not facts.keys() - {ORIGIN}


def country(facts: Mapping[str, str]) -> str:
    """The code of the country somebody is in: "" for Albania and where nothing is known, NOWHERE for an unsaid one."""
    return facts.get("country") or (NOWHERE if facts.get("placed") == "abroad" else "")


def apply(facts: dict[str, str], pairs: tuple[tuple[str, str], ...], bind: Mapping[str, str]) -> None:
    """Sets facts in place. An empty word forgets, "@name" copies a bound id."""
    for name, word in pairs:
        value = bind.get(word.removeprefix(BOUND), "") if word.startswith(BOUND) else word
        if value:
            facts[name] = value
        else:
            facts.pop(name, None)
        if name == "place" and value:
            facts["placed"] = "yes"
            facts.pop("which", None)
            facts.pop("country", None)


def answered(step: Step, facts: Mapping[str, str]) -> bool:
    """The step's question needs no asking any more."""
    if not step.keep:
        return False
    if step.ask == "place":
        return facts.get("placed") in ("yes", SKIPPED, "abroad")
    return step.name in facts


def unanswer(step: Step, facts: dict[str, str]) -> None:
    """Forgets what an answer to this step's question set, so that it can be asked again."""
    facts.pop(step.name, None)
    if step.ask == "place":
        for name in PLACE_FACTS:
            facts.pop(name, None)
    for choice in step.choices:
        for name, word in choice.set:
            if word:
                facts.pop(name, None)


def skip(step: Step, facts: dict[str, str]) -> None:
    """Keeps that the person would rather not answer."""
    if step.ask == "place":
        for name in PLACE_FACTS:
            facts.pop(name, None)
        facts["placed"] = SKIPPED
    elif step.keep:
        facts[step.name] = SKIPPED
