"""`python -m bot check`: all problems of flows, phrases, lexicon and directory; dues counted.

With `--chats` it plays conversations instead. Owns: the command, and what is printed. Never: a rule
(`authoring/check`, `directory/load`, `authoring/lexicon`), the playing (`coverage`).
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from bot import build, coverage
from bot.authoring import lexicon, phrasebook
from bot.authoring.check import Problem, check_folders, unreviewed
from bot.directory.load import load as load_directory
from bot.directory.model import Directory
from bot.directory.rules import dues as directory_dues
from bot.directory.rules import problems as directory_problems
from bot.errors import AdminError
from bot.settings import DATA, FLOWS, LOCALES
from bot.understanding.folding import fold

# Those of the checkout; the wheel carries none.
CHATS = Path("tests/transcripts")
HELP = "name all problems of flows, phrases and directory, and count what is due"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what this command takes."""
    parser.add_argument("--flows", type=Path, default=FLOWS, help="the folder of the flows")
    parser.add_argument("--locales", type=Path, default=LOCALES, help="the folder of the languages")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the directory")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument(
        "--chats", type=Path, nargs="?", const=CHATS, metavar="DIR", help="play the conversations of a folder instead"
    )


def run(args: argparse.Namespace) -> int:
    """Prints every problem, then what is due; 0 where there is no problem."""
    if args.chats:
        return _chats(args.chats, args.json)
    found: list[Problem] = []
    directory = _loaded(load_directory, args.data, "D01", found)
    words = _loaded(lexicon.load, args.locales, "W00", found)
    found += _facts(directory)
    found += check_folders(args.flows, args.locales, fold, build.vocabulary(words, directory), _texts(directory))
    _print(found, _dues(args.locales, directory), args.json)
    return 1 if found else 0


def _chats(folder: Path, as_json: bool) -> int:
    """Plays conversations: what reads otherwise now, and what none of them visits; 1 where one reads otherwise."""
    found = coverage.report(coverage.read(folder))
    if as_json:
        print(json.dumps(coverage.plain(found), ensure_ascii=False, indent=1))
    else:
        print("\n".join(coverage.text(found, coverage.house(()).script)))
    return 1 if found.differs else 0


def _loaded(load: Any, folder: Path, code: str, found: list[Problem]) -> Any:
    """What a room reads; its own words for what is wrong, one problem a line."""
    try:
        return load(folder)
    except AdminError as error:
        for line in str(error).splitlines():
            found.append(Problem(code=code, file=str(folder), what=line, remedy=""))
        return None


def _facts(directory: Directory | None) -> list[Problem]:
    """What the directory's rows say wrongly."""
    return [
        Problem(code="D02", file=f"data/{row.file}", step=row.place, what=f"{row.wrong}.", remedy=row.remedy)
        for row in (directory_problems(directory) if directory else ())
    ]


def _texts(directory: Directory | None) -> list[tuple[str, str]]:
    return list(directory.texts()) if directory else []


def _dues(locales: Path, directory: Directory | None) -> dict[str, int]:
    """What waits for a human, counted; it never blocks."""
    book, _ = phrasebook.read(locales)
    dues = {
        f"texts in {language} to review by a native caseworker": left
        for language, (left, _) in unreviewed(book).items()
    }
    if directory:
        calls = directory_dues(directory, datetime.now(UTC))
        dues["numbers to dial"] = sum(bool(due.number) for due in calls)
        dues["organisations whose number must be found"] = sum(not due.number for due in calls)
    return dues


def _print(problems: list[Problem], dues: dict[str, int], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"problems": msgspec.to_builtins(problems), "dues": dues}, ensure_ascii=False, indent=1))
        return
    for problem in problems:
        print(problem.text())
    print(f"{len(problems)} problem{'' if len(problems) == 1 else 's'}.")
    for name, count in dues.items():
        print(f"Due: {count} {name}.")
