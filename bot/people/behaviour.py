"""What a simulated person does next: opens, answers what is asked, tells what is the matter, tries again, goes away.

Owns: the order of one person's messages. Never: their words (`speech`), whether a reply helped (`fitting`).
A message is a line of a transcript: a text, or `[tap result.choose another]`, `[pin 41.1 20.08]`, `[photo]`.
"""

from __future__ import annotations

import random
from typing import Final

from bot.build import House
from bot.channels.render import phrase
from bot.dialogue.script import Choice, Step
from bot.directory.pins import HOME
from bot.helpline import Heard
from bot.people.fitting import Fit
from bot.people.person import Cast, Person
from bot.people.speech import Speech

LANGUAGE_STEPS: Final = ("intake.hello", "everywhere.who")
WRITES: Final = ("sentences", "fragments", "typos")  # styles that write instead of choosing


class Behaviour:
    """One person, message by message."""

    def __init__(self, house: House, cast: Cast, person: Person) -> None:
        self.house, self.person = house, person
        self.dice: random.Random = cast.dice(person.number, "does")
        self.chance, self.patience = cast.shares["chance"], cast.shares["patience"]
        self.answers = cast.shares["answers"]
        self.speech = Speech(person, house.answers.directory, self.chance, self.dice)
        self.need, self.place = person.need, person.place
        self.sent = 0
        self.fit = Fit()
        self._pending: list[str] = []
        self.told_at = 0  # the message that first told what is the matter, in words or by a menu
        self._asked_language = False
        self._towns = self._others = self._after = 0

    def after(self, fit: Fit) -> None:
        """What the last reply held, kept together with what the ones before it held."""
        old = self.fit
        self.fit = Fit(
            number=old.number or fit.number, named=old.named or fit.named, service=old.service or fit.service
        )

    def next(self, heard: Heard | None) -> str:
        """The next message; "" when they go away."""
        message = self._next(heard)
        self.sent += bool(message)
        return message

    def _next(self, heard: Heard | None) -> str:
        if self._pending:
            return self._pending.pop(0)
        if self.sent >= int(self.patience.get(self.person.persona, self.patience["messages"])):
            return ""
        step = self._waiting(heard)
        if self.person.persona == "watching":
            return self.speech.line("watching")
        if self.person.persona == "tester":
            return self._tests(heard, step)
        if heard is None:
            return self._opens()
        return self._interrupts(heard) or self._answers(heard, step)

    def _waiting(self, heard: Heard | None) -> Step | None:
        session = heard.turn.session if heard and heard.turn else None
        return self.house.script.steps.get(session.step) if session else None

    def _opens(self) -> str:
        if self.person.opening == "need":
            return self._tell()
        return self.speech.line(self.person.opening)

    def _tests(self, heard: Heard | None, step: Step | None) -> str:
        if step and step.choices and heard and self.dice.random() < 0.5:
            return self._chooses(heard, step, self.dice.choice(step.choices))
        return self.speech.line("testing")

    def _interrupts(self, heard: Heard) -> str:
        """What some write whatever was asked: gibberish, another need, another town, the other language."""
        person = self.person
        if person.country != HOME and not self.told_at:
            return ""
        if person.gibberish_later and self.sent == 1:
            return self.speech.line("gibberish")
        if self.told_at and person.next_need and self.need == person.need:
            self.need, self.fit = person.next_need, Fit()  # what was found for the first is no help with this
            first, *self._pending = self.speech.changed(self.need, self.place)
            return first
        if self.told_at and person.next_place and self.place == person.place:
            self.place = person.next_place
            return self.speech.place(self.place, "place_change")
        foreign = heard.turn is not None and heard.turn.language != person.language
        if foreign and self.sent > 1 and not self._asked_language:
            self._asked_language = True
            return self.speech.line("language")
        if person.persona == "confused" and self.dice.random() < self.chance["wrong"]:
            return self.speech.line("wrong")
        return ""

    def _answers(self, heard: Heard, step: Step | None) -> str:
        if self.fit.service or (self.fit.number and step is not None and step.flow == "result"):
            return self._goes_on(heard, step)
        if step is not None and step.address in LANGUAGE_STEPS:
            return self._tell() if self._jumps() else self._by_truth(heard, step)
        if step is not None and step.ask == "place":
            return self._where(heard, step)
        if step is not None and step.choices:
            return self._choice(heard, step)
        if self.fit.number and self.told_at:
            return ""  # a number is in their hands, and nothing is asked
        return self._tell()

    def _jumps(self) -> bool:
        writes = self.person.style in WRITES
        return self.dice.random() < float(self.chance["jumps_sentences" if writes else "jumps"])

    def _tell(self) -> str:
        """What is the matter, and where, once that was asked for."""
        self.told_at = self.told_at or self.sent + 1
        first, *self._pending = self.speech.told(self.need, self.place, with_place=self.sent > 3)
        return first

    def _where(self, heard: Heard, step: Step) -> str:
        if self._lost(heard) and not self.told_at:
            return self._tell()
        if not self.place:
            return self.speech.place("")
        self._towns += 1
        if self._towns > 1:
            return self.speech.nearest_town(self.place)
        dice = self.dice.random()
        if dice < self.chance["skips_place"] and "skip" in step.also:
            return self.speech.line("skip")
        if self.person.channel == "whatsapp" and self.dice.random() < self.chance["pin"]:
            places = self.house.answers.directory.places
            row = places.row(self.place)
            return f"[pin {places.lat[row]:.4f} {places.lon[row]:.4f}]"
        return self.speech.place(self.place)

    def _choice(self, heard: Heard, step: Step) -> str:
        if step.address == "intake.menu":
            if self.person.style != "numbers" or self.person.country != HOME:
                return self._tell()
            self.told_at = self.told_at or self.sent + 1
        if step.address == "place.which":
            return self._which(heard, step)
        if step.flow == "result":
            self._others += 1
            if self._others % 2 == 0 or self._lost(heard):
                return self._tell()  # what was offered is not it
        if self._lost(heard) and self.person.style in WRITES:
            return self._tell()
        return self._by_truth(heard, step)

    def _which(self, heard: Heard, step: Step) -> str:
        """Which of the places of one name: the bound ids are what the choices stand for."""
        session = heard.turn.session if heard.turn else None
        bind = session.bind if session else {}
        choice = next((one for one in step.choices if bind.get(one.id) == self.place), step.choices[-1])
        return self._chooses(heard, step, choice)

    def _lost(self, heard: Heard) -> bool:
        """Was the last message not understood?"""
        return bool(heard.turn and heard.turn.session and heard.turn.session.misses)

    def _by_truth(self, heard: Heard, step: Step) -> str:
        truths = self.person.truths(self.house.answers.directory)
        for row in self.answers.get(step.address, ()):
            if all(truths[name] == word for name, word in row.items() if name != "choice"):
                wanted = truths[row["choice"].removeprefix("@")] if row["choice"].startswith("@") else row["choice"]
                found = next((choice for choice in step.choices if choice.id == wanted), None)
                if found is not None:
                    return self._chooses(heard, step, found)
        return self._chooses(heard, step, self.dice.choice(step.choices))

    def _chooses(self, heard: Heard, step: Step, choice: Choice) -> str:
        """One choice as this person gives it: a tap, a number, a word, a yes in their own way."""
        buttons = heard.outbound is not None and bool(heard.outbound.options)
        if buttons and self.dice.random() < self.chance["tap"]:
            return f"[tap {step.address} {choice.id}]"
        if self.person.style == "numbers" or self.dice.random() < 0.5:
            return str(step.choices.index(choice) + 1)
        if choice.id in ("yes", "no"):
            return self.speech.line(choice.id)
        label = phrase(self.house.script, choice.words or choice.label, self.person.language, False)
        return self.speech.typed(label.split(",")[0]) if "{" not in label else str(step.choices.index(choice) + 1)

    def _goes_on(self, heard: Heard, step: Step | None) -> str:
        """After help was named: some thank, some look further, some close."""
        self._after += 1
        if self._after > 3 or self.dice.random() >= self.chance["goes_on"]:
            return ""
        if step is not None and step.choices and step.flow != "result":
            return self._chooses(heard, step, self.dice.choice(step.choices))
        return self.speech.line(self.dice.choice(("thanks", "thanks", "bye", "another", "numbers")))
