"""The documents hold: every path, command, setting and address in them exists, and every one that exists is in them."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from processes import ROOT
from test_imports import FLOORS, TOP

from bot import build, cli, settings
from bot.app import create_app
from bot.storage.memory import Memory

DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
HOUSE = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
EVERYTHING = "\n".join(file.read_text(encoding="utf-8") for file in DOCS)


def tree() -> dict[str, str]:
    """Path -> floor ("" where none is given), from the tree of docs/house.md."""
    block = HOUSE.split("```")[1]
    found, folder = {}, ""
    for line in block.splitlines():
        if not line.strip():
            continue
        name = line.split()[0]
        floor = re.search(r" (\d)$", line.rstrip())
        inside = line.startswith("  ")
        folder = folder if inside else (name if name == "bot/" else "")
        found[folder + name if inside else name] = floor[1] if floor else ""
    return found


def test_the_tree_of_the_house_is_the_tree_of_the_files() -> None:
    named = set(tree())
    for path in named:
        there = ROOT / path
        assert there.is_dir() if path.endswith("/") else there.is_file(), path
    rooms = {f"bot/{file.name}" for file in (ROOT / "bot").glob("*.py") if file.name != "__init__.py"}
    rooms |= {
        f"bot/{folder.name}/" for folder in (ROOT / "bot").iterdir() if folder.is_dir() and folder.name[0] not in "_."
    }
    assert {path for path in named if path.startswith("bot/") and path != "bot/"} == rooms
    top = {path.name + ("/" if path.is_dir() else "") for path in ROOT.iterdir() if path.name[0] != "."}
    unnamed = (
        top - named - {"LICENSE", "NOTICE", "README.md", "build/", "dist/", "besa_helpline.egg-info/", "node_modules/"}
    )
    assert unnamed == set()


def test_the_floors_of_the_house_are_those_that_the_imports_keep() -> None:
    for path, floor in tree().items():
        if path.startswith("bot/") and path not in {"bot/", "bot/flows/", "bot/locales/"}:
            module = path.removesuffix(".py").rstrip("/").replace("/", ".")
            assert int(floor) == FLOORS.get(module, TOP), path


def test_every_path_in_the_documents_exists() -> None:
    for text in re.findall(r"`((?:bot|data|tests|docs)/[^` ]*|[a-z-]+\.(?:py|toml|lock))`", EVERYTHING):
        assert list(ROOT.glob(text.rstrip("/"))), text
    for file in DOCS:
        for target in re.findall(r"\]\(([^)#]+)", file.read_text(encoding="utf-8")):
            assert "://" in target or (file.parent / target).exists(), f"{file.name}: {target}"


def test_every_command_is_described_and_every_described_one_exists() -> None:
    table = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8").split("## ")[0]
    described = set(re.findall(r"(?m)^\| `([a-z]+)` \|", table))
    assert described == set(cli.names())
    for name in re.findall(r"python -m bot ([a-z]+)", EVERYTHING):
        assert name in cli.names()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?m)(?:`|^)make ([a-z]+)", EVERYTHING):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("name", cli.names())
def test_every_command_tells_what_it_does(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", name, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"python -m bot {name}" in done.stdout


def test_every_setting_is_described_and_every_described_one_exists() -> None:
    table = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8").split("## A host")[0]
    described = {
        name for row in re.findall(r"(?m)^\| (`[A-Z].*?) \|", table) for name in re.findall("`([A-Z_]+)`", row)
    }
    assert described == set(settings.NAMES)


def test_every_address_is_described() -> None:
    checked = settings.read({})
    app = create_app(build.house(checked, Memory()), checked)
    described = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for rule in app.url_map.iter_rules():
        if "static" not in rule.rule:
            assert rule.rule.partition("<")[0] in described, rule.rule


def test_the_words_that_have_another_name_here_are_not_used() -> None:
    banned = re.compile(r"\b(users?|contacts?|managers?|handlers?|utils|helpers?|service\.py)\b")
    for file in (ROOT / "bot").rglob("*.py"):
        assert not banned.search(file.stem), file
