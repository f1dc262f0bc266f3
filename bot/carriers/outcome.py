"""What came of sending one message, whatever carrier took it.

Owns: the outcomes and the kinds of failure. Never: a provider's codes (its own `errors`).
"""

from __future__ import annotations

from typing import Final

import msgspec

KINDS: Final = (
    "opted_out",  # the person or the carrier wants nothing more from us: never again without a new yes
    "outside_window",  # only a prepared template would have been taken
    "invalid_address",  # nothing can ever arrive there
    "throttled",  # not taken, because there was too much: the same again later is safe
    "transient",  # surely not taken or not delivered now: once more is safe
    "unknown_outcome",  # it may have gone: never again, or somebody gets it twice
    "content",  # the prepared content is missing, paused or does not fit: the same as plain text
    "policy",  # the carrier or the network refused this text or this sender
    "expired",  # it waited longer than it was allowed to: what it asked is stale
    "config",  # an operator must mend something
)


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """The carrier took it. `id` is the carrier's own."""

    id: str


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The carrier did not take it, and will not deliver it. `code` is the carrier's own number, 0 if it gave none."""

    kind: str
    code: int = 0


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """It may or may not go out: there was no answer, or none that says."""

    code: int = 0


Outcome = Sent | Refused | Unknown
