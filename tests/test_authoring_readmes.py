"""The pages for admins and translators say what is true: the example passes the check, and a language is one folder."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import msgspec
import pytest
from test_check import VOCABULARY, laid_out

from bot.authoring import flowbook, phrasebook, shapes
from bot.authoring.assemble import script_of
from bot.authoring.check import check_folders
from bot.authoring.facts import CLOSED
from bot.authoring.states import EMPTY, FOUND
from bot.channels.message import SMS
from bot.channels.render import render
from bot.cli import main
from bot.dialogue.lookups import FIELDS, LOOKUPS
from bot.dialogue.script import EFFECTS, READ_FACTS
from bot.dialogue.session import Said
from bot.settings import FLOWS, LOCALES
from bot.understanding.folding import fold

FLOW_PAGE = (FLOWS / "README.md").read_text(encoding="utf-8")
ACCENTS = str.maketrans("aeiou", "àèìòù")


def test_the_worked_example_passes_the_check(tmp_path: Path):
    (example,) = re.findall(r"```toml\n(.*?)```", FLOW_PAGE, re.DOTALL)
    script = tmp_path / "example.toml"
    script.write_text(example, encoding="utf-8")
    vocabulary = other(VOCABULARY, groups=frozenset({"courses"}))
    assert check_folders(*laid_out(script, tmp_path), fold, vocabulary) == []


def other(vocabulary, **changed):
    """The same vocabulary with something else in it."""
    return type(vocabulary)(**{**vars(vocabulary), **changed})


@pytest.mark.parametrize("key", [*shapes.STEP, *shapes.CHOICE])
def test_the_page_names_every_key(key: str):
    assert f"`{key}`" in FLOW_PAGE


def test_the_page_names_every_lookup_with_its_words():
    for name, spec in LOOKUPS.items():
        assert f"`{name}`" in FLOW_PAGE
        for fact, words in spec.yields.items():
            assert f"`{fact}`: {', '.join(words)}" in FLOW_PAGE
        for fill in spec.fills:
            assert f"{{{fill}." in FLOW_PAGE


def test_the_page_names_every_effect_fact_and_placeholder():
    for effect in EFFECTS:
        assert f'"{effect}"' in FLOW_PAGE
    for fact in {*READ_FACTS, *CLOSED} - {"needs", "which", "language"}:
        assert f"`{fact}`" in FLOW_PAGE
    for name in FIELDS:
        assert f"{{{name}." in FLOW_PAGE


def test_the_check_knows_what_every_lookup_finds():
    for name, spec in LOOKUPS.items():
        if spec.fills:
            assert FOUND[name] in spec.yields
    facts = {fact: set(words) for spec in LOOKUPS.values() for fact, words in spec.yields.items()}
    for (fill, fact), empty in EMPTY.items():
        assert fill in FIELDS
        assert fact in facts
        assert empty - facts[fact] <= {"none"}


@pytest.fixture(scope="module")
def with_a_third_language(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The flows and languages of the project and one more, made as the page says: a folder, `phrases`, translations."""
    folder = tmp_path_factory.mktemp("third")
    flows, locales = folder / "flows", folder / "locales"
    shutil.copytree(FLOWS, flows)
    shutil.copytree(LOCALES, locales)
    (locales / "xx").mkdir()
    hello = (flows / "intake.toml").read_text(encoding="utf-8")
    choice = '[[hello.choice]]\nid = "xx"\nlabel = "Pseudo"\nwords = "pseudo"\ntells = 1\nset = { language = "xx" }\n\n'
    (flows / "intake.toml").write_text(hello.replace("[menu]", choice + "[menu]", 1), encoding="utf-8")
    assert main(["phrases", "--flows", str(flows), "--locales", str(locales)]) == 0
    for domain in phrasebook.DOMAINS:
        _translate(locales / phrasebook.path_of("xx", domain))
    return flows, locales


def _translate(file: Path) -> None:
    catalogue, _ = phrasebook.parse(file.read_text(encoding="utf-8"), "xx")
    entries = tuple(msgspec.structs.replace(entry, text=pseudo(entry.english)) for entry in catalogue.entries)
    file.write_text(phrasebook.render(msgspec.structs.replace(catalogue, entries=entries), "xx"), encoding="utf-8")


def pseudo(text: str) -> str:
    """English with other letters; placeholders stay."""
    return "".join(part if part[:1] == "{" else part.translate(ACCENTS) for part in re.split(r"(\{[^}]*\})", text))


def test_a_third_language_needs_no_python(with_a_third_language: tuple[Path, Path]):
    flows, locales = with_a_third_language
    found = [problem.text() for problem in check_folders(flows, locales, fold, VOCABULARY)]
    assert [text for text in found if "xx/" in text or "In xx" in text] == []


def test_a_third_language_is_spoken_in_a_talk(with_a_third_language: tuple[Path, Path]):
    script = script_of(*with_a_third_language, fold)
    said = (Said(say="intake.hello.say", step="intake.hello"),)
    numbers = {"emergency": "112", "children": "116 111", "women": "116 117"}
    options = {"child": False, "capabilities": SMS, "letters": "full", "values": lambda *_: numbers, "now": None}
    assert "3 Psèùdò" in render(script, said, language="xx", **options).text  # type: ignore[arg-type]
    menu = (Said(say="intake.menu.say", step="intake.menu"),)
    assert "A plàcè tò stày" in render(script, menu, language="xx", **options).text  # type: ignore[arg-type]


def test_a_new_language_is_named_with_all_it_lacks(tmp_path: Path):
    locales = tmp_path / "locales"
    shutil.copytree(LOCALES, locales)
    (locales / "yy").mkdir()
    found = check_folders(FLOWS, locales, fold, VOCABULARY)
    assert [(one.code, one.file) for one in found if one.file.startswith("yy/")] == [
        ("T02", "yy/LC_MESSAGES/messages.po")
    ]
    assert main(["phrases", "--locales", str(locales)]) == 0
    found = check_folders(FLOWS, locales, fold, VOCABULARY)
    draft = flowbook.load(FLOWS)
    untranslated = {one.step for one in found if one.code == "T04" and one.file.startswith("yy/")}
    assert {phrase.address for phrase in draft.phrases} <= untranslated
