"""One talk of the demo page: its session travels in the page, sealed with a key that dies with this start.

Owns: the token, and the store that lives for one message. Never: Redis, a key of the real service, anything kept.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from bot.dialogue import session as stored
from bot.dialogue.session import Exchange, Session
from bot.dialogue.store import Change, Opened, Ticket
from bot.storage import keyring
from bot.storage.sealing import Sealer

PURPOSE: Final = "session"
# One key for each start: made when the starting process imports this, and inherited by the processes it forks.
SEALER: Final = Sealer(keyring.random())


def seal(session: Session | None, channel: str, seconds: int) -> str:
    """The token of a session, good for this channel and so many seconds; "" where the talk was wiped."""
    if session is None:
        return ""
    sealed = SEALER.seal(PURPOSE, f"demo {channel}", stored.dump(session), seconds)
    return base64.urlsafe_b64encode(sealed).decode()


def unseal(token: str, channel: str) -> Session | None:
    """The session of a token; None where it is empty, foreign, changed, aged or of an earlier start."""
    try:
        sealed = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    plain = SEALER.open(PURPOSE, f"demo {channel}", sealed)
    return stored.load(plain) if plain is not None else None


class TokenStore:
    """A store for one message: it begins with the session of the token and ends with the one for the next token."""

    def __init__(self, session: Session | None) -> None:
        self.session = session
        self.ticket: Ticket | None = None  # what a check-in would have been kept as; it goes nowhere

    def texter(self, address: str, *aliases: str) -> str:  # noqa: ARG002  (one talk: there is no other)
        return address

    def tie(self, texter: str, *others: str) -> None:
        """Nobody has a second address here."""

    def dedup(self, channel: str, key: str) -> str:
        return f"{channel}:{key}"

    def open(self, texter: str, channel: str, dedup: str) -> Opened:  # noqa: ARG002  (one talk: there is no other)
        repeat = next((one for one in self._recent() if one.key == dedup), None)
        version = 0 if self.session is None else 1
        return Opened(session=self.session, version=version, seen=repeat is not None, repeat=repeat)

    def commit(self, texter: str, channel: str, dedup: str, version: int, change: Change) -> Opened | None:  # noqa: ARG002
        self.session, self.ticket = change.session, change.ticket
        return None

    def forget(self, texter: str) -> int:  # noqa: ARG002
        self.session = None
        return 1

    def _recent(self) -> tuple[Exchange, ...]:
        return self.session.recent if self.session is not None else ()
