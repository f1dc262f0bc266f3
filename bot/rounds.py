"""Rounds at the carrier: answer what never reached us, erase what is over.

Owns: the order of a round, and that a message is answered at most once. Never: which messages those are
(`carriers/twilio/history`), a reply's words, an address or a text in a log, a job or a result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.carriers.outcome import Sent
from bot.carriers.twilio import form, history, requests
from bot.carriers.twilio.eraser import Eraser
from bot.carriers.twilio.history import Row
from bot.carriers.twilio.outbox import Outbox
from bot.channels.message import Inbound, Outbound
from bot.errors import StorageUnavailable

MOST: Final = 60  # messages erased in one round; the others wait for the next
Hear = Callable[[Inbound, datetime], Outbound | None]  # None: seen before, or one of the named silences


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """What a round works with. Durations in seconds."""

    outbox: Outbox
    sender: requests.Sender
    hear: Hear
    clock: Callable[[], float]
    youngest: int  # a message this old is not on its way to us any more
    oldest: int  # an answer to an older one helps nobody
    kept: int  # how long a message stays at the carrier
    longest: int  # what is older was there before us, or will never go

    def go(self) -> Counter[str]:
        """One round; how many of what. Running twice at once, or dying half way, does no harm."""
        now, done = int(self.clock()), Counter[str]()
        self._answer(now, done)
        self._erase(now, done)
        return done

    def _answer(self, now: int, done: Counter[str]) -> None:
        call = requests.listing(self.sender, after=history.since(now - self.oldest))
        listed = self.outbox.listed(call, "messages")
        if listed is None:
            done["unread"] += 1
            return
        found = history.rows(listed, self.sender)
        for row in history.missed(found, now, youngest=self.youngest, oldest=self.oldest):
            if became := self._answered(row, now):
                done[became] += 1

    def _answered(self, row: Row, now: int) -> str:
        inbound = form.inbound(row.form, received=row.at)
        if inbound is None or not inbound.answerable:
            return ""
        try:
            outbound = self.hear(inbound, datetime.fromtimestamp(now, UTC))
        except StorageUnavailable:
            return "storage"
        if outbound is None:
            return ""
        sent = self.outbox.send(requests.text(self.sender, inbound.address, outbound.text))
        return "answered" if isinstance(sent, Sent) else "not_answered"

    def _erase(self, now: int, done: Counter[str]) -> None:
        call = requests.listing(
            self.sender, after=history.since(now - self.longest), before=history.since(now - self.kept)
        )
        listed = self.outbox.listed(call, "messages")
        if listed is None:
            done["unread"] += 1
            return
        found, eraser = history.rows(listed, self.sender), Eraser(outbox=self.outbox, sender=self.sender)
        for row in history.erasable(found, now, kept=self.kept)[:MOST]:
            done["erased" if eraser.whole(row.sid, media=row.media) else "left"] += 1
