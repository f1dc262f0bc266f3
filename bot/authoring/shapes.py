"""The shapes of the flow language: which keys a table may have, and of which type each value is.

Owns: the tables of keys, and the check of one table against them. Never: what a value means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.authoring.problem import Problem, did_you_mean

NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
TARGET: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")
ASKS: Final = ("place", "need")
ALSO: Final = ("skip", "numbers", "back", "close")


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _words(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(word, str) for word in value))


def _level(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 3


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _facts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(word, str) for word in value.values())


def _tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(table, dict) for table in value)


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _goto(value: Any) -> bool:
    return isinstance(value, str) or (_tables(value) and all(_facts(row) for row in value))


Shape = tuple[Callable[[Any], bool], str]

TEXT: Final[Shape] = (_text, 'a text in quotes, as in "Hello."')
WORDS: Final[Shape] = (_words, 'words with commas between, as in "work, job"')
LEVEL: Final[Shape] = (_level, "a whole number from 0 to 3")
FLAG: Final[Shape] = (_flag, "true or false, without quotes")
FACTS: Final[Shape] = (_facts, 'a table of words, as in { need = "shelter" }')
NAMES: Final[Shape] = (_names, 'a list of names, as in ["skip", "numbers"]')
TABLES: Final[Shape] = (_tables, "one [[step.choice]] table a choice")
GOTO: Final[Shape] = (_goto, 'a step, as in "town", or rows, as in [{ found = "near", to = "card" }, { to = "none" }]')

STEP: Final[Mapping[str, Shape]] = {
    "say": TEXT, "tells": LEVEL, "note": TEXT, "ask": TEXT, "keep": FLAG, "choice": TABLES, "also": NAMES,
    "find": TEXT, "set": FACTS, "effect": TEXT, "goto": GOTO, "retry": TEXT, "end": FLAG, "child": FLAG,
}  # fmt: skip
CHOICE: Final[Mapping[str, Shape]] = {
    "id": TEXT, "label": TEXT, "words": WORDS, "tells": LEVEL, "set": FACTS, "goto": TEXT, "note": TEXT,
}  # fmt: skip
PHRASE: Final[Mapping[str, Shape]] = {"say": TEXT, "tells": LEVEL, "note": TEXT}


def misfits(table: Mapping[str, Any], shapes: Mapping[str, Shape], *, file: str, step: str, line: int) -> list[Problem]:
    """Every key that is unknown and every value of a wrong type."""
    found = []
    for key, value in table.items():
        if key not in shapes:
            what, remedy, code = f'There is no key "{key}".', did_you_mean(key, shapes), "F02"
        elif not shapes[key][0](value):
            what, remedy, code = f'"{key}" has a value it cannot have.', f"Write {shapes[key][1]}.", "F03"
        else:
            continue
        found.append(Problem(code=code, file=file, step=step, line=line, what=what, remedy=remedy))
    return found


def fitting(table: Mapping[str, Any], shapes: Mapping[str, Shape]) -> dict[str, Any]:
    """The table without what misfits, so that one mistake does not hide the next."""
    return {key: value for key, value in table.items() if key in shapes and shapes[key][0](value)}
