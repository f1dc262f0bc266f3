"""`python -m bot understand`: JSON lines in, what was read of each out.

Owns: the form of the lines. Never: reading itself.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from bot.commands.explain import Shelf, shelf
from bot.dialogue.reading import Reading

HELP = "JSON lines {id, text} in, what was understood of each out"
DEFAULT_LANGUAGE = "sq"


def arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments: it reads standard input."""
    parser.add_argument("--data", type=Path, default=None, help="the directory with places.csv and needs.toml")


def run(args: argparse.Namespace) -> int:
    """Reads every line of standard input; exit 2 at the first that is no JSON object with a text."""
    books = shelf(args.data)
    urgent = urgent_needs(books.data)
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            asked = msgspec.json.decode(line)
            text = asked["text"]
        except (msgspec.DecodeError, KeyError, TypeError):
            print(f'Line {number} is no JSON object with a "text".', file=sys.stderr)
            return 2
        print(
            msgspec.json.encode({"id": asked.get("id"), **told(books, books.reader.read(str(text)), urgent)}).decode()
        )
    return 0


def urgent_needs(data: Path) -> frozenset[str]:
    """The needs whose reply opens with the emergency number and a line."""
    needs = tomllib.loads((data / "needs.toml").read_text(encoding="utf-8"))
    rows = needs.get("need", needs)
    return frozenset(code for code, row in rows.items() if isinstance(row, dict) and row.get("kind") == "urgent")


def told(books: Shelf, reading: Reading, urgent: frozenset[str]) -> dict[str, Any]:
    """A reading as the fields that the outside relies on."""
    alarm = reading.danger == "now"
    return {
        "lang": reading.language or DEFAULT_LANGUAGE,
        "intent": reading.intent,
        "needs": list(reading.needs),
        "danger": alarm,
        "ask_safety": reading.danger == "ask" or (not alarm and not urgent.isdisjoint(reading.needs)),
        "place": books.place(reading.place),
        "audience": {"age": reading.audience.age, "sex": reading.audience.sex},
        "command": reading.command or None,
    }
