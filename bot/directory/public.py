"""What of the directory anybody may read: organisations, their services and lines, with the numbers that may be shown.

Owns: which facts are public, and their form. Never: HTTP, a page, the clock; notes for admins and sources stay inside.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.directory.answers import Answers
from bot.directory.assurance import alone, assured, line_shown
from bot.directory.model import Line, Offer, Organization

Row = dict[str, Any]


def feed(answers: Answers, language: str, now: datetime) -> Row:
    """Everything public, in one language, ready for JSON."""
    directory = answers.directory
    lines = [line for line in directory.lines.values() if line_shown(line, now, answers.assurance)]
    return {
        "digest": directory.digest,
        "language": language,
        "organizations": [_organization(answers, org, language, now) for org in directory.organizations.values()],
        "lines": [_line(answers, line, language, now) for line in lines],
        "emergency": {code: country.emergency for code, country in directory.countries.items()},
    }


def _organization(answers: Answers, org: Organization, language: str, now: datetime) -> Row:
    shown = answers.values("org", org.id, language, now)
    offers = [answers.directory.offers[f"{org.id}.{service.id}"] for service in org.services if service.offered]
    return {
        "id": org.id,
        "name": shown["name"],
        "full_name": org.name,
        "kind": org.kind,
        "what": shown["what"],
        "town": shown["town"],
        "phone": shown["phone"],
        "assured": any(assured(phone, now) for phone in org.phones),
        "website": org.website,
        "services": [_service(answers, offer, language, now) for offer in offers],
    }


def _service(answers: Answers, offer: Offer, language: str, now: datetime) -> Row:
    shown, places = answers.values("service", offer.key, language, now), answers.directory.places
    towns = [] if offer.everywhere else [places.name(row, language) for row in offer.places]
    return {
        "id": offer.key,
        "what": shown["what"],
        "serves": shown["serves"],
        "needs": list(offer.service.needs),
        "also": list(offer.service.also),
        "towns": towns,
        "cost": offer.service.cost,
        "hours": shown["hours"],
        "police": offer.service.police,
        "in_danger": offer.service.urgent,
    }


def _line(answers: Answers, line: Line, language: str, now: datetime) -> Row:
    shown = answers.values("hotline", line.id, language, now)
    return {
        "id": line.id,
        "country": line.country,
        "country_name": answers.values("country", line.country, language, now)["name"],
        "name": shown["name"],
        "what": shown["what"],
        "phone": line.number,
        "website": line.website,
        "serves": shown["serves"],
        "cost": line.cost,
        "hours": shown["hours"],
        "languages": list(line.languages),
        "police": line.police,
        "answers": alone(line),
        "assured": assured(line, now),
    }
