"""The table of safeguarding rules: all thirty stand in it, and all that it names exists."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

from bot.authoring.check import RULES

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "safeguarding.md").read_text(encoding="utf-8")
ROWS = re.findall(r"(?m)^\| \*\*S(\d+)\*\* (.+?) \| (.+) \|$", TEXT)
TESTS = sorted(set(re.findall(r"`(test_\w+)::(\w+)`", TEXT)))
PATHS = sorted(set(re.findall(r"`((?:bot|data|docs|tests)/[^`:]+)`", TEXT)))
CODES = sorted(set(re.findall(r"`([A-Z]\d\d)`", TEXT)))


@lru_cache
def functions(file: str) -> frozenset[str]:
    found = next((ROOT / "tests").rglob(f"{file}.py"))
    tree = ast.parse(found.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_all_thirty_rules_stand_in_the_table_in_their_order() -> None:
    assert [int(number) for number, _, _ in ROWS] == list(range(1, 31))


def test_each_rule_names_what_holds_it() -> None:
    for number, _, held in ROWS:
        assert re.search(r"`(test_\w+::|bot/)|check `", held), f"S{number} names nothing"


@pytest.mark.parametrize(("file", "name"), TESTS, ids=lambda one: one)
def test_every_test_that_is_named_exists(file: str, name: str) -> None:
    assert name in functions(file)


@pytest.mark.parametrize("path", PATHS)
def test_every_path_that_is_named_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_rule_of_the_check_that_is_named_exists() -> None:
    assert len(CODES) > 10
    assert set(CODES) <= set(RULES)
