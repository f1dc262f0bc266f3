"""Placeholders in texts: `{name.field}`, from declared names only.

Owns: finding them, and how long their fill is counted. Never: filling them for a person (`channels/render`).
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

from bot.dialogue.lookups import FIELDS

PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
ALWAYS: Final = frozenset({"line", "cost", "hours", "who", "session"})  # bound in every session
DATA: Final = Path(__file__).parent / "rules.toml"


@cache
def rules() -> dict[str, dict[str, Any]]:
    """The word lists and lengths of the rules, as admins may change them."""
    return tomllib.loads(DATA.read_text(encoding="utf-8"))


def names_in(text: str) -> frozenset[str]:
    """What stands between braces, as written: {"line.emergency"}."""
    return frozenset(PLACEHOLDER.findall(text))


def roots_in(text: str) -> frozenset[str]:
    """The names without their fields: {"line"}."""
    return frozenset(name.partition(".")[0] for name in names_in(text))


def is_declared(name: str) -> bool:
    """Whether "name.field" is one that a text may use."""
    root, _, field = name.partition(".")
    return field in FIELDS.get(root, ())


def without(text: str) -> str:
    """The text with its placeholders taken out."""
    return PLACEHOLDER.sub("", text)


def filled(text: str) -> str:
    """The text with every placeholder at the length it is counted with, in letters that cost one each."""
    lengths = rules()["lengths"]
    return PLACEHOLDER.sub(lambda found: "x" * int(lengths.get(found[1], 20)), text)
