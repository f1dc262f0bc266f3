"""What must be so: every state that a talk can be in, given all that was seen of it from outside.

Owns: the same pure straight line, over a slate. An answer that the line would give in none of the states is a lost
message, a doubled step or an invented one. A static reply leaves open whether the step was taken: both stay possible.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from bot.build import House
from bot.carriers.twilio import form, twiml
from bot.channels.message import Inbound
from bot.dialogue import session as stored
from bot.dialogue.session import Session
from bot.dialogue.store import Change, Opened
from bot.helpline import Heard, Helpline

from .line import said

MOST = 512  # states of one talk; more are not followed, and then nothing is said of what fits none of them


class Slate:
    """A store for one message."""

    def __init__(self, session: Session | None) -> None:
        self.before, self.change = session, Change(session=None, ttl=0)

    def texter(self, address: str, *_aliases: str) -> str:
        return address

    def dedup(self, channel: str, key: str) -> str:
        return f"{channel} {key}"

    def open(self, texter: str, channel: str, dedup: str) -> Opened:
        return Opened(session=self.before)

    def commit(self, texter: str, channel: str, dedup: str, version: int, change: Change) -> Opened | None:
        self.change = change
        return None

    def forget(self, texter: str) -> int:
        return 0


@dataclass(frozen=True)
class Step:
    """One state, one message: the text it would be answered with, and what becomes of the state."""

    text: str | None
    after: bytes  # stored form of the session, b"" for none
    heard: Heard
    change: Change


def bare(session: Session | None) -> bytes:
    """A session as far as two runs must agree on it."""
    if session is None:
        return b""
    return stored.dump(msgspec.structs.replace(session, recent=(), last_inbound=0, started=0))


class Model:
    """One talk: one address on one channel."""

    def __init__(self, house: House) -> None:
        self._house, self.states = house, {b""}
        self.pending: list[Inbound] = []  # never answered: may still take effect at any later time
        self.blurred = False  # whether states were left out since the script last answered

    def take(self, state: bytes, inbound: Inbound) -> Step:
        slate = Slate(stored.load(state) if state else None)
        heard = Helpline(self._house.helpline.parts, slate).hear(inbound, datetime.now(UTC))
        text = said(twiml.reply(heard.outbound))
        return Step(text=text, after=bare(slate.change.session), heard=heard, change=slate.change)

    def see(self, seen: Sequence[tuple[Inbound, str | None]]) -> list[Step]:
        """Messages that were under way together, each with the script's reply that was seen (None: none was).

        Returns the steps that explain it; empty where nothing does, and then the talk is followed from anew.
        """
        found: dict[bytes, list[Step]] = {}
        late = [[], *([(one, None)] for one in self.pending)]  # before these, between them or behind
        orders = [order for more in late for order in itertools.permutations([*more, *seen])]
        for state, order in itertools.product(self.states, orders):
            for after, steps in self._runs(state, order):
                found.setdefault(after, steps)
        if not found:
            self.states, self.pending = {b""}, []
            return []
        self.states = set(itertools.islice(found, MOST))
        if any(text for _, text in seen):  # what is newer won, or what was pending is in it
            self.pending, self.blurred = [], False
        self.blurred |= len(found) > MOST
        return next(iter(found.values()))

    def _runs(self, state: bytes, order: Sequence[tuple[Inbound, str | None]]) -> Iterable[tuple[bytes, list[Step]]]:
        if not order:
            yield state, []
            return
        (inbound, text), *rest = order
        step = self.take(state, inbound)
        if text is None:
            yield from self._runs(state, rest)
        if text is None or step.text == text:
            for after, steps in self._runs(step.after, rest):
                yield after, [step, *steps]

    def wiped(self, surely: bool) -> None:
        self.states = {b""} if surely else self.states | {b""}

    def waiting(self) -> Session | None:
        """A state to choose the next words by."""
        state = max(self.states, key=len)
        return stored.load(state) if state else None


def inbound(fields: Mapping[str, Any]) -> Inbound:
    found = form.inbound(fields, received=0)
    assert found is not None
    return found
