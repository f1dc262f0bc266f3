"""Buttons and lists on WhatsApp, sent by REST because TwiML cannot carry them.

Owns: which prepared content there is, and when sending is not tried. Never: the words, or the reply where this says no:
then the same choices go as numbered text, inline.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from bot.carriers.outcome import Sent
from bot.carriers.twilio import requests, setup
from bot.carriers.twilio.outbox import Outbox
from bot.channels.message import Outbound

log = logging.getLogger("besa")
FRESH: Final = 3600.0  # seconds after which the list of prepared content is read again
FAILURES: Final = 3  # so many in a row, and nothing is tried for PAUSE seconds: each one has cost somebody a wait
PAUSE: Final = 60.0


class Buttons:
    """Sends what can be tapped. One for a process; safe to share between threads."""

    def __init__(self, outbox: Outbox, sender: requests.Sender, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._outbox, self._sender, self._clock = outbox, sender, clock
        self._contents: Mapping[str, str] = {}
        self._read_again = float("-inf")
        self._failures = 0
        self._until = float("-inf")

    def send(self, to: str, outbound: Outbound) -> bool:
        """True where Twilio took it: then nothing more may be said. False, soon, in every other case; never raises.

        Where the outcome is unknown it is False too: rather the same question twice than none.
        """
        if outbound.form == "text" or not to.startswith("whatsapp:") or self._clock() < self._until:
            return False
        call = requests.tappable(self._sender, to, outbound, self._known())
        if call is None:
            return False
        outcome = self._outbox.send_now(call)
        if isinstance(outcome, Sent):
            self._failures = 0
            return True
        log.warning("buttons: %s", outcome)  # a kind and a code, nothing else
        self._failures += 1
        if self._failures >= FAILURES:
            self._until, self._failures = self._clock() + PAUSE, 0
        return False

    def _known(self) -> Mapping[str, str]:
        """What is prepared, as last read; it is read beside the reply, so that nobody waits for it."""
        if self._clock() >= self._read_again:
            self._read_again = self._clock() + FRESH
            threading.Thread(target=self.read, name="besa-contents", daemon=True).start()
        return self._contents

    def read(self) -> None:
        """Reads the list of prepared content now. What cannot be read is tried again after PAUSE."""
        contents = self._outbox.listed(setup.contents_call(), "contents")
        if contents is None:
            self._read_again = self._clock() + PAUSE
        else:
            self._contents = setup.sids(setup.State(contents=contents))
