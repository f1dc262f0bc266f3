"""Counts for partners: by need and by county, each by itself, so coarse that nobody can be found in them.

Owns: the rules of disclosure and the two forms (table, chart). Never: Redis, a person, need and county together.
Only whole quarters that are over: two reports that overlap in part, or differ by a day, could be subtracted. A cell
under 10 is not shown; where one alone is hidden, the smallest shown one is hidden too; what is shown is rounded to 5;
there is no sum of all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

LEAST: Final = 10
ROUND: Final = 5
WIDTH: Final = 40  # characters of the longest bar
HIDDEN: Final = f"<{LEAST}"
SUPPRESSED: Final = "not shown"
# ISO 3166-2:AL. In the store a county is its number: some have the name of a town.
COUNTIES: Final[Mapping[str, str]] = {
    "01": "Berat", "02": "Durrës", "03": "Elbasan", "04": "Fier", "05": "Gjirokastër", "06": "Korçë", "07": "Kukës",
    "08": "Lezhë", "09": "Dibër", "10": "Shkodër", "11": "Tiranë", "12": "Vlorë",
}  # fmt: skip
_QUARTER: Final = re.compile(r"(20[0-9]{2})-?Q([1-4])")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One row: a need or a county. `shown` is a multiple of 5; None where it is hidden."""

    name: str
    shown: int | None
    why: str = ""


def quarter(text: str, now: datetime) -> tuple[str, tuple[str, str, str]]:
    """("2026Q3", its three months as YYYY-MM) of a name, or of the last one that is over where the name is "".

    Raises ValueError, with the reason, for what is no quarter or is not over.
    """
    today = now.astimezone(UTC)
    year, number = (today.year, (today.month - 1) // 3) if today.month > 3 else (today.year - 1, 4)
    if text:
        found = _QUARTER.fullmatch(text.upper())
        if found is None:
            raise ValueError("Name a quarter as 2026Q3.")
        if (int(found[1]), int(found[2])) > (year, number):
            raise ValueError("This quarter is not over: a report of it could be subtracted from a later one.")
        year, number = int(found[1]), int(found[2])
    first = 3 * number - 2
    return f"{year}Q{number}", (f"{year}-{first:02}", f"{year}-{first + 1:02}", f"{year}-{first + 2:02}")


def cells(sums: Mapping[str, int], names: tuple[str, ...]) -> list[Cell]:
    """What may be shown of these sums, in the order of the names; a name without a sum is hidden like a small one."""
    numbers = {name: sums.get(name, 0) for name in names}
    small = {name for name, number in numbers.items() if number < LEAST}
    also = set()
    if len(small) == 1 and len(numbers) > 1:
        also = {min((name for name in numbers if name not in small), key=lambda name: (numbers[name], name))}
    return [
        Cell(name=name, shown=None, why=HIDDEN if name in small else SUPPRESSED)
        if name in small | also
        else Cell(name=name, shown=_rounded(number))
        for name, number in numbers.items()
    ]


def table(title: str, rows: list[Cell]) -> str:
    """The rows as text, with a bar for each number."""
    width = max((len(row.name) for row in rows), default=0)
    most = max((row.shown or 0 for row in rows), default=0)
    lines = [title]
    for row in rows:
        said = row.why if row.shown is None else str(row.shown)
        bar = "█" * round(WIDTH * (row.shown or 0) / most) if most else ""
        lines.append(f"  {row.name:<{width}}  {said:>9}  {bar}".rstrip())
    return "\n".join(lines)


def _rounded(number: int) -> int:
    return ROUND * ((number + ROUND // 2) // ROUND)
