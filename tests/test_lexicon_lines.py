"""Every line of every word list is found by its own example, and means what it stands under."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from understanding_score import real

from bot.authoring import lexicon
from bot.commands.explain import LOCALES
from bot.errors import AdminError
from bot.understanding.folding import fold
from bot.understanding.lexicon import Lexicon, Line
from bot.understanding.reader import Reader

WORDS = lexicon.load(LOCALES)
SERVICES = 16


@cache
def reader() -> Reader:
    return real().reader


@pytest.mark.parametrize("line", WORDS.lines, ids=lambda line: f"{line.level}.{line.group}: {line.example}")
def test_a_line_is_found_by_its_own_example(line: Line) -> None:
    reading = reader().read(line.example)
    if reading.command == "contact_wish":
        assert line.level == "sign"
        assert line.group in {*reading.constraints, "cannot_call" if reading.cannot_call else ""}
        return
    assert f"{line.level}.{line.group}: {line.pattern}" in reading.rules


def test_examples_of_danger_alarm_and_sayings_do_not() -> None:
    for line in WORDS.lines:
        danger = reader().read(line.example).danger
        if line.level == "now":
            assert danger in ("now", "ask"), line.example
        if line.level == "harmless":
            assert danger != "now", line.example


@pytest.mark.parametrize("language", ["sq", "en"])
def test_every_need_is_known_in_forty_phrasings(language: str) -> None:
    needs: dict[str, set[str]] = {}
    for line in WORDS.lines:
        if line.language != language:
            continue
        if line.level == "need":
            needs.setdefault(line.group, set()).add(line.pattern)
        elif line.group.startswith("suicide"):  # who speaks of dying is asked first, and the need is implied
            needs.setdefault("suicide_self_harm", set()).add(line.pattern)
    assert len(needs) >= SERVICES + 1
    assert {need: len(lines) for need, lines in needs.items() if len(lines) < 40} == {}


def test_no_pattern_stands_twice_in_one_group() -> None:
    seen: dict[tuple[str, str, str, str], str] = {}
    for line in WORDS.lines:
        key = (line.language, line.level, line.group, line.pattern)
        assert key not in seen, f"{line.example} and {seen.get(key)}"
        seen[key] = line.example


def test_a_need_may_have_its_lines_in_two_files(tmp_path: Path) -> None:
    folder = tmp_path / "sq" / "lexicon"
    folder.mkdir(parents=True)
    (folder / "a.toml").write_text('[need.shelter.standard]\n"pa strehë" = "pa strehe"\n', encoding="utf-8")
    (folder / "b.toml").write_text('[need.shelter.standard]\n"pa çati" = "pa cati"\n', encoding="utf-8")
    assert [fold(line.example) for line in lexicon.load(tmp_path).lines] == ["pa strehe", "pa cati"]


def test_an_unknown_dialect_and_broken_lines_name_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "sq" / "lexicon"
    folder.mkdir(parents=True)
    (folder / "a.toml").write_text('[need.shelter.martian]\n"x" = "y"\n', encoding="utf-8")
    with pytest.raises(AdminError, match=r"need\.shelter\.martian"):
        lexicon.load(tmp_path)
    (folder / "a.toml").write_text("[need", encoding="utf-8")
    with pytest.raises(AdminError, match=r"a\.toml"):
        lexicon.load(tmp_path)


def test_the_weights_are_of_these_words() -> None:
    words: Lexicon = WORDS
    assert words.weights.grams
    assert words.weights.albanian[" nuk "] > 2
    assert words.weights.albanian[" husband "] < -2
