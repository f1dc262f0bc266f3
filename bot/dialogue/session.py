"""The session: where one texter is on one channel, and its stored form.

Owns: the fields, their versions, and reading older ones. Never: where or how long it is stored, or sealed.
Facts are words: answers under the name of their step, and what readings said (need, needs, place, placed, country,
age, sex, children, who, voice, organization), and `origin`, the country of the number that is written from, where that
is another than Albania. No typed text, no coordinates, no address.
"""

from __future__ import annotations

import msgspec

VERSION = 1


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One phrase that was said, by reference: rendering it again gives the same bytes."""

    say: str  # address of the phrase
    bind: dict[str, str] = {}  # placeholder name -> id
    step: str = ""  # address of the step whose choices follow it, "" if none
    also: tuple[str, ...] = ()


class Exchange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A dedup key (already keyed-hashed) and what was answered to it."""

    key: str
    says: tuple[Said, ...]
    child: bool = False
    language: str = "sq"


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Frozen; `engine` makes new ones with msgspec.structs.replace."""

    v: int = VERSION
    script: str
    language: str = "sq"
    channel: str = "sms"
    step: str = ""  # address of the question that waits; "" before the first reply
    facts: dict[str, str] = {}
    history: tuple[str, ...] = ()  # questions answered, oldest first; at most 12
    misses: int = 0
    told: int = 0
    shown: tuple[str, ...] = ()
    bind: dict[str, str] = {}  # what lookups bound last
    recent: tuple[Exchange, ...] = ()  # the last four
    last_inbound: int = 0  # Unix seconds
    started: int = 0
    pinned: bool = False  # the last message was a location: a live one goes on sending

    @property
    def child(self) -> bool:
        """The writer is a child: `ti` instead of `ju`. A supporter of a child is not."""
        return self.facts.get("age") == "child" and self.facts.get("who") != "other"


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Session, strict=True)


def dump(session: Session) -> bytes:
    """The stored form: JSON, small, with defaults left out."""
    return _encoder.encode(session)


def load(data: bytes) -> Session | None:
    """The session of a stored form; None if it cannot be read (then the person gets a blank start)."""
    try:
        session = _decoder.decode(data)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        return None
    return session if session.v <= VERSION else None
