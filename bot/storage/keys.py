"""Every name that a key in Redis can have, and what becomes of it.

Owns: the patterns, the texter id, and the shard NN (texter id mod 64). All that is kept of one person lies behind
one `b:{NN}:`, so in one slot of a cluster. Never: a value.

A texter id is the keyed HMAC of an address without its channel prefix. While the file holds several epochs of a
key, ids and dedup keys are written newest first, joined by dots: the first names what is written, the others are
where something older may still lie. The ids of a person's other addresses stand behind those, in the same way.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import zlib
from typing import Final

import msgspec

from bot.storage.keyring import Keyring

SHARDS: Final = 64
ID: Final = 32  # hexadecimal digits of a texter id
HEX: Final = frozenset("0123456789abcdef")
CHANNELS: Final = ("sms", "whatsapp", "demo")
DAY: Final = 86400
SEEN_TTL: Final = 7 * DAY
OPTOUT_TTL: Final = 365 * DAY
TICKET_TTL: Final = 30 * DAY  # the most
HITS_TTL: Final = 600
PULSE_TTL: Final = 60
STATUS_TTL: Final = 7 * DAY
SAID_TTL: Final = 2 * 3600  # longer than a message stays at the carrier
LINK_TTL: Final = 30 * DAY
ERASE_TTL: Final = 14 * DAY  # what the carrier would not erase until then, it never will


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of key. `erased`: by forget, or why not. `ttl`: the most it lives, in seconds; 0: for ever."""

    form: str
    holds: str
    erased: str
    ttl: int


FORGET: Final = "forget"

PATTERNS: Final[dict[str, Pattern]] = {
    "session": Pattern(
        form="b:{NN}:session:TEXTER:CHANNEL", holds="sealed session and its version", erased=FORGET, ttl=2 * DAY
    ),
    "ticket": Pattern(
        form="b:{NN}:ticket:ID", holds="sealed ticket: the one address kept", erased=FORGET, ttl=TICKET_TTL
    ),
    "held": Pattern(form="b:{NN}:held:TEXTER", holds="id of the texter's ticket", erased=FORGET, ttl=TICKET_TTL),
    "hits": Pattern(form="b:{NN}:hits:TEXTER", holds="weight of the last ten minutes", erased=FORGET, ttl=HITS_TTL),
    "due": Pattern(
        form="b:{NN}:due", holds="ids of tickets by time; forget takes the texter's out", erased="registry", ttl=0
    ),
    "seen": Pattern(
        form="b:{NN}:seen:DEDUP", holds="that a message was answered; nobody can tell whose", erased="unlinkable",
        ttl=SEEN_TTL,
    ),
    "optout": Pattern(
        form="b:{NN}:optout:MARK", holds="that somebody wants no message from us", erased="asked for by the person",
        ttl=OPTOUT_TTL,
    ),
    "status": Pattern(
        form="b:{NN}:status:SID", holds="how far a message of ours came", erased="unlinkable", ttl=STATUS_TTL
    ),
    "said": Pattern(
        form="b:{NN}:said:TEXTER", holds="sealed ids, at the carrier, of the last messages", erased=FORGET, ttl=SAID_TTL
    ),
    "erase": Pattern(
        form="b:{NN}:erase", holds="sealed ids of messages to be emptied or erased at the carrier, by time",
        erased="unlinkable", ttl=ERASE_TTL + DAY,
    ),
    "link": Pattern(
        form="b:{NN}:link:TEXTER", holds="ids of the other addresses of the same person", erased=FORGET, ttl=LINK_TTL
    ),
    "counts": Pattern(form="b:{NN}:counts:MONTH", holds="sums without persons", erased="counts", ttl=0),
    "pace": Pattern(
        form="b:{NN}:pace:PREFIX", holds="messages of a country, in ten minutes or a day", erased="no person", ttl=DAY
    ),
    "pulse": Pattern(form="b:{00}:pulse:NAME", holds="that a process lives", erased="no person", ttl=PULSE_TTL),
}  # fmt: skip


