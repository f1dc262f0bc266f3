"""Leaving no trace at Twilio: one message emptied there, or erased whole.

Owns: the order (attachments first: without their message nobody would find them again) and what counts as done. Never:
which message, or when (`erasing`, `rounds`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.carriers.twilio import requests
from bot.carriers.twilio.outbox import Outbox

GONE: Final = 404


@dataclass(frozen=True, kw_only=True)
class Eraser:
    """Asks by a message's own id, and by nothing else."""

    outbox: Outbox
    sender: requests.Sender

    def empty(self, sid: str, *, media: bool) -> bool:
        """Its words and attachments go, its number and times stay. False: not yet."""
        return self._detached(sid, media) and self._done(requests.redact(self.sender, sid))

    def whole(self, sid: str, *, media: bool) -> bool:
        """Nothing of it stays. False: not yet."""
        return self._detached(sid, media) and self._done(requests.delete(self.sender, sid))

    def _detached(self, sid: str, media: bool) -> bool:
        if not media:
            return True
        attached = self.outbox.listed(requests.media(self.sender, sid), "media_list")
        for one in attached or ():
            self._done(requests.delete_media(self.sender, sid, str(one.get("sid", ""))))
        return attached is not None

    def _done(self, call: requests.Call) -> bool:
        answer = self.outbox.ask(call)
        return answer.good or answer.status == GONE
