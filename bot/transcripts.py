"""Transcripts: conversations as files, that are specification, test and documentation in one.

Owns: the `.chat` form, and playing a talk through the straight line. Never: deciding whether a talk is good.

    # Title, any comment; `# channel: sms`, `# language: sq`, `# at: ISO time`, `# assurance: strict` are settings;
    `# two-way: no` (people cannot answer our SMS), `# without: al-116117,vatra` (on the day when a line answers no
    more, or an organisation has closed), `# from: +39...` (the number that is written from) and `# shown: bubbles`
    (buttons and lists as they are tapped) too
    > what the person writes; or [pin 41.1 20.08], [photo], [voice], [file], [empty], [tap result.choose another],
    > [again] (the same delivery once more)
    < what we answer, as sent (a second line of the same answer begins with < too)
    ~ what else happened: a time that passes (`~ later 31 minutes`), the check-in that comes when it is due
      (`~ check-in`, then its text), an effect (`~ wiped`), silence (`~ no answer`)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.build import House, rules_of
from bot.channels import payload
from bot.channels.message import Inbound, Outbound
from bot.checkins import Checkins
from bot.dialogue.session import Said
from bot.dialogue.store import Ticket
from bot.dialogue.turn import Turn
from bot.errors import AdminError
from bot.helpline import Heard, Helpline
from bot.storage.memory import Memory

SETTING = re.compile(r"#\s*(channel|language|at|assurance|two-way|without|from|shown):\s*(\S+)\s*$")
LATER = re.compile(r"later (\d+) (minute|hour|day)s?")
ADDRESS = "+355690000000"
START = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
# Effects a reader of a transcript wants to see; counts are left out.
SEEN = {
    "schedule": "check-in planned",
    "forget": "everything erased",
    "optout": "opted out",
    "cancel": "check-in dropped",
}


@dataclass
class Chat:
    """One transcript: its settings, and its lines as they stand."""

    name: str
    lines: list[str]
    settings: dict[str, str] = field(default_factory=dict)


def parse(name: str, text: str) -> Chat:
    """The transcript of a text. Raises AdminError naming the line that is not of the form."""
    chat = Chat(name=name, lines=text.splitlines())
    for number, line in enumerate(chat.lines, start=1):
        found = SETTING.match(line)
        if found:
            chat.settings[found.group(1)] = found.group(2)
        elif line.strip() and line[0] not in "#><~":
            raise AdminError(f"{name}, line {number}: a line begins with #, >, < or ~.")
    return chat


def read(path: Path) -> Chat:
    """The transcript of a file."""
    return parse(path.name, path.read_text(encoding="utf-8"))


class Player:
    """One person on one channel, talking to a helpline in memory. A session goes through its stored form every turn."""

    def __init__(
        self, house: House, channel: str, now: datetime, address: str = ADDRESS, *, bubbles: bool = False
    ) -> None:
        self.bubbles = bubbles
        self.house, self.channel, self.now = house, channel, now
        self.store = Memory(clock=lambda: self.now.timestamp())
        self.helpline = Helpline(house.helpline.parts, self.store)
        self.address = f"whatsapp:{address}" if channel == "whatsapp" else address
        self.turns: list[Turn] = []
        self._count = 0

    def say(self, typed: str) -> list[str]:
        """What follows one line of the person, as lines of a transcript."""
        return list(lines(self.hear(typed), bubbles=self.bubbles))

    def hear(self, typed: str) -> Heard:
        """What became of one line of the person."""
        if typed != "[again]":
            self._count += 1
        self.now += timedelta(seconds=20)
        heard = self.helpline.hear(self._inbound(typed), self.now)
        if heard.turn is not None:
            self.turns.append(heard.turn)
        return heard

    def wait(self, delay: timedelta) -> None:
        self.now += delay

    def check_in(self) -> list[str]:
        """Waits for the check-in that was planned, and gives its text as lines of a transcript."""
        waiting, due = self.store.tickets.waiting()
        if not waiting:
            return ["~ no check-in is planned"]
        self.now = max(self.now, datetime.fromtimestamp(due + 1, UTC))
        sent: list[str] = []

        def deliver(_: Ticket, text: str) -> str:
            sent.append(text)
            return "sent"

        checkins = Checkins(
            rules=rules_of(self.house.settings), script=self.house.script, tickets=self.store.tickets, text=self._text,
            deliver=deliver, clock=lambda: self.now.timestamp(), pause=lambda _: None,
        )  # fmt: skip
        for shard, ident in self.store.tickets.take(self.now.timestamp(), 60):
            checkins.send(shard, ident)
        return [f"< {text}" for text in sent] or ["~ nothing was sent"]

    def _text(self, ticket: Ticket) -> str:
        said = (Said(say=self.house.script.steps[self.house.script.entries["checkin_reply"]].say),)
        outbound = self.helpline.say(said, ticket.language, ticket.channel, self.now)
        return outbound.text if outbound else ""

    def _inbound(self, typed: str) -> Inbound:
        word, *rest = typed.strip("[]").split() if typed.startswith("[") and typed.endswith("]") else [""]
        fields: dict[str, object] = {"text": typed}
        if word == "pin":
            at = {"latitude": float(rest[0]), "longitude": float(rest[1])} if rest else {}
            fields = {"kind": "location", **at}
        elif word in {"photo", "voice", "file", "empty"}:
            fields = {"kind": word}
        elif word == "tap":
            script = "00000000" if rest[0] == "nowhere.gone" else self.helpline.parts.script.hash
            fields = {"kind": "choice", "payload": payload.write(script, rest[0], rest[1])}
        return Inbound(
            channel=self.channel, address=self.address, dedup=f"SM{self._count:032d}",
            received=int(self.now.timestamp()), **fields,  # type: ignore[arg-type]
        )  # fmt: skip


def lines(heard: Heard, *, bubbles: bool = False) -> Iterator[str]:
    """One outcome as a transcript shows it; with `bubbles` what can be tapped is shown as that."""
    if heard.outbound is None:
        yield "~ no answer"
    else:
        yield from (f"< {line}" for line in _shown(heard.outbound, bubbles))
    if heard.turn is not None and heard.outcome == "reply":
        seen = [SEEN[e.kind] + (f": {e.data}" if e.data else "") for e in heard.turn.effects if e.kind in SEEN]
        yield from (f"~ {text}" for text in seen)
        if heard.turn.session is None and not any(e.kind == "forget" for e in heard.turn.effects):
            yield "~ wiped"


def _shown(outbound: Outbound, bubbles: bool) -> list[str]:
    if not bubbles or outbound.form == "text":
        return outbound.text.splitlines()
    kind = "button" if outbound.form == "buttons" else "row"
    return [*outbound.body.splitlines(), *(f"[{kind}] {option.label}" for option in outbound.options)]


def play(house: House, chat: Chat) -> tuple[str, list[Turn]]:
    """The transcript as this house gives it, and the turns behind it."""
    at = chat.settings.get("at", "")
    now = datetime.fromisoformat(at) if at else START
    address, bubbles = chat.settings.get("from", ADDRESS), chat.settings.get("shown", "") == "bubbles"
    player = Player(house, chat.settings.get("channel", "sms"), now.astimezone(UTC), address, bubbles=bubbles)
    out: list[str] = []
    for line in chat.lines:
        if line.startswith(">"):
            out += [line, *player.say(line[1:].strip())]
        elif line.startswith("~") and (found := LATER.search(line)):
            player.wait(timedelta(**{f"{found.group(2)}s": int(found.group(1))}))
            out.append(line)
        elif line == "~ check-in":
            out += [line, *player.check_in()]
        elif not line.startswith(("<", "~")):
            out.append(line)
    return "\n".join(out) + "\n", player.turns
