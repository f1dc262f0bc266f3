"""The line behind the page: one message in, the answer and the token for the next one out.

Owns: the JSON of both. Never: HTTP (`page`), Redis, a real key, a real address; nothing that is typed is kept or
counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import msgspec

from bot.channels import sms, whatsapp
from bot.channels.message import Inbound, Outbound
from bot.demo import talk, why
from bot.dialogue.engine import fresh
from bot.dialogue.session import Said, Session
from bot.dialogue.store import Ticket
from bot.directory.answers import Answers
from bot.helpline import Helpline

ADDRESS: Final = "demo"
LATEST: Final = 4_000_000_000  # the last second (Unix) that a talk can pretend to happen in


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the page sends. `key` names the message, so that one sent again is answered the same. `at`: the moment a
    prepared talk happens in (Unix seconds). `why`: also tell how the answer came about, in `language`."""

    channel: Literal["sms", "whatsapp"]
    key: str
    token: str = ""
    text: str = ""
    payload: str = ""
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    at: Annotated[int, msgspec.Meta(ge=0, le=LATEST)] | None = None
    why: bool = False
    language: str = ""


class Tappable(msgspec.Struct, frozen=True, kw_only=True):
    """A button or a row: the title as cut by the channel, the whole label, and what a tap sends back."""

    title: str
    label: str
    payload: str


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What the page draws. `form`: text, buttons, list, or "" for a silence. `parts` and `encoding` only for an SMS."""

    token: str
    form: str = ""
    text: str = ""
    body: str = ""
    options: tuple[Tappable, ...] = ()
    parts: int = 0
    encoding: str = ""
    later: str = ""  # the message that a check-in would send; the token then waits for its answer
    why: why.Why | None = None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one page may ask (seconds of a talk, characters of a text, bytes of a request), and how many seconds a
    real talk would keep a mark of a message, and a number behind the window of its check-in."""

    talk: int
    text: int
    body: int
    mark: int
    slack: int


@dataclass(frozen=True, kw_only=True)
class Line:
    """What the line is made of."""

    helpline: Helpline
    answers: Answers
    limits: Limits

    def answer(self, asked: Asked, now: datetime) -> Answered:
        """The answer to one message, and the token for the next."""
        now = now if asked.at is None else datetime.fromtimestamp(asked.at, UTC)
        before = talk.unseal(asked.token, asked.channel)
        store = talk.TokenStore(before)
        heard = Helpline(self.helpline.parts, store).hear(self._inbound(asked, now), now)
        ticket = store.ticket
        after = self._waiting(ticket, now) if ticket else store.session
        told = self._why(asked, why.Event(heard=heard, before=before, ticket=ticket, now=now)) if asked.why else None
        drawn = self._drawn(heard.outbound, asked.channel) if heard.outbound else Answered(token="")
        return msgspec.structs.replace(
            drawn,
            token=talk.seal(after, asked.channel, self.limits.talk),
            later=self._later(ticket, now) if ticket else "",
            why=told,
        )

    def _drawn(self, outbound: Outbound, channel: str) -> Answered:
        able = self.helpline.parts.capabilities[channel]
        cut = able.button_title if outbound.form == "buttons" else able.row_title
        counted = sms.parts(outbound.text) if able.parts else None
        return Answered(
            token="",
            form=outbound.form,
            text=outbound.text,
            body=outbound.body,
            options=tuple(
                Tappable(title=whatsapp.title(option.label, cut), label=option.label, payload=option.payload)
                for option in outbound.options
            ),
            parts=counted.parts if counted else 0,
            encoding=counted.encoding if counted else "",
        )

    def _why(self, asked: Asked, event: why.Event) -> why.Why:
        reasons = why.Reasons(self.helpline.parts, self.answers, mark=self.limits.mark, slack=self.limits.slack)
        return reasons.tell(event, asked.channel, asked.language)

    def _later(self, ticket: Ticket, now: datetime) -> str:
        """The one message that the check-in just agreed on would send."""
        script = self.helpline.parts.script
        say = script.steps[script.entries["checkin_reply"]].say
        outbound = self.helpline.say((Said(say=say),), ticket.language, ticket.channel, now)
        return outbound.text if outbound else ""

    def _waiting(self, ticket: Ticket, now: datetime) -> Session:
        """Where a check-in that was sent leaves its reader; the page shows it at once, to be answered at once."""
        script = self.helpline.parts.script
        blank = fresh(script, ticket.language, ticket.channel, now)
        return msgspec.structs.replace(blank, step=script.entries["checkin_reply"])

    def _inbound(self, asked: Asked, now: datetime) -> Inbound:
        pin = asked.latitude is not None and asked.longitude is not None
        return Inbound(
            channel=asked.channel,
            address=ADDRESS,
            dedup=asked.key[:64],
            kind="location" if pin else "choice" if asked.payload else "text",
            text=asked.text[: self.limits.text].strip(),
            payload=asked.payload[:200],
            latitude=asked.latitude if pin else None,
            longitude=asked.longitude if pin else None,
            received=int(now.timestamp()),
        )
