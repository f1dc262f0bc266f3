"""Which line a person is given: the national one, the one of the country they are in, the one that needs no voice.

Owns: the rules below. Never: what may be shown (`assurance`), how a line is told (`cards`).

Albania: a child gets the children's line, and so does whoever writes about a child at risk first of all; a woman, or
who says nothing of themselves, the women's line; a man, the women's line only where it is sure enough that it takes
men, as a line for anyone. A line that is not known to answer is nobody's hotline. Abroad: never an Albanian number.
The first line of that country which accepts the person and serves the need.
"""

from __future__ import annotations

from datetime import datetime

from bot.directory.assurance import alone, group_trusted, line_shown
from bot.directory.model import Directory, Line
from bot.directory.pins import HOME
from bot.directory.ranking import Person, accepts

WOMEN = "al-116117"
CHILDREN = "al-116111"


def hotline(directory: Directory, person: Person, now: datetime, assurance: str) -> tuple[str, Line | None]:
    """(women | children | anyone | none, the line)."""
    word = _whose(person)
    line = directory.lines.get(CHILDREN if word == "children" else WOMEN)
    if line is None or not alone(line) or not line_shown(line, now, assurance):
        return "none", None
    groups = tuple(group for group in line.eligible if group_trusted(group, line, now, assurance))
    return (word, line) if accepts(groups, person) != "no" else ("none", None)


def helps(directory: Directory, person: Person) -> bool:
    """Is one of the country's two lines for what the person needs?"""
    lines = [directory.lines[ident] for ident in (WOMEN, CHILDREN) if ident in directory.lines]
    return any(code in line.needs for line in lines for code in person.needs)


def _whose(person: Person) -> str:
    if person.child or person.needs[:1] == ("child_at_risk",):
        return "children"
    if person.sex == "f":
        return "women"
    if person.sex == "m":
        return "anyone"
    return "women"


def abroad(directory: Directory, country: str, person: Person, now: datetime, assurance: str) -> Line | None:
    """The line of a country for a person; None where only the emergency number is left."""
    fits = []
    for order, line in enumerate(_lines(directory, country, ("hotline", "report", "chat"))):
        answer = accepts(line.eligible, person)
        serves = not person.needs or any(code in line.needs for code in person.needs)
        if answer != "no" and serves and alone(line) and line_shown(line, now, assurance):
            fits.append((answer != "yes", order, line))
    return min(fits, key=lambda fit: fit[:2])[2] if fits else None


def origin(directory: Directory, digits: str) -> str:
    """The country that a number's calling code speaks of, "" for Albania, for no number, and for a code not listed."""
    countries = [country for country in directory.countries.values() if country.calling]
    fits = [country for country in countries if digits.startswith(country.calling)]
    longest = max(fits, key=lambda country: len(country.calling), default=None)  # of equals the first of the file
    return longest.code if longest and longest.code != HOME else ""


def silent(directory: Directory, person: Person, now: datetime, assurance: str) -> Line | None:
    """What works without a voice in Albania for this person, none that goes to the police unasked."""
    for line in _lines(directory, HOME, ("chat", "report")):
        serves = not person.needs or any(code in line.needs for code in person.needs)
        fits = serves and line.police != "yes" and accepts(line.eligible, person) != "no"
        if line.website and fits and line_shown(line, now, assurance):
            return line
    return None


def _lines(directory: Directory, country: str, roles: tuple[str, ...]) -> list[Line]:
    return [line for line in directory.lines.values() if line.country == country and line.role in roles]
