"""What holds at each step of a script, whichever way one came: facts, what was told, what is bound.

Owns: State and the search for the weakest one that every arrow keeps. Never: a rule.
Between two turns everything else is taken as it was, since a reading that changes a fact enters by an entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from bot.authoring import beliefs as know
from bot.authoring.beliefs import Beliefs
from bot.authoring.draft import Draft
from bot.authoring.facts import Levels
from bot.authoring.placeholders import ALWAYS
from bot.authoring.walks import Arrow, arrows, beginnings, passing
from bot.dialogue.lookups import LOOKUPS
from bot.dialogue.script import ENTRIES, RESUME, SKIPPING, Step

Bound = Mapping[str, str]  # placeholder name -> the fact that says whether it was found

# The fact of a lookup that says whether something was found.
FOUND: Final[Mapping[str, str]] = {
    "service": "found", "further": "found", "hotline": "hotline", "abroad": "abroad", "silent": "silent",
    "organization": "organization_kind", "which": "several", "current": "current",
    "nationwide": "nationwide", "origin": "foreign",
}  # fmt: skip
# (placeholder name, that fact) -> the words for which nothing was bound.
EMPTY: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("service", "found"): frozenset({"none"}),
    ("hotline", "hotline"): frozenset({"none"}),
    ("service", "abroad"): frozenset({"emergency", "unknown"}),
    ("country", "abroad"): frozenset({"unknown"}),
    ("service", "silent"): frozenset({"no"}),
    ("service", "current"): frozenset({"no"}),
    ("org", "current"): frozenset({"no", "line"}),
    ("service", "nationwide"): frozenset({"no"}),
    ("likely", "foreign"): frozenset({"no"}),
}


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What holds when a step is entered, before it does anything."""

    known: Beliefs = {}
    told: int = 0
    bound: Bound = {}
    child: bool = True  # the writer can be a child

    def has(self, name: str) -> bool:
        """Whether a placeholder of this name is filled here, whichever way one came."""
        if name in ALWAYS:
            return True
        if name in self.bound:
            fact = self.bound[name]
            empty = EMPTY.get((name, fact), frozenset())
            return (know.of(self.known, fact) & know.Words(empty, False)).none
        if name == "place" and know.of(self.known, "placed").within(know.meant("yes")):
            return True
        return name in ("place", "need", "country") and (know.of(self.known, name) & know.ABSENT).none


def states(draft: Draft) -> dict[str, State]:
    """The state of every step that can be reached. Repeats until nothing changes: each pass can only weaken."""
    found: dict[str, State] = {}
    while True:
        levels = Levels(draft, {address: state.told for address, state in found.items()})
        now = dict(found)
        for name, address in draft.entries.items():
            _meet(now, draft, address, State(told=ENTRIES.get(name, 0)))
        for address in list(found):
            for to, state in _leaving(draft.steps[address], found[address], levels):
                _meet(now, draft, to, state)
        if now == found:
            return found
        found = now


def _meet(found: dict[str, State], draft: Draft, address: str, state: State) -> None:
    if address == RESUME or address not in draft.steps:
        return
    old = found.get(address)
    if old is None:
        found[address] = state
        return
    found[address] = State(
        known=know.join(old.known, state.known),
        told=min(old.told, state.told),
        bound={name: by for name, by in old.bound.items() if state.bound.get(name) == by},
        child=old.child or state.child,
    )


def within(step: Step, state: State) -> State:
    """What holds while a step speaks: after what it sets and finds."""
    bound = dict(state.bound)
    for name in LOOKUPS[step.find].fills if step.find else ():
        bound[name] = FOUND[step.find]
    return msgspec.structs.replace(state, known=know.entered(state.known, step), bound=bound)


def _leaving(step: Step, state: State, levels: Levels) -> Iterator[tuple[str, State]]:
    """Every arrow out of a step, with what holds behind it."""
    state = within(step, state)
    if not step.ask:
        for arrow in () if step.end else arrows(step.goto, state.known):
            yield arrow.to, _behind(state, arrow, levels, 0)
        return
    for arrow in passing(step, state.known):
        yield arrow.to, _behind(state, arrow, levels, 0)
    tells = {choice.id: choice.tells for choice in step.choices}
    for name, arrow in beginnings(step, state.known):
        yield arrow.to, _behind(state, arrow, levels, tells.get(name, SKIPPING))


def _behind(state: State, arrow: Arrow, levels: Levels, tells: int) -> State:
    sure = (fact for fact, words in know.without_asked(arrow.known).items() if (words & know.meant("")).none)
    guarded = max((levels.least(fact, arrow.known[fact]) for fact in sure), default=0)
    child = state.child and know.may_be_child(arrow.known) and ("checkin", "possible") not in arrow.row.when
    return State(known=arrow.known, told=max(state.told, tells, guarded), bound=state.bound, child=child)
