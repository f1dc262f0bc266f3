"""What Twilio says later about a message of ours.

Owns: reading a status callback, and the order of states. Never: keeping them; the addresses in them are not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from bot.carriers.twilio.errors import Fault, fault

RANKS: Final[Mapping[str, int]] = {
    "scheduled": 0,
    "accepted": 1,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    "partially_delivered": 5,
    "delivered": 6,
    "read": 7,
    "canceled": 8,
    "failed": 8,
    "undelivered": 8,
}
FINAL: Final = frozenset({"delivered", "read", "canceled", "failed", "undelivered"})
FAILED: Final = frozenset({"failed", "undelivered"})


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """One callback. `read` is told as `delivered`: that somebody opened a chat is nothing we want to know."""

    sid: str
    status: str
    code: int = 0  # Twilio's error code, 0 for none
    fault: Fault | None = None  # what the code means, where the message failed

    @property
    def key(self) -> str:
        """What makes two callbacks the same one."""
        return f"{self.sid}:{self.status}"

    @property
    def final(self) -> bool:
        """Nothing more is to come: the body at Twilio can go."""
        return self.status in FINAL


def read(form: Mapping[str, str]) -> Status | None:
    """The status of a verified form, or None where it holds none that we know."""
    sid = form.get("MessageSid", "") or form.get("SmsSid", "")
    status = (form.get("MessageStatus", "") or form.get("SmsStatus", "")).strip().lower()
    if not sid or len(sid) > 64 or status not in RANKS:
        return None
    text = form.get("ErrorCode", "").strip()
    code = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
    status = "delivered" if status == "read" else status
    return Status(sid=sid, status=status, code=code, fault=fault(code) if status in FAILED else None)


def later(known: str, told: str) -> str:
    """The state after a callback: it never goes back, and what is final stays. Callbacks arrive in any order."""
    if known in FINAL or RANKS.get(told, -1) <= RANKS.get(known, -1):
        return known
    return told
