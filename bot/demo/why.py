"""Why it said that: what was understood, the way through the flows, the choice of a service, the cost, what is kept.

Owns: putting one turn into keys and names that the page shows. Never: a rule of its own (reading, engine and ranking
gave all of it), a word of the page (keys are phrases `system.demo_why_…`), keeping anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from bot.channels import sms
from bot.channels.render import phrase
from bot.dialogue.reading import Reading
from bot.dialogue.session import Session
from bot.dialogue.store import Ticket
from bot.directory.answers import Answers
from bot.directory.ranking import Choice, Refusal, offers, person_of
from bot.helpline import Heard, Parts

# US cents for one part to Albania, by the price lists of 2025; what a deployment pays stands with its carrier.
CENTS: Final = (8, 11)
REFUSED: Final = 3  # so many of those not offered are named
# What the ranking says of a service -> the key of its phrase.
REASONS: Final[Mapping[str, str]] = {
    "distance": "far",
    "helps with more of it": "more",
    "for children, and no age was said": "minors",
    "may not accept this person": "maybe",
    "serves only its own area, and the place is not known": "area",
    "no number is known": "no_number",
    "closed now": "closed",
    "prevention and training are not for somebody in danger": "not_urgent",
    "does not accept this person": "not_accepted",
    "serves another area": "other_area",
}


class Noted(msgspec.Struct, frozen=True):
    """One line of the drawer: the key of its phrase, and the names behind it."""

    key: str
    names: tuple[str, ...] = ()
    km: float | None = None  # what it counts for in a ranking
    until: int | None = None  # Unix seconds


class Weighed(msgspec.Struct, frozen=True):
    """One service of a ranking. The smallest sum comes first."""

    name: str
    sum: float
    reasons: tuple[Noted, ...]


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """How one answer came about. `cents`: the least and the most it would cost."""

    understood: tuple[Noted, ...]
    rules: tuple[str, ...]
    way: tuple[str, ...]
    chosen: Weighed | None = None
    next: Weighed | None = None
    refused: tuple[Noted, ...] = ()
    cents: tuple[int, int] | None = None
    kept: tuple[Noted, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Event:
    """One message and what became of it."""

    heard: Heard
    before: Session | None
    ticket: Ticket | None
    now: datetime


def reason(text: str) -> tuple[str, str]:
    """(key, need code or "") of what the ranking says. Raises KeyError for what it never said before."""
    if text.startswith("for ") and text not in REASONS:
        return "for", text.removeprefix("for ")
    if text.startswith("helps with ") and text.endswith(" besides"):
        return "besides", text.removeprefix("helps with ").removesuffix(" besides")
    return REASONS[text], ""


class Reasons:
    """Tells them. Immutable."""

    def __init__(self, parts: Parts, answers: Answers, *, mark: int, slack: int) -> None:
        """Args: mark, slack, seconds (see `line.Limits`)."""
        self._parts, self._answers = parts, answers
        self._mark, self._slack = mark, slack

    def tell(self, event: Event, channel: str, language: str) -> Why:
        """All of it, in a language of the script ("": the language of the talk)."""
        heard = event.heard
        spoken = heard.turn.language if heard.turn else self._parts.language
        words = language if language in self._parts.script.phrases else spoken
        ranked = self._ranked(event, words)
        return Why(
            understood=tuple(self._understood(heard.reading, event, words)) if heard.reading else (),
            # A place alone is read by its own letters, which are the person's: they are in the message above already.
            rules=tuple(dict.fromkeys(r for r in heard.reading.rules if ":" in r)) if heard.reading else (),
            way=heard.turn.trace if heard.turn else (heard.outcome,),
            chosen=ranked[0],
            next=ranked[1],
            refused=ranked[2],
            cents=_cents(heard, channel),
            kept=tuple(self._kept(event)),
        )

    def _understood(self, reading: Reading, event: Event, language: str) -> Iterator[Noted]:
        if reading.danger != "none":
            yield Noted(f"danger_{reading.danger}")
        if reading.needs:
            yield Noted("needs", tuple(self._name("need", code, "label", event, language) for code in reading.needs))
        yield from self._where(reading, event, language)
        yield from _who(reading)
        if reading.organization:
            yield Noted("organization", (self._name("org", reading.organization, "name", event, language),))
        if reading.command:
            yield Noted("command", (reading.command,))
        if reading.choice:
            yield Noted("choice", (self._label(reading, event, language),))

    def _where(self, reading: Reading, event: Event, language: str) -> Iterator[Noted]:
        place = reading.place
        if place.kind in ("one", "which"):
            names = tuple(self._name("place", ident, "name", event, language) for ident in place.ids)
            yield Noted("place" if place.kind == "one" else "places", names)
        if place.kind == "abroad":
            yield Noted("country", (self._name("country", place.country, "name", event, language) or place.country,))

    def _name(self, what: str, ident: str, field: str, event: Event, language: str) -> str:
        return self._answers.values(what, ident, language, event.now).get(field) or ident

    def _label(self, reading: Reading, event: Event, language: str) -> str:
        """The label of the choice that was meant."""
        step = reading.step or (event.before.step if event.before else "")
        return phrase(self._parts.script, f"{step}.{reading.choice}.label", language, False) or reading.choice

    def _ranked(self, event: Event, language: str) -> tuple[Weighed | None, Weighed | None, tuple[Noted, ...]]:
        """The service that was just offered, the one behind it, and some that were not to be offered."""
        turn = event.heard.turn
        if turn is None or turn.session is None:
            return None, None, ()
        offered = {said.bind["service"].partition("@")[0] for said in turn.says if "service" in said.bind}
        person = person_of(self._answers.directory, turn.session.facts)
        choices, refusals = offers(self._answers.directory, person, event.now)
        best: dict[str, Choice] = {}
        for choice in choices:
            best.setdefault(choice.offer.organization.id, choice)
        chosen = next((choice for choice in best.values() if choice.offer.key in offered), None)
        if chosen is None:
            return None, None, ()
        behind = next((choice for choice in best.values() if choice.offer.key not in turn.session.shown), None)
        told = [refusal for refusal in refusals if refusal.offer.organization.id not in best][:REFUSED]
        return (
            self._weighed(chosen, event, language),
            self._weighed(behind, event, language) if behind else None,
            tuple(self._refused(refusal, event, language) for refusal in told),
        )

    def _weighed(self, choice: Choice, event: Event, language: str) -> Weighed:
        reasons = []
        for text, km in choice.why:
            key, code = reason(text)
            names = (self._name("need", code, "label", event, language),) if code else ()
            reasons.append(Noted(key, names, round(km)))
        return Weighed(self._service(choice.offer.key, event, language), round(choice.cost), tuple(reasons))

    def _refused(self, refusal: Refusal, event: Event, language: str) -> Noted:
        return Noted(reason(refusal.reason)[0], (self._service(refusal.offer.key, event, language),))

    def _service(self, key: str, event: Event, language: str) -> str:
        shown = self._answers.values("service", key, language, event.now)
        return ", ".join(filter(None, (shown["name"], shown["town"], shown["what"])))

    def _kept(self, event: Event) -> Iterator[Noted]:
        now = int(event.now.timestamp())
        session = event.heard.turn.session if event.heard.turn else event.before
        if session is None:
            yield Noted("kept_nothing")
        else:
            facts = {"language": session.language, "step": session.step} | session.facts
            words = tuple(f"{name}={word}" for name, word in facts.items() if word)
            yield Noted("kept_session", words, until=now + self._parts.session_seconds)
        if event.ticket is not None:
            yield Noted("kept_number", until=event.ticket.closes + self._slack)
        yield Noted("kept_mark", until=now + self._mark)


def _who(reading: Reading) -> Iterator[Noted]:
    audience = reading.audience
    said = (audience.age, audience.sex, "children" if audience.children else "")
    yield from (Noted(word) for word in said if word not in ("", "unknown"))
    if reading.other:
        yield Noted("other")
    if reading.cannot_call:
        yield Noted("silent")


def _cents(heard: Heard, channel: str) -> tuple[int, int] | None:
    if channel != "sms" or heard.outbound is None:
        return None
    parts = sms.parts(heard.outbound.text).parts
    return CENTS[0] * parts, CENTS[1] * parts
