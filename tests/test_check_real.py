"""The project's own flows pass the check, and no single slip in them goes unnamed."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

import msgspec
import pytest

from bot.authoring import flowbook, graph, lexicon, phrasebook, telling, texts, words
from bot.authoring.check import Vocabulary, check
from bot.authoring.material import Material
from bot.authoring.phrasebook import Catalogue, Entry, Phrasebook
from bot.authoring.problem import Problem
from bot.cli import main
from bot.directory.load import load as load_directory
from bot.settings import DATA, FLOWS, LOCALES
from bot.understanding.folding import fold

FILES = {file.name: file.read_text(encoding="utf-8") for file in sorted(FLOWS.glob("*.toml"))}
DRAFT, _ = flowbook.read_texts(FILES)
BOOK = phrasebook.load(LOCALES)
DIRECTORY = load_directory(DATA)
SAYINGS = lexicon.load(LOCALES).sayings
VOCABULARY = Vocabulary(
    commands={saying.words: saying.value for saying in SAYINGS if saying.kind == "command"},
    numbers=frozenset(saying.words for saying in SAYINGS if saying.kind in ("number", "ordinal")),
    needs=frozenset(DIRECTORY.needs),
    groups=frozenset(need.group for need in DIRECTORY.needs.values() if need.group),
)


def problems(files: dict[str, str] = FILES, book: Phrasebook = BOOK) -> list[Problem]:
    draft, unread = flowbook.read_texts(files)
    return unread or check(draft, book, fold, VOCABULARY, DIRECTORY.texts())


def edited(language: str, domain: str, context: str, edit: Callable[[Entry], Entry]) -> Phrasebook:
    """The phrasebook with one entry changed."""
    old = BOOK.catalogue(language, domain)
    entries = tuple(edit(entry) if entry.context == context else entry for entry in old.entries)
    new = Catalogue(path=old.path, entries=entries)
    return msgspec.structs.replace(BOOK, catalogues={**BOOK.catalogues, (language, domain): new})


def test_the_flows_have_no_problem():
    assert [problem.text() for problem in problems()] == []


@pytest.mark.parametrize("domain", phrasebook.DOMAINS)
def test_each_blanked_entry_is_named(domain: str):
    for entry in BOOK.catalogue("sq", domain).entries:
        book = edited("sq", domain, entry.context, lambda entry: msgspec.structs.replace(entry, text=" "))
        found = list(texts.problems(Material(DRAFT, book, fold, VOCABULARY), DIRECTORY.texts()))
        assert [(problem.code, problem.step) for problem in found] == [("T04", entry.context)]


def test_each_lost_placeholder_is_named():
    held = [entry for entry in BOOK.catalogue("sq").entries if "{" in entry.text]
    assert len(held) > 40
    for entry in held:
        without = re.sub(r"\{[^}]*\}", "…", entry.text, count=1)
        if set(re.findall(r"\{[^}]*\}", without)) == set(re.findall(r"\{[^}]*\}", entry.text)):
            continue  # it stands twice
        book = edited(
            "sq", "messages", entry.context, lambda entry, text=without: msgspec.structs.replace(entry, text=text)
        )
        found = list(texts.problems(Material(DRAFT, book, fold, VOCABULARY), ()))
        assert [(problem.code, problem.step) for problem in found] == [("P02", entry.context)]


def test_each_misspelt_arrow_is_named():
    """The first of every file at once, then the second of every file …"""
    arrows = {
        name: [
            match
            for match in re.finditer(r'(?:goto|to) = "(\w+(?:\.\w+)?)"', text, re.MULTILINE)
            if (match[1] if "." in match[1] else f"{name.removesuffix('.toml')}.{match[1]}") in DRAFT.steps
        ]
        for name, text in FILES.items()
    }
    assert sum(map(len, arrows.values())) > 150
    for row in zip_longest(*arrows.values()):
        slips = {name: match for name, match in zip(arrows, row, strict=True) if match}
        texts_ = {name: f"{FILES[name][: slip.end(1)]}x{FILES[name][slip.end(1) :]}" for name, slip in slips.items()}
        draft, unread = flowbook.read_texts(FILES | texts_)
        assert unread == []
        found = {
            Path(problem.file).name: problem for problem in graph._dangling(Material(draft, BOOK, fold, VOCABULARY))
        }
        assert found.keys() == slips.keys()
        for name, problem in found.items():
            assert problem.code == "G01"
            wrong = f"{slips[name][1]}x, which is no step. Did you mean"
            assert wrong in problem.what + " " + problem.remedy


def test_digits_of_a_phone_are_named_in_any_text():
    for phrase in DRAFT.phrases:
        changed = msgspec.structs.replace(phrase, text=f"{phrase.text} 116 117")
        phrases = tuple(changed if one is phrase else one for one in DRAFT.phrases)
        material = Material(msgspec.structs.replace(DRAFT, phrases=phrases), Phrasebook(), fold, VOCABULARY)
        found = list(words._digits(material, "en", phrase.address, changed.text))
        assert [problem.code for problem in found] == ["W01"]


def test_a_text_that_tells_too_early_is_named():
    """Each text that somebody can meet who has told nothing or little: said to tell an organisation, it is named."""
    states = Material(DRAFT, BOOK, fold, VOCABULARY).states
    early = [address for address, state in states.items() if state.told < 3 and DRAFT.steps[address].say]
    assert len(early) > 30
    for address in early:
        say = DRAFT.steps[address].say
        phrases = tuple(
            msgspec.structs.replace(phrase, tells=3) if phrase.address == say else phrase for phrase in DRAFT.phrases
        )
        material = Material(msgspec.structs.replace(DRAFT, phrases=phrases), BOOK, fold, VOCABULARY)
        material.__dict__["states"] = states  # what a text tells changes no way to it
        assert [problem.step for problem in telling._mirror(material, DRAFT.steps[address])] == [say]


def test_every_step_cut_out_is_missed():
    steps = [
        (name, match) for name, text in FILES.items() for match in re.finditer(r"^\[(\w+)\]\n", text, re.MULTILINE)
    ]
    steps = [(name, match) for name, match in steps if match[1] not in ("entry", "label") and name != "system.toml"]
    for name, match in random.Random(11).sample(steps, 6):
        text = FILES[name]
        end = text.find("\n\n", match.end())
        found = problems({**FILES, name: text[: match.start()] + text[end if end > 0 else len(text) :]})
        assert found, match[1]


@pytest.mark.parametrize("seed", range(12))
def test_no_damage_makes_the_check_itself_fall_over(seed: int):
    """Lines lost, doubled, cut or swapped: whatever an editor can do, the answer is a list of problems."""
    rng = random.Random(seed)
    files = dict(FILES)
    for _ in range(4):
        name = rng.choice(sorted(files))
        lines = files[name].splitlines()
        at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        damage = rng.choice(["lose", "double", "cut", "swap", "value"])
        if damage == "lose":
            del lines[at]
        elif damage == "double":
            lines.insert(other, lines[at])
        elif damage == "cut":
            lines[at] = lines[at][: len(lines[at]) // 2]
        elif damage == "swap":
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines[at] = re.sub(r"= .*", f"= {rng.choice(['3', 'true', '[]', '{}', '[[1]]', '2026-01-01'])}", lines[at])
        files[name] = "\n".join(lines)
    assert isinstance(problems(files), list)


def test_the_directory_keeps_to_the_words_too():
    for text, code in (
        ("guaranteed help", "W06"),
        ("help for victims", "W07"),
        ("write STOP", "W05"),
        ("at 116 117", "W01"),
    ):
        material = Material(DRAFT, Phrasebook(), fold, VOCABULARY)
        found = list(words.directory_problems(material, [("service.x.y.what", text)]))
        assert [(problem.code, problem.step) for problem in found] == [(code, "service.x.y.what")]
    material = Material(DRAFT, Phrasebook(), fold, VOCABULARY)
    assert (
        list(words.directory_problems(material, [("line.x.name", "ALO 116"), ("o.what", "for people of 18-29")])) == []
    )


def test_the_command_is_quiet_about_a_sound_project_and_counts_what_is_due(capsys):
    assert main(["check"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "0 problems."
    assert any(line.startswith("Due: ") and "review by a native caseworker" in line for line in said)


def test_the_command_names_file_line_step_and_remedy(tmp_path: Path, capsys):
    flows = tmp_path / "flows"
    shutil.copytree(FLOWS, flows)
    file = flows / "checkin.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('to = "offer"', 'to = "offr"'), encoding="utf-8")
    assert main(["check", "--flows", str(flows)]) == 1
    said = capsys.readouterr().out
    assert re.search(r"checkin\.toml:\d+, checkin\.\w+: The arrow leads to checkin\.offr, which is no step\.", said)
    assert 'Did you mean "checkin.offer"? [G01]' in said
    assert main(["check", "--flows", str(flows), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert {"code", "file", "line", "step", "what", "remedy"} == set(told["problems"][0])
    assert told["dues"]


def test_the_command_goes_on_where_the_directory_or_the_word_lists_cannot_be_read(tmp_path: Path, capsys):
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    (data / "needs.toml").write_text("[[", encoding="utf-8")
    locales = tmp_path / "locales"
    shutil.copytree(LOCALES, locales)
    (locales / "sq" / "lexicon" / "danger.toml").write_text("[[", encoding="utf-8")
    assert main(["check", "--data", str(data), "--locales", str(locales)]) == 1
    said = capsys.readouterr().out
    assert "needs.toml" in said
    assert "danger.toml" in said
