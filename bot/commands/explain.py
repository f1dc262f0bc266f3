"""`python -m bot explain TEXT`: what was read of a text, and by which line of the lexicon.

Owns: the plain sentences, and how the commands of this room come by a reader. Never: keeping the text.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from bot.authoring import lexicon
from bot.dialogue.reading import PlaceReading, Reading
from bot.directory.load import MENDED
from bot.directory.places import Places
from bot.understanding.lexicon import Lexicon
from bot.understanding.places import PlaceName, PlaceNames
from bot.understanding.reader import Reader

HELP = "what is understood of a text, and by which line of the lexicon"
LOCALES = Path(__file__).parents[1] / "locales"
DATA = Path(__file__).parents[2] / "data"


class Shelf(msgspec.Struct, frozen=True):
    """A reader and what it takes to say its places aloud."""

    reader: Reader
    names: dict[str, str]  # id of a place -> its municipality, the grain in which places are told
    data: Path

    def place(self, place: PlaceReading) -> str | None:
        """ "Elbasan", "abroad:IT" or None."""
        if place.kind == "abroad":
            return f"abroad:{place.country}"
        return self.names[place.ids[0]] if place.kind in ("one", "which") and place.ids else None


def shelf(data: Path | None = None, words: Lexicon | None = None) -> Shelf:
    """Reader and names, from the lexicon (or the word lists given) and the directory's places."""
    folder = data or DATA
    text, mended = ((folder / name).read_text(encoding="utf-8") for name in ("places.csv", MENDED))
    names = [PlaceName(*name) for name in Places(text, mended).names()]
    reader = Reader(words or lexicon.load(LOCALES), PlaceNames.build(names), {})
    return Shelf(reader, {name.id: name.forms[0] for name in names}, folder)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The text."""
    parser.add_argument("text", nargs="+")
    parser.add_argument("--data", type=Path, default=None, help="the directory with places.csv")


def run(args: argparse.Namespace) -> int:
    """Prints the reading."""
    books = shelf(args.data)
    for line in sentences(books.reader.read(" ".join(args.text)), books):
        print(line)
    return 0


def sentences(reading: Reading, books: Shelf) -> list[str]:
    """A reading in plain words."""
    lines = [f"Read as: {reading.intent}; danger: {reading.danger}; needs: {', '.join(reading.needs) or 'none'}."]
    lines.append(f"Language: {reading.language or 'no evidence'}; place: {books.place(reading.place) or 'none'}.")
    if reading.command:
        lines.append(f"A command: {reading.command}.")
    if reading.cannot_call or reading.constraints:
        lines.append(f"Cannot call: {reading.cannot_call}; wishes: {', '.join(reading.constraints) or 'none'}.")
    lines.append(f"Person: {reading.audience.age}, {reading.audience.sex}; for somebody else: {reading.other}.")
    return [*lines, *(f"  by {rule}" for rule in reading.rules)]
