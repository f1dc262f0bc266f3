"""What Twilio's list of messages tells: which ones never reached us, and which can be erased there. Pure.

Owns: reading the rows of the list, and both decisions. Never: the network, or a message that is not from or to our own
senders: others may share the account.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import msgspec

from bot.carriers.twilio.requests import Sender

OVER: Final = frozenset({"received", "delivered", "read", "undelivered", "failed", "canceled"})
LONG_OVER: Final = 6 * 3600  # seconds after which a message that was sent, but never told of again, counts as over


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One message of ours in Twilio's list. Its repr tells nothing of anybody."""

    sid: str
    inbound: bool
    status: str
    at: int  # Unix seconds
    media: bool
    form: Mapping[str, str]  # an inbound one as the webhook would have got it

    def __repr__(self) -> str:
        return f"Row({self.sid})"


def rows(listed: Iterable[Mapping[str, Any]], sender: Sender) -> list[Row]:
    """Our own messages of a list, oldest first; rows that cannot be read are left out."""
    found = [row for one in listed if (row := _row(one, sender))]
    return sorted(found, key=lambda row: (row.at, row.sid))


def missed(found: Sequence[Row], now: int, *, youngest: int, oldest: int) -> list[Row]:
    """Inbound messages that may never have reached us: old enough that no delivery is still under way, young enough
    that an answer helps, and of each person only the last, since an answer to what was said before it would confuse.
    Whether one was seen after all, only the store knows."""
    last = {row.form["From"]: row for row in found if row.inbound}
    return [row for row in last.values() if youngest <= now - row.at <= oldest]


def erasable(found: Sequence[Row], now: int, *, kept: int) -> list[Row]:
    """Messages that can go: older than `kept` seconds, and nothing more is to come of them."""
    return [
        row
        for row in found
        if now - row.at >= kept and (row.status in OVER or (row.status == "sent" and now - row.at >= LONG_OVER))
    ]


def _row(one: Mapping[str, Any], sender: Sender) -> Row | None:
    sid, direction, at = _text(one, "sid"), _text(one, "direction"), _time(one)
    inbound = direction == "inbound"
    ours, theirs = (_text(one, name) for name in (("to", "from") if inbound else ("from", "to")))
    service = _text(one, "messaging_service_sid")
    mine = ours in {sender.sms, sender.whatsapp} - {""} or (bool(sender.service) and service == sender.service)
    if not sid or not direction or at is None or not mine:
        return None
    form = {
        "MessageSid": sid, "From": theirs, "To": ours, "Body": _text(one, "body"), "NumMedia": _text(one, "num_media"),
        "SmsStatus": "received",
    }  # fmt: skip
    media = form["NumMedia"] not in {"", "0"}
    return Row(sid=sid, inbound=inbound, status=_text(one, "status"), at=at, media=media, form=form if inbound else {})


def _text(one: Mapping[str, Any], name: str) -> str:
    value = one.get(name)
    return value if isinstance(value, str) else ""


def _time(one: Mapping[str, Any]) -> int | None:
    """Unix seconds of a row; its dates are in the form of RFC 2822."""
    for name in ("date_sent", "date_created"):
        try:
            at = parsedate_to_datetime(_text(one, name))
        except ValueError:
            continue
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    return None


def since(at: int) -> str:
    """A time as the list's filters take it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
