"""Named lookups: what a flow may `find`, and which facts and fields each one yields.

Owns: the protocol and the table by which `check` proves flows. Never: an answer; `directory` and `checkins` give those.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

import msgspec


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What a lookup may look at. Facts are words (see `session`)."""

    facts: Mapping[str, str]
    shown: tuple[str, ...] = ()  # ids already offered in this talk, oldest first
    channel: str = "sms"
    now: datetime  # aware, UTC


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a lookup yields: words for the rows of `goto`, ids for placeholders, and what now counts as shown."""

    facts: Mapping[str, str] = {}
    bind: Mapping[str, str] = {}  # placeholder name -> id, e.g. {"service": "vatra.shelter"}
    shown: tuple[str, ...] = ()  # ids to add to the session's `shown`


class Lookup(Protocol):
    """One named lookup."""

    def __call__(self, query: Query) -> Found: ...


class Values(Protocol):
    """Fills placeholders: the fields of one thing, as text, in one language, from the newest directory."""

    def __call__(self, name: str, ident: str, language: str, now: datetime) -> Mapping[str, str]: ...


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """The promise of one lookup."""

    yields: Mapping[str, tuple[str, ...]]  # fact -> every word it can be
    fills: tuple[str, ...] = ()  # placeholder names that are bound afterwards


LOOKUPS: Final[Mapping[str, Spec]] = {
    # What kind of answer the needs ask for. urgent: opens with the emergency number and a line; plain: services;
    # information: prevention and courses; none: nothing said yet.
    "need": Spec(yields={"kind": ("urgent", "plain", "information", "none")}),
    # The next service not yet shown: near (same county or within reach), far, none.
    "service": Spec(
        yields={"found": ("near", "far", "none"), "number": ("yes", "no"), "police": ("yes", "no", "unknown")},
        fills=("service",),
    ),
    # The same, but in another county.
    "further": Spec(
        yields={"found": ("near", "far", "none"), "number": ("yes", "no"), "police": ("yes", "no", "unknown")},
        fills=("service",),
    ),
    # A service for the whole country, with a number, for a need that no line of the country helps with.
    "nationwide": Spec(yields={"nationwide": ("yes", "no")}, fills=("service",)),
    # The national line that accepts this person, never one that was never seen to answer.
    "hotline": Spec(yields={"hotline": ("women", "children", "anyone", "none")}, fills=("hotline",)),
    # The line of the country the person is in (facts: country).
    "abroad": Spec(yields={"abroad": ("line", "emergency", "unknown")}, fills=("service", "country")),
    # What works without a voice, for this person.
    "silent": Spec(yields={"silent": ("yes", "no")}, fills=("service",)),
    # An organisation that was named (facts: organization).
    "organization": Spec(
        yields={"organization_kind": ("direct", "prevention"), "number": ("yes", "no")},
        fills=("org",),
    ),
    # May a check-in be offered here: possible, no.
    "checkin": Spec(yields={"checkin": ("possible", "no")}),
    # The service, or the line, that was offered last, and what is known of its cost.
    "current": Spec(
        yields={"current": ("service", "line", "no"), "fee": ("free", "free_mobile", "paid", "unknown")},
        fills=("service", "org"),
    ),
    # Two places share a name (facts: which, which the answer must not touch: a typed number is read against it).
    "which": Spec(yields={"several": ("yes", "no")}, fills=("first", "second")),
    # Does the number that is written from belong to another country (facts: origin)? Alone it decides nothing.
    "origin": Spec(yields={"foreign": ("yes", "no")}, fills=("likely",)),
}

# Placeholder name -> the fields a text may use. `line` is always bound (to the country the person is in).
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "line": ("emergency", "police", "ambulance", "women", "children", "chat", "ask", "others"),
    "cost": ("emergency", "women", "children"),
    "hours": ("women", "children"),
    "who": ("emergency", "women"),
    "service": (
        "name", "town", "km", "phone", "web", "cost", "hours", "who", "languages", "police", "what", "opens",
        "verified_on", "serves", "others",
    ),
    "hotline": ("name", "phone", "cost", "hours", "who"),
    "org": ("name", "what", "town", "phone", "web", "entry", "services"),
    "place": ("name",),
    "first": ("name",),
    "second": ("name",),
    "country": ("name",),
    "likely": ("name",),
    "need": ("label",),
    "session": ("minutes",),
}  # fmt: skip
