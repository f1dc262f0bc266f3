"""One talk from the first word to the last, and what came of it.

Owns: playing one person through the straight line, and what is counted of each reply. Never: totals (`figures`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.build import House
from bot.channels import sms
from bot.channels.render import render
from bot.helpline import Heard
from bot.people.behaviour import Behaviour
from bot.people.fitting import Fit, Fitting
from bot.people.person import Cast, Person
from bot.transcripts import Player, lines

START: Final = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
# Silences that are meant: the same pin once more, a flood.
SILENCES: Final = frozenset({"live_location", "braked"})
# Replies that end a talk without a number, bland on purpose: who closes or erases wants nothing more to stand there.
BLAND: Final = frozenset({"leaving.close", "leaving.delete", "checkin.wipe"})
NUMBERS_AT_ZERO: Final = re.compile(r"(?<![\d+])0(?= \w)")  # "0 Phone numbers": a way on


@dataclass
class Talk:
    """What came of one talk. To the first number of a line that fits, the first number at all, the first that is more
    than a bare list, the first service: the number of the person's message that it answered, 0 for never."""

    person: Person
    listed_line: bool = False  # does the directory have a line for what they need?
    listed_number: bool = False  # does the directory have a number for them at all?
    listed_service: bool = False
    line: int = 0
    number: int = 0
    named: int = 0
    service: int = 0
    changed: int = 0  # messages before the need became another one
    told: int = 0  # the message that first told what is the matter
    messages: int = 0
    longest: int = 0  # characters of the longest reply
    most_parts: int = 0
    parts: int = 0  # SMS parts of all replies, as sent
    parts_full: int = 0  # the same texts with ë and ç
    dead_ends: list[str] = field(default_factory=list)
    telling: list[str] = field(default_factory=list)  # phrases that told more than was told
    crash: str = ""
    lines: list[str] = field(default_factory=list)


class Talks:
    """Plays people against one house, each in a memory of their own."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.cast, self.fitting = house, Cast(house.answers.directory, seed), Fitting(house)

    def talk(self, number: int) -> Talk:
        """The talk of person `number`: the same every time."""
        person = self.cast.person(number)
        start = START + timedelta(minutes=self.cast.dice(number, "when").randrange(14 * 24 * 60))
        player = Player(self.house, person.channel, start, address=f"+35569{number:07d}")
        does = Behaviour(self.house, self.cast, person)
        talk = Talk(person=person)
        heard: Heard | None = None
        while typed := does.next(heard):
            talk.messages += 1
            talk.lines.append(f"> {typed}")
            try:
                heard = player.hear(typed)
            except Exception as error:  # whatever breaks is what this looks for
                talk.crash = f"{type(error).__name__}: {error}"
                break
            talk.lines += lines(heard)
            does.after(self._count(talk, does, heard, start, player.now))
        return talk

    def _count(self, talk: Talk, does: Behaviour, heard: Heard, start: datetime, now: datetime) -> Fit:
        self._measure(talk, heard, now)
        if not talk.person.seeks:
            return Fit()
        silent = does.speech.said_silent and not talk.person.voice
        person = replace(talk.person, danger=does.speech.in_danger, voice=not silent)
        listed = self.fitting.listed(person, does.need, does.place, start)
        talk.listed_number, talk.listed_service = listed.number, bool(listed.services)
        talk.listed_line = bool(listed.lines)
        fit = self.fitting.reply(person, listed, heard, now)
        if does.need != person.need and not talk.line:
            talk.changed = talk.changed or talk.messages - 1
        talk.line = talk.line or (talk.messages - talk.changed) * fit.line
        talk.number = talk.number or talk.messages * fit.number
        talk.told = does.told_at
        talk.named = talk.named or talk.messages * fit.named
        talk.service = talk.service or talk.messages * fit.service
        return fit

    def _measure(self, talk: Talk, heard: Heard, now: datetime) -> None:
        if heard.outcome in SILENCES:
            return
        if heard.outbound is None or heard.turn is None:
            talk.dead_ends.append(f"message {talk.messages}: no answer ({heard.outcome})")
            return
        text, turn = heard.outbound.text, heard.turn
        talk.longest = max(talk.longest, len(text))
        if talk.person.channel == "sms":
            counted = sms.parts(text).parts
            talk.parts, talk.most_parts = talk.parts + counted, max(talk.most_parts, counted)
            talk.parts_full += sms.parts(self._unfolded(heard, now)).parts
        told = turn.session.told if turn.session else 3
        tells = self.house.script.tells
        talk.telling += [said.say for said in turn.says if tells.get(said.say, 0) > told]
        if self._dead(heard):
            talk.dead_ends.append(f"message {talk.messages}: {turn.trace[-1]}")

    def _dead(self, heard: Heard) -> bool:
        """Nothing is asked any more, and neither a number nor a way to one stands in the reply."""
        assert heard.turn is not None  # noqa: S101  (the caller looked)
        assert heard.outbound is not None  # noqa: S101
        if heard.turn.session is not None and heard.turn.session.step:
            return False
        if not BLAND.isdisjoint(heard.turn.trace) or NUMBERS_AT_ZERO.search(heard.outbound.text):
            return False
        return next(self.fitting.numbers(heard.outbound.text), "") == ""

    def _unfolded(self, heard: Heard, now: datetime) -> str:
        """The same reply with ë and ç."""
        assert heard.turn is not None  # noqa: S101  (the caller looked)
        parts, turn = self.house.helpline.parts, heard.turn
        return render(
            parts.script, turn.says, language=turn.language, child=turn.child,
            capabilities=parts.capabilities["sms"], letters="full", values=parts.values, now=now,
        ).text  # fmt: skip
