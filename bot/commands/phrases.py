"""`python -m bot phrases`: brings every language's catalogues in step with the flows and the directory.

Owns: the command. Never: what an entry becomes (`authoring/extract`).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from bot.authoring import extract, flowbook, phrasebook
from bot.authoring.phrasebook import DIRECTORY, MESSAGES, Catalogue
from bot.directory.load import load as load_directory
from bot.settings import DATA, FLOWS, LOCALES

HELP = "extract and update the catalogues"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what this command takes."""
    parser.add_argument("--flows", type=Path, default=FLOWS, help="the folder of the flows")
    parser.add_argument("--locales", type=Path, default=LOCALES, help="the folder of the languages")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the directory")


def run(args: argparse.Namespace) -> int:
    """Writes every catalogue; 0 where all could be read."""
    book = phrasebook.load(args.locales)
    wanted = {
        MESSAGES: extract.wanted(flowbook.load(args.flows)),
        DIRECTORY: extract.wanted_texts(load_directory(args.data).texts()),
    }
    for language in book.languages:
        for domain, entries in wanted.items():
            _update(args.locales, language, book.catalogue(language, domain), entries)
    return 0


def _update(locales: Path, language: str, catalogue: Catalogue, entries: Iterable[phrasebook.Entry]) -> None:
    done = extract.update(catalogue, entries)
    file = locales / catalogue.path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(phrasebook.render(done.catalogue, language), encoding="utf-8")
    left = sum(not entry.text or entry.fuzzy for entry in done.catalogue.entries)
    print(
        f"{catalogue.path}: {len(done.catalogue.entries)} entries, {done.added} new, {done.changed} with changed "
        f"English, {done.gone} no longer asked for; {left} to translate."
    )