def canonical(address: str) -> str:
    """An address without its channel prefix: the digits of a number, else the carrier's id as it was given."""
    bare = address.strip()
    prefix, colon, rest = bare.partition(":")
    bare = rest.strip() if colon and prefix.isascii() and prefix.isalpha() else bare
    return re.sub(r"\D", "", bare) if re.fullmatch(r"\+?[0-9][0-9 ()/.\-]*", bare) else bare


class Names:
    """Texter ids, dedup keys and the names of keys, with the keys of one keyring."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def texter(self, address: str, *aliases: str) -> str:
        ids = [part for one in (address, *aliases) for part in parts(self._joined("id", canonical(one)))]
        return ".".join(dict.fromkeys(ids))

    def dedup(self, channel: str, key: str) -> str:
        return self._joined("seen", f"{channel}\0{key}")

    def optouts(self, texter: str) -> list[str]:
        """The names under which an opt-out of this texter can lie in the shard of its newest id, newest first."""
        marks = parts(self._joined("optout", parts(texter)[0]))
        return [f"b:{{{shard_of(texter)}}}:optout:{mark}" for mark in marks]

    def seen(self, texter: str, dedup: str) -> list[str]:
        return [f"b:{{{shard_of(texter)}}}:seen:{part}" for part in parts(dedup)]

    def _joined(self, purpose: str, text: str) -> str:
        epochs = self._keyring.readable(purpose)
        return ".".join(hmac.digest(e.secret, text.encode(), hashlib.sha256)[:16].hex() for e in epochs)


def parts(joined: str) -> list[str]:
    """The ids in a joined id, newest first."""
    return joined.split(".")


def shard_of(texter: str) -> str:
    """NN: two digits, from the newest id."""
    return f"{int(parts(texter)[0], 16) % SHARDS:02d}"


def shards() -> list[str]:
    return [f"{number:02d}" for number in range(SHARDS)]


def session(texter: str, channel: str) -> str:
    return f"b:{{{shard_of(texter)}}}:session:{parts(texter)[0]}:{channel}"


def sessions(texter: str) -> list[str]:
    return [session(texter, channel) for channel in CHANNELS]


def held(texter: str) -> str:
    return f"b:{{{shard_of(texter)}}}:held:{parts(texter)[0]}"


def hits(texter: str) -> str:
    return f"b:{{{shard_of(texter)}}}:hits:{parts(texter)[0]}"


def personal(part: str) -> list[str]:
    """Every key of one id that only goes: its ticket is found through `held`, and what was said moves to `erase`."""
    return [*sessions(part), hits(part), link(part)]


def said(texter: str) -> str:
    return f"b:{{{shard_of(texter)}}}:said:{parts(texter)[0]}"


def erase(shard: str) -> str:
    return f"b:{{{shard}}}:erase"


def link(texter: str) -> str:
    return f"b:{{{shard_of(texter)}}}:link:{parts(texter)[0]}"


def ticket(shard: str, ident: str) -> str:
    return f"b:{{{shard}}}:ticket:{ident}"


def due(shard: str) -> str:
    return f"b:{{{shard}}}:due"


def counts(shard: str, month: str) -> str:
    return f"b:{{{shard}}}:counts:{month}"


def status(sid: str) -> str:
    """`sid` is hashed already."""
    return f"b:{{{int(parts(sid)[0], 16) % SHARDS:02d}}}:status:{parts(sid)[0]}"


def pace(name: str) -> str:
    """`name`: a country's prefix (with a day), or `all`; each in a shard that its name alone decides."""
    shard = zlib.crc32(name.encode()) % SHARDS
    return f"b:{{{shard:02d}}}:pace:{name}"


def pulse(name: str) -> str:
    return f"b:{{00}}:pulse:{name}"
