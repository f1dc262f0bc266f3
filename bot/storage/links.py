"""Which addresses are one person's: as far as a carrier named them together.

Owns: reading and tying links between texter ids. Never: an address; guessing that two people are one. A link ends after
some weeks and is tied again by the next message that names both.
"""

from __future__ import annotations

from bot.storage import keys
from bot.storage.connect import Connection


def tie(connection: Connection, texters: list[str]) -> None:
    """Links ids with each other: whatever is forgotten or stopped under one of them is so under all."""
    for one in texters:
        others = ".".join(other for other in texters if other != one)
        connection.do(lambda client, one=one, others=others: client.set(keys.link(one), others, ex=keys.LINK_TTL))  # type: ignore[misc]


def everyone(connection: Connection, texter: str) -> list[str]:
    """All ids of a person: those of a joined id, and those linked to any of them."""
    found = keys.parts(texter)
    for part in tuple(found):
        found += ids(connection.do(lambda client, part=part: client.get(keys.link(part))))  # type: ignore[misc]
    return list(dict.fromkeys(found))


def ids(value: bytes | str | None) -> list[str]:
    """What a link holds; nothing where it is garbage."""
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value or ""
    return [one for one in text.split(".") if len(one) == keys.ID and set(one) <= keys.HEX]
