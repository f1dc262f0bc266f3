"""The catalogue of faults, the threat model, the privacy notice and the runbook: all that they name exists."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

from bot import cli
from bot.storage import epochs, keys

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = {
    name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("threat-model", "privacy", "runbook")
}
CATALOGUE = (ROOT / "tests" / "faults" / "CATALOGUE.md").read_text(encoding="utf-8")
EVERYTHING = {**DOCUMENTS, "catalogue": CATALOGUE}
# How many there are of each kind.
IDS = {
    "SIG": 14, "SEQ": 10, "TXT": 26, "MED": 8, "LOC": 9, "SND": 11, "HTTP": 13, "RED": 15, "JOB": 14, "TWI": 16,
    "TIM": 8, "CFG": 20, "OPS": 6, "PRV": 11,
}  # fmt: skip
NAMED = sorted(
    {(name, *found) for name, text in EVERYTHING.items() for found in re.findall(r"`(test_\w+)::(\w+)`", text)}
)
PATHS = sorted(
    {found for text in EVERYTHING.values() for found in re.findall(r"`((?:bot|data|docs|tests)/[^`: ]+)`", text)}
)


@lru_cache
def functions(file: str) -> frozenset[str]:
    found = next((ROOT / "tests").rglob(f"{file}.py"))
    tree = ast.parse(found.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("document", "file", "name"), NAMED, ids=lambda one: one)
def test_every_test_that_is_named_exists(document: str, file: str, name: str) -> None:
    assert name in functions(file), document


@pytest.mark.parametrize("path", PATHS)
def test_every_path_that_is_named_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_id_of_the_catalogue_stands_in_it_once_with_a_test_or_a_reason() -> None:
    rows = re.findall(r"(?m)^\| ([A-Z]+-\d\d) \| (.+) \|$", CATALOGUE)
    assert [ident for ident, _ in rows] == [f"{kind}-{n:02}" for kind, most in IDS.items() for n in range(1, most + 1)]
    for ident, held in rows:
        assert "`test_" in held or held.startswith("none here: "), ident


def test_every_threat_has_a_control_and_a_test_or_says_whose_it_is() -> None:
    rows = re.findall(r"(?m)^\| \*\*T(\d+)\*\* (.+?) \| (.+?) \| (.+?) \|$", DOCUMENTS["threat-model"])
    assert [int(number) for number, *_ in rows] == list(range(1, 26))
    for number, _, control, held in rows:
        assert len(control) > 20, number
        assert "`test_" in held or "check `" in held, number


def test_the_table_of_what_is_kept_is_the_code_s_own() -> None:
    """Name, what it holds, how long at the most, what forget does: as `storage/keys` says."""
    rows = re.findall(r"(?m)^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", DOCUMENTS["privacy"])
    assert {name: (holds, lives, erased) for name, holds, lives, erased in rows} == {
        name: (one.holds, lives(one.ttl), "erased" if one.erased == keys.FORGET else f"stays: {one.erased}")
        for name, one in keys.PATTERNS.items()
    }


def lives(seconds: int) -> str:
    if seconds == 0:
        return "has no end"
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0:
            number = seconds // size
            return f"{number} {word}{'s' if number > 1 else ''}"
    raise AssertionError(seconds)


def test_how_long_a_key_is_needed_is_the_code_s_own() -> None:
    rows = dict(re.findall(r"(?m)^\| key `(\w+)` \| (.+?) \|", DOCUMENTS["privacy"]))
    assert rows == {name: lives(seconds) for name, seconds in epochs.LIVES.items()}


def test_every_alarm_is_in_the_runbook() -> None:
    alarms = re.findall(r"alert: (\w+)", (ROOT / "docs" / "alarms.yml").read_text(encoding="utf-8"))
    assert alarms
    for alarm in alarms:
        assert f"### {alarm}\n" in DOCUMENTS["runbook"], alarm


def test_every_command_that_is_named_exists() -> None:
    for name, text in EVERYTHING.items():
        for command in re.findall(r"python -m bot (\w+)", text):
            assert command in cli.names(), f"{name}: {command}"


def test_what_is_still_to_be_filled_in_is_marked_and_counted() -> None:
    """The controller, the legal basis and the like are the operator's: each is marked, none is made up."""
    blanks = re.findall(r"\[to fill in: [^\]]+\]", DOCUMENTS["privacy"])
    assert len(blanks) >= 6
    assert "[to fill in" not in DOCUMENTS["threat-model"] + DOCUMENTS["runbook"]
