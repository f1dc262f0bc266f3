"""How sure we are of a fact, and what may therefore be shown. The one home of these rules.

Owns: the rules below. Never: the clock (`now` is an argument), the wording.

1. A number of role emergency, police or ambulance, and a national line, that two independent sources give (C2) may be
   shown.
2. Anything else may be shown for 180 days after a person dialled it and said so (`assured_date`, `assured_by`).
3. What is not assured, or no longer, is shown only with assurance "listed", and whoever shows it sets a national line
   beside it. With "strict" the organisation is named without its number.
4. What is known to be wrong (`withdrawn`) or has no number is never shown.
5. A line that is reported not to answer is never the line to call, and never given alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.directory.model import Directory, Fact, Group, Line, Offer, Phone

ASSURED_FOR: Final = timedelta(days=180)
TWO_SOURCES: Final = "C2"
LISTED: Final = "listed"
STRICT: Final = "strict"


def assured(fact: Fact, now: datetime) -> bool:
    """Did a named person confirm it within the last 180 days?"""
    if fact.assured_date is None or not fact.assured_by:
        return False
    return timedelta(0) <= now.date() - fact.assured_date <= ASSURED_FOR


def line_shown(line: Line, now: datetime, assurance: str) -> bool:
    """May this line's number (or page) be given?"""
    if line.answers == "unknown" or not (line.number or line.website):
        return False
    return line.confidence == TWO_SOURCES or assured(line, now) or assurance == LISTED


def alone(line: Line) -> bool:
    """May this line be the only one given?"""
    return line.answers == "yes"


def group_trusted(group: Group, line: Line, now: datetime, assurance: str) -> bool:
    """Is it sure enough that the line accepts this group?"""
    return group.confidence == TWO_SOURCES or assured(line, now) or assurance == LISTED


def phone_of(offer: Offer, now: datetime, assurance: str) -> Phone | None:
    """The number to give for a service: an assured one first, then, if listed ones may be shown, the best known."""
    ids = offer.service.phones
    phones = [p for p in offer.organization.phones if not p.withdrawn and (not ids or p.id in ids)]
    return first_shown(phones, now, assurance)


def first_shown(phones: list[Phone], now: datetime, assurance: str) -> Phone | None:
    """The first assured number, else the one with the most sources, else none."""
    for phone in phones:
        if assured(phone, now):
            return phone
    if assurance != LISTED or not phones:
        return None
    return min(phones, key=lambda phone: ("C2", "C1", "S").index(phone.confidence))


def emergency(directory: Directory, country: str) -> str:
    """The emergency number of a country; 112 where the country is not known (reachable from any mobile in Europe)."""
    known = directory.countries.get(country or "AL") or directory.countries["AL"]
    return known.emergency
