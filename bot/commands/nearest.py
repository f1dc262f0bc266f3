"""`python -m bot nearest`: who is offered for a need, a place and a person, in order, and why.

Owns: the command's arguments and what it prints. Never: a rule of the ranking or of what may be shown.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bot.authoring import phrasebook
from bot.directory import hours, lines
from bot.directory.answers import Answers
from bot.directory.assurance import LISTED, STRICT, assured
from bot.directory.load import load
from bot.directory.places import Places
from bot.directory.ranking import Choice, Person, Refusal, offers
from bot.settings import DATA, LOCALES
from bot.understanding.folding import fold

HELP = "the services for a need and a place, in order, with the reasons"
GOOD: Final = 0
NOTHING: Final = 1
MISUSE: Final = 2


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the person says of themselves, and how to print."""
    parser.add_argument(
        "--need", required=True, help="a code of data/needs.toml; several with commas, most pressing first"
    )
    parser.add_argument(
        "--place", default="", help="a place, by name or id; without it, services for all Albania first"
    )
    parser.add_argument("--age", type=int, default=-1, help="years")
    parser.add_argument("--sex", choices=("f", "m"), default="")
    parser.add_argument("--children", action="store_true", help="children are with the person")
    parser.add_argument(
        "--at", type=datetime.fromisoformat, help="the moment, ISO 8601; without an offset, Albanian time"
    )
    parser.add_argument("--limit", type=int, default=3)
    parser.add_argument("--language", choices=("sq", "en"), default="en")
    parser.add_argument("--assurance", choices=(LISTED, STRICT), default=LISTED)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the directory")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    """0 with services, 1 where no service fits (the line is still printed), 2 for a need or a place that is none."""
    directory = load(args.data)
    needs = tuple(code for code in args.need.split(",") if code)
    unknown = [code for code in needs if code not in directory.needs]
    if unknown or not needs:
        print(f"No such need: {', '.join(unknown)}. Needs: {', '.join(directory.needs)}.", file=sys.stderr)
        return MISUSE
    place, others = find_place(directory.places, args.place) if args.place else (-1, [])
    if args.place and place < 0:
        several = f" It could be: {', '.join(others)}." if others else ""
        print(f"No one place is called {args.place!r}.{several}", file=sys.stderr)
        return MISUSE
    moment = args.at or datetime.now(UTC)
    now = moment if moment.tzinfo else moment.replace(tzinfo=hours.ZONE)
    person = Person(
        needs=tuple(code for code in needs if directory.needs[code].service),
        place=place,
        years=args.age,
        sex=args.sex,
        children=args.children,
    )
    book = phrasebook.load(LOCALES)
    answers = Answers(directory, {language: book.texts(language) for language in book.languages}, args.assurance)
    report = _report(answers, person, now, args)
    print(json.dumps(report, ensure_ascii=False, indent=1) if args.json else "\n".join(_sentences(report)))
    return GOOD if report["services"] else NOTHING


def find_place(places: Places, name: str) -> tuple[int, list[str]]:
    """(row, []) of an id or a name in any spelling; (-1, the places it could be) where it is none or several.

    A municipality or a town is meant before a village of the same name.
    """
    if places.row(name) >= 0:
        return places.row(name), []
    wanted = fold(name)
    found = [places.row(row[0]) for row in places.names() if wanted in {fold(form) for form in row[1]}]
    for kind in ("municipality", "town"):
        big = [row for row in found if places.kinds[row] == kind]
        own = [row for row in big if fold(places.names_sq[row]) == wanted] or big
        if own:
            return own[0], []
    if len(found) == 1:
        return found[0], []
    return -1, [f"{places.names_sq[row]} in {places.counties[row]} ({places.ids[row]})" for row in found]


def _report(answers: Answers, person: Person, now: datetime, args: argparse.Namespace) -> dict[str, Any]:
    directory = answers.directory
    choices, refusals = offers(directory, person, now)
    first: dict[str, Choice] = {}
    for choice in choices:
        first.setdefault(choice.offer.organization.id, choice)
    ordered = list(first.values())
    word, line = lines.hotline(directory, person, now, args.assurance)
    shown = answers.values("hotline", line.id, args.language, now) if line else {}
    return {
        "needs": list(person.needs),
        "place": directory.places.ids[person.place] if person.place >= 0 else None,
        "at": now.isoformat(),
        "services": [_service(answers, choice, person, now, args.language) for choice in ordered[: args.limit]],
        "further": [_next(choice, ordered[0]) for choice in ordered[args.limit :]],
        "not_offered": [_refused(refusal) for refusal in refusals if refusal.offer.organization.id not in first],
        "line": {"for": word, "name": shown.get("name", ""), "phone": shown.get("phone", "")} if line else None,
        "emergency": answers.emergency,
    }


def _service(answers: Answers, choice: Choice, person: Person, now: datetime, language: str) -> dict[str, Any]:
    offer, places = choice.offer, answers.directory.places
    ident = f"{offer.key}@{places.ids[person.place]}" if person.place >= 0 else offer.key
    shown = answers.values("service", ident, language, now)
    ids = offer.service.phones
    phones = [phone for phone in offer.organization.phones if not ids or phone.id in ids]
    return {
        "organization": offer.organization.name,
        "organization_id": offer.organization.id,
        "service": offer.service.name,
        "service_id": offer.key,
        "what": shown["what"],
        "serves": shown["serves"],
        "town": shown["town"],
        "km": round(choice.km, 1) if choice.km >= 0 else None,
        "near": choice.near,
        "phones": [shown["phone"]] if shown["phone"] else [],
        "assured": any(assured(phone, now) for phone in phones),
        "website": offer.organization.website,
        "entry": offer.service.entry or offer.organization.entry,
        "police": offer.service.police,
        "cost": shown["cost"],
        "hours": shown["hours"],
        "open": hours.is_open(offer.service.schedules, now),
        "why": [f"{reason}: {km:+.0f}" for reason, km in choice.why],
        "weight": round(choice.cost, 1),
        "page": offer.service.page or None,
    }


def _next(choice: Choice, best: Choice) -> dict[str, Any]:
    """Why one that fits came no earlier."""
    more = [f"{reason}: {km:+.0f}" for reason, km in choice.why if km]
    return {
        "service_id": choice.offer.key,
        "weight": round(choice.cost, 1),
        "why_later": f"weighs {choice.cost - best.cost:.0f} more than the first ({', '.join(more) or 'nothing'})",
    }


def _refused(refusal: Refusal) -> dict[str, str]:
    return {"service_id": refusal.offer.key, "why_not": refusal.reason}


def _sentences(report: dict[str, Any]) -> list[str]:
    said = []
    for number, row in enumerate(report["services"], 1):
        far = f", {row['km']:.0f} km" if row["km"] is not None else ""
        phone = row["phones"][0] if row["phones"] else "no number to give"
        said.append(f"{number}. {row['organization']}, {row['town']}{far}: {row['what']}. {phone}.")
        state = {True: "open now", False: "closed now", None: "hours not known"}[row["open"]]
        said.append(
            f"   {row['service']}, for {row['serves']}; {state}; police: {row['police']}. Weight {row['weight']}:"
        )
        said.append(f"   {'; '.join(row['why'])}.")
    if not report["services"]:
        said.append("No service of the directory accepts this person for this need here.")
    said += [f"Then {row['service_id']}: {row['why_later']}." for row in report["further"]]
    said += [f"Not {row['service_id']}: {row['why_not']}." for row in report["not_offered"]]
    line = report["line"]
    said.append(f"Beside it: {line['name']}, {line['phone']}." if line else f"Beside it: {report['emergency']}.")
    return said
