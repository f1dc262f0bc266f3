"""The walk: from one step along the arrows to the next question or the end.

Owns: entering a step (set, find, effect, say, ask), matching rows, the limit of steps in one turn.
Never: deciding where a walk begins (`engine`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec

from bot.dialogue import facts as factbook
from bot.dialogue.lookups import Lookup, Query
from bot.dialogue.script import RESUME, Choice, Script, Step
from bot.dialogue.session import Said, Session
from bot.dialogue.turn import Effect
from bot.errors import AdminError

LIMIT: Final = 20
PLACEHOLDER: Final = re.compile(r"\{(\w+)\.(\w+)\}")


class Walk:
    """One turn under way: mutable, lives only inside `advance`."""

    def __init__(self, script: Script, session: Session, lookups: Mapping[str, Lookup], now: datetime) -> None:
        self.script, self.lookups, self.now = script, lookups, now
        self.session = session
        self.facts = dict(session.facts)
        self.bind = dict(session.bind)
        self.shown = list(session.shown)
        self.history = list(session.history)
        self.told = session.told
        self.step = session.step
        self.says: list[Said] = []
        self.effects: list[Effect] = []
        self.trace: list[str] = []
        self.wiped = False

    def go(self, address: str) -> None:
        """Walks from a step until a question waits, the talk ends, or nothing follows."""
        for _ in range(LIMIT):
            address = self._enter(self._resolve(address))
            if not address:
                return
        raise AdminError(f"The walk from {self.trace[0]!r} takes more than {LIMIT} steps without a question.")

    def tell(self, level: int) -> None:
        """The person has told this much."""
        self.told = max(self.told, level)

    def count(self, kind: str, data: str) -> None:
        self.effects.append(Effect(kind=kind, data=data))

    def close(self) -> Session | None:
        """The session after the walk."""
        if self.wiped:
            return None
        return msgspec.structs.replace(
            self.session,
            step=self.step,
            facts=self.facts,
            bind=self.bind,
            shown=tuple(self.shown),
            history=tuple(self.history[-12:]),
            told=self.told,
        )

    def _resolve(self, address: str) -> str:
        if address != RESUME:
            return address
        entries = self.script.entries
        if self.step == entries["place_unknown"]:  # that it was not found was said of another message
            return entries.get("town", self.step)
        return self.step or entries["first"]

    def _enter(self, address: str) -> str:
        """Does one step; the address to go on with, or "" to stop."""
        step = self.script.steps[address]
        self.trace.append(address)
        factbook.apply(self.facts, step.set, self.bind)
        if step.find:
            self._find(step)
        if step.effect:
            self._effect(step)
        if step.ask and factbook.answered(step, self.facts):
            return self._beyond(step)
        if step.say or step.also or step.choices:
            self._say(step)
        if step.ask:
            self.step = address
            self.count("entered", address)
            return ""
        return "" if step.end else self.follow(step)

    def _beyond(self, step: Step) -> str:
        """Past a question whose answer is known."""
        chosen = next((c for c in step.choices if c.id == self.facts.get(step.name)), None)
        return self.leave(step, chosen)

    def leave(self, step: Step, chosen: Choice | None) -> str:
        """Where an answer leads: the choice's own arrow, else the step's."""
        return chosen.goto if chosen and chosen.goto else self.follow(step)

    def follow(self, step: Step) -> str:
        """Where the first row leads whose every fact matches; "" if there is none. Rows are counted from 1."""
        for number, row in enumerate(step.goto, start=1):
            if all(self._holds(name, word) for name, word in row.when):
                self.trace.append(f"row {step.address} {number}")
                return row.to
        return ""

    def _holds(self, name: str, word: str) -> bool:
        value = self._fact(name)
        nothing = value in ("", factbook.SKIPPED, "unknown")  # a lookup may say "unknown" in so many words
        if word in ("known", "unknown"):
            return nothing == (word == "unknown")
        return value == word

    def _fact(self, name: str) -> str:
        return self.session.channel if name == "channel" else self.facts.get(name, "")

    def _find(self, step: Step) -> None:
        query = Query(facts=self.facts, shown=tuple(self.shown), channel=self.session.channel, now=self.now)
        found = self.lookups[step.find](query)
        self.facts.update(found.facts)
        self.bind.update(found.bind)
        self.shown.extend(ident for ident in found.shown if ident not in self.shown)
        if "service" in found.bind and self.facts.get("need"):
            self.count("offered", self.facts["need"])

    def _effect(self, step: Step) -> None:
        if step.effect == "checkin":
            self.count("schedule", self.facts.get("window", ""))
        elif step.effect != "wipe":
            self.count("cancel" if step.effect == "close" else step.effect, "")
        if step.effect in ("wipe", "close", "forget"):
            self.wiped = True

    def _say(self, step: Step) -> None:
        known = {**self.bind, **self._known()}
        english = self.script.phrases["en"]
        names = {
            name
            for text in (step.say, *(c.label for c in step.choices))
            for name in placeholders(english.get(text, ""))
        }
        bind = {name: known[name] for name in sorted(names) if name in known}
        self.says.append(Said(say=step.say, bind=bind, step=step.address if step.choices else "", also=step.also))

    def retry(self, step: Step) -> None:
        """Says the step's own words for a miss; the question goes on waiting."""
        self.trace.append(f"retry {step.address}")
        self.says.append(Said(say=step.retry, step=step.address if step.choices else "", also=step.also))

    def _known(self) -> dict[str, str]:
        known = {name: self.facts[name] for name in ("place", "need", "country") if self.facts.get(name)}
        country = factbook.country(self.facts)
        if country:
            known.update(line=country, cost=country, hours=country, who=country)
        return known


@lru_cache(maxsize=4096)
def placeholders(text: str) -> frozenset[str]:
    """Names before the dot of every placeholder of a text."""
    return frozenset(match.group(1) for match in PLACEHOLDER.finditer(text))
