"""Talks: people write, the line delivers, the model judges. What breaks a promise is noted, with what was seen.

Owns: one person's thread from her first message to her last, and what she was owed.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import redis

from bot.build import House
from bot.channels.message import Inbound
from bot.dialogue.session import Session
from bot.dialogue.store import Ticket
from bot.storage import keyring, keys, limits
from bot.storage.connect import Connection
from bot.storage.sealing import Sealer
from bot.storage.sessions import Redis

from .days import pass_a_day
from .line import Line, Message, write
from .model import Model, Step, bare, inbound
from .people import Person
from .place import Place

BLAND = {"leaving.close", "leaving.delete", "checkin.wipe", "leaving.stop"}
MOVES = 12
PAUSE = 0.5  # seconds at most between an answer and what she writes next
Seen = list[tuple[Inbound, str | None]]


@dataclass
class Findings:
    """What the run is about, counted; and every broken promise, in words, by its number (I1 …)."""

    counts: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def fail(self, promise: str, what: str) -> None:
        self.counts[promise] += 1
        self.broken.append(f"{promise}: {what}")


class Talks:
    """All talks of a run, over one place."""

    def __init__(self, place: Place, house: House, line: Line, static: str) -> None:
        self.place, self.house, self.line, self.static = place, house, line, static
        self.findings, self.people = Findings(), list[Person]()
        ring = keyring.load(place.directory / "keys")
        self.store = Redis(Connection(place.settings["REDIS_URL"], limit=2.0), ring)
        self.sealer, self.lock = Sealer(ring), threading.Lock()

    def talk(self, person: Person) -> None:
        """One person, from her first message to her last."""
        with self.lock:
            self.people.append(person)
        if person.kind == "bot":
            self._bot(person)
        else:
            self._person(person)
        self.findings.counts["conversations"] += len(person.channels)

    def _person(self, person: Person) -> None:
        models = {channel: Model(self.house) for channel in person.channels}
        for _ in range(person.rng.randrange(3, MOVES) + 6 * (person.kind == "consenter")):
            channel = person.rng.choice(person.channels)
            count = 2 if person.kind == "hasty" and person.rng.random() < 0.4 else 1
            words = [person.next(models[channel].waiting()) for _ in range(count)]
            self._move(person, models, channel, [write(person.number, channel, text, **more) for text, more in words])
            if person.kind == "consenter" and person.consents:
                break
            time.sleep(person.rng.uniform(0, PAUSE))
        if person.consents:
            self._later(person, models)

    def _move(self, person: Person, models: dict[str, Model], channel: str, written: list[Message]) -> None:
        """One message, or some at once: deliver, then compare with all that could be."""
        model = models[channel]
        with ThreadPoolExecutor(len(written)) as pool:
            list(pool.map(lambda one: self._send(one, person), written))
        seen: Seen = [(inbound(one.form), self.script(one)) for one in written]
        possible = [model.take(state, told) for state in list(model.states) for told, _ in seen]
        person.weight += sum(
            max(limits.weight(step.heard.reading) for step in possible if step.heard.reading) for _ in seen
        )
        known, blurred = f"{len(model.states)} states, {len(model.pending)} pending", model.blurred
        steps = model.see(seen)
        if not steps and any(text for _, text in seen):
            said = [(one.form["Body"][:40], one.texts) for one in written]
            if blurred:
                self.findings.counts["lost sight of"] += 1
            else:
                self.findings.fail("lost", f"{person.kind}, {known}: {said}")
        for step in steps:
            self._judge(step)
        self._silences(person, written, possible)
        self._beyond(person, models, channel, written, possible, steps if all(text for _, text in seen) else [])

    def _send(self, sent: Message, person: Person) -> None:
        """Delivers once, or twice at the same time, or once more later."""
        dice = person.rng.random()
        if dice < 0.06:
            self.findings.counts["duplicates sent"] += 1
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda _: self.line.deliver(sent), range(2)))
        else:
            self.line.deliver(sent)
            if dice > 0.94 and self.script(sent) is not None:
                self.findings.counts["duplicates sent"] += 1
                self.line.deliver(sent)
        if len({text for text in sent.texts if not text.startswith(self.static)}) > 1:
            self.findings.fail("I1", f"two answers to one message: {sent.texts}")

    def script(self, sent: Message) -> str | None:
        """The reply of the script to a message, if one was seen."""
        return next((text for text in sent.texts if not text.startswith(self.static)), None)

    def _judge(self, step: Step) -> None:
        """What every reply of the script keeps to: I8 a way on, I11 the mirror rule."""
        turn = step.heard.turn
        if turn is None:
            return
        said = [one.say.removesuffix(".say").removesuffix(".retry") for one in turn.says]
        if turn.session is None and not BLAND & set(said) and not re.search(r"[0-9]{3}|\b0\b", step.text or ""):
            self.findings.fail("I8", f"{said}: {step.text}")
        if turn.session is not None:
            told = max((self.house.script.tells.get(one.say, 0) for one in turn.says), default=0)
            if told > turn.session.told:
                self.findings.fail("I11", f"{said} tells {told}, told {turn.session.told}")

    def _silences(self, person: Person, written: list[Message], possible: list[Step]) -> None:
        """I1: silence only where it has a name."""
        for sent in written:
            if not sent.accepted or sent.texts:
                continue
            named = {step.heard.outcome for step in possible} & {"live_location", "carrier_answered"}
            if "Latitude" in sent.form and len(written) > 1:
                named.add("live_location")  # two points at once
            if not named and person.weight < limits.Rates().idle:
                self.findings.fail("I1", f"silence to {sent.form['Body'][:40]!r} of a {person.kind}")
            self.findings.counts["named silences"] += 1

    def _beyond(
        self, person: Person, models: dict[str, Model], channel: str, written: list[Message], possible: list[Step],
        surely: list[Step],
    ) -> None:  # fmt: skip
        """What messages did beyond their own talk; `surely`: the steps, where all were answered by the script."""
        models[channel].pending += [inbound(one.form) for one in written if not one.accepted]
        perhaps, sure = _effects(possible), _effects(surely)
        if "forget" in perhaps:
            for other in set(models) - {channel}:
                models[other].wiped(surely="forget" in sure)
        person.consents += "schedule" in perhaps
        person.sure += "schedule" in sure
        ended = max(one.ended for sent in written for one in sent.tries)
        if {"forget", "optout", "cancel"} & sure and "schedule" not in perhaps:
            person.no.append(ended)
        if "schedule" in perhaps:
            person.yes.append(ended)
        if "forget" in sure and len(written) == 1:
            self._nothing_left(person)

    def _nothing_left(self, person: Person) -> None:
        """I4: right after the answer to "forget me"."""
        (part,) = keys.parts(self.store.texter(person.number))
        with contextlib.suppress(redis.RedisError):
            left = self.place.client().exists(*keys.personal(part), keys.held(part))
            self.findings.counts["forgotten"] += 1
            if left:
                self.findings.fail("I4", f"{left} keys are left after forget")

    def _later(self, person: Person, models: dict[str, Model]) -> None:
        """A day passes; she waits for the message, or says no before it comes; or there is nothing to come."""
        aged = self._day(person)
        if aged is None:
            return
        self.findings.counts["check-ins due"] += 1
        waiting = Session(
            script=self.house.script.hash, language=aged.language, channel=aged.channel,
            step=self.house.script.entries["checkin_reply"],
        )  # fmt: skip
        models[aged.channel].states = {b"", bare(waiting)}
        if person.rng.random() < 0.7:
            end = time.time() + 12
            while time.time() < end and not self.got(person):
                time.sleep(0.1)
            words = person.rng.choice(("1", "2", "hello"))
        else:
            words = person.rng.choice(("FSHI", "NDAL"))
        self._move(person, models, aged.channel, [write(person.number, aged.channel, words)])

    def _day(self, person: Person) -> Ticket | None:
        for _ in range(60):
            try:
                aged = pass_a_day(self.place.client(), self.store, self.sealer, person.number)
            except (redis.RedisError, OSError):
                time.sleep(0.2)
                continue
            if aged is None and person.sure and not person.no:
                self.findings.fail("lost", "a yes was answered and its check-in is not there")
            return aged
        return None

    def got(self, person: Person) -> int:
        """How many messages that we started a person may have got."""
        return sum(sent.to.removeprefix("whatsapp:") == person.number for sent in self.place.outside.taken())

    def _bot(self, person: Person) -> None:
        """SND-11: answers every reply, for ever."""
        mine = [write(person.number, person.channels[0], f"zzqx automatic {number}") for number in range(12)]
        for sent in mine:
            self.line.deliver(sent)
        self.findings.counts["named silences"] += sum(one.accepted and not one.texts for one in mine)
        replies = sum(self.script(one) is not None for one in mine)
        if replies > 5:
            self.findings.fail("I1", f"a bot got {replies} replies in ten minutes")


def _effects(steps: list[Step]) -> set[str]:
    turns = [step.heard.turn for step in steps]
    return {effect.kind for turn in turns if turn for effect in turn.effects}
