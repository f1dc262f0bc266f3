"""The typing sign on WhatsApp, which also marks her message as read. Off unless the operator wants it.

Owns: asking for it beside the reply, so that nobody waits. Never: where it is not wanted: two blue ticks tell whoever
holds the phone that somebody read the message.
"""

from __future__ import annotations

import threading
from typing import Final

from bot.carriers.twilio import requests
from bot.carriers.twilio.outbox import Outbox
from bot.channels.message import Inbound

AT_ONCE: Final = 4  # more would only pile up: the reply is there sooner


class TypingSign:
    """One for a process; safe to share between threads."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox, self._free = outbox, threading.BoundedSemaphore(AT_ONCE)

    def show(self, inbound: Inbound) -> None:
        """Asks for the sign; returns at once and never raises."""
        if inbound.channel == "whatsapp" and inbound.answerable and self._free.acquire(blocking=False):
            threading.Thread(target=self._ask, args=(inbound.dedup,), name="besa-typing", daemon=True).start()

    def _ask(self, sid: str) -> None:
        try:
            self._outbox.ask(requests.typing(sid), pace="now")
        finally:
            self._free.release()
