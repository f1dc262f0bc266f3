"""`python -m bot report [QUARTER]`: counts for partners, by need and by county.

Owns: the command. Never: a rule of disclosure (`report`), or a number that is not for partners.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from datetime import UTC, datetime

from bot import report, settings
from bot.directory import load
from bot.errors import OperatorError
from bot.settings import DATA
from bot.storage import counts
from bot.storage.connect import Connection

HELP = "counts for partners by need and by county, of a quarter that is over"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("quarter", nargs="?", default="", help="as 2026Q3 (default: the last one that is over)")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    """Prints both tables. 2 for what is no quarter, or is not over."""
    try:
        name, months = report.quarter(args.quarter, datetime.now(UTC))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    found = settings.read()
    if not found.redis_url:
        raise OperatorError("REDIS_URL is needed: the same as for `serve`.")
    connection, sums = Connection(found.redis_url), Counter[str]()
    for month in months:
        sums += counts.read(connection, month)
    tables = {title: report.cells(_under(sums, kind), names) for title, kind, names in _tables()}
    if args.json:
        rows = {title: {cell.name: cell.shown for cell in cells} for title, cells in tables.items()}
        print(json.dumps({"quarter": name, **rows}, ensure_ascii=False))
        return 0
    print(f"Services offered in {name}. Rounded to {report.ROUND}; nothing under {report.LEAST} is shown.")
    for title, cells in tables.items():
        print(f"\n{report.table(title, cells)}")
    return 0


def _tables() -> list[tuple[str, str, tuple[str, ...]]]:
    """(title, kind of count, every name there can be): the list is always whole, so that nothing shows by standing."""
    directory = load.load(DATA)
    needs = tuple(code for code, need in directory.needs.items() if need.service)
    return [("needs", "offered", needs), ("counties", "county", tuple(report.COUNTIES.values()))]


def _under(sums: Counter[str], kind: str) -> dict[str, int]:
    found = {name.partition(":")[2]: number for name, number in sums.items() if name.startswith(f"{kind}:")}
    return {report.COUNTIES.get(name, name): number for name, number in found.items()}
