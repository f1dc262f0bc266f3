"""Every rule of the check is shown by a broken script, named after it, whose first line is the problem."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.authoring import extract, flowbook, phrasebook
from bot.authoring.check import RULES, Vocabulary, check_folders, unreviewed
from bot.authoring.phrasebook import Catalogue
from bot.understanding.folding import fold

HERE = Path(__file__).parent / "scripts_that_fail"
SCRIPTS = sorted(HERE.glob("*.toml"))
VOCABULARY = Vocabulary(
    commands={"back": "back", "prapa": "back", "next": "skip", "shqip": "language_sq", "thanks": "thanks"},
    numbers=frozenset({"one", "two", "nje", "dy"}),
    needs=frozenset({"shelter", "work"}),
    groups=frozenset({"stay", "work"}),
)


def laid_out(script: Path, folder: Path) -> tuple[Path, Path]:
    """The folders `flows` and `locales` of the sound base with this script as the flow `small`. A line that begins
    with `#>` goes to the entries."""
    flows, locales = folder / "flows", folder / "locales"
    flows.mkdir()
    everywhere = (HERE / "base" / "everywhere.toml").read_text(encoding="utf-8")
    small = script.read_text(encoding="utf-8")
    for step in re.findall(r"^\[(\w+)\]", small, re.MULTILINE):
        everywhere = re.sub(rf'^{step} = "base\.\w+"', f'{step} = "small.{step}"', everywhere, flags=re.MULTILINE)
    for line in re.findall(r"^#> (.*)$", small, re.MULTILINE):
        everywhere = everywhere.replace("[entry]", f"[entry]\n{line}")
    (flows / "everywhere.toml").write_text(everywhere, encoding="utf-8")
    (flows / "base.toml").write_text((HERE / "base" / "base.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (flows / "small.toml").write_text(small, encoding="utf-8")
    (locales / "sq" / "LC_MESSAGES").mkdir(parents=True)
    _catalogue(script, flows, locales / "sq" / "LC_MESSAGES" / "messages.po")
    return flows, locales


def _catalogue(script: Path, flows: Path, file: Path) -> None:
    """The Albanian of the base, then that of the script: written beside it, else the English once more."""
    base = (HERE / "base" / "messages.po").read_text(encoding="utf-8")
    beside = script.with_suffix(".po")
    if beside.exists():
        written = beside.read_text(encoding="utf-8")
        if "no catalogue" not in written:
            file.write_text(base + "\n" + written, encoding="utf-8")
        return
    draft, _ = flowbook.read(flows)
    wanted = [entry for entry in extract.wanted(draft) if entry.context.startswith("small.")]
    texts = "".join(
        f'msgctxt "{entry.context}"\nmsgid "{_quoted(entry.english)}"\nmsgstr "{_quoted(entry.english)}"\n\n'
        for entry in wanted
    )
    file.write_text(base + "\n" + texts, encoding="utf-8")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_broken_script_shows_exactly_its_problem(script: Path, tmp_path: Path):
    expected = script.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
    found = check_folders(*laid_out(script, tmp_path), fold, VOCABULARY)
    assert [f"{one.code} {one.step or one.file}: {one.what} {one.remedy}" for one in found] == [expected]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_broken_script_is_named_after_its_rule(script: Path):
    code = script.read_text(encoding="utf-8").splitlines()[0].split()[1]
    assert RULES[code] == script.stem


def test_every_rule_is_shown_by_a_broken_script():
    assert sorted(RULES.values()) == [script.stem for script in SCRIPTS]


def test_the_base_of_the_broken_scripts_is_sound(tmp_path: Path):
    sound = tmp_path / "sound.toml"
    sound.write_text('[hello]\nsay = "Hello."\ngoto = "base.bye"\n', encoding="utf-8")
    assert check_folders(*laid_out(sound, tmp_path), fold, VOCABULARY) == []


def test_dues_count_what_no_caseworker_has_reviewed():
    entry = phrasebook.Entry(context="a.b.say", english="Hello", text="Tung")
    reviewed = phrasebook.Entry(
        context="a.c.say", english="Hello", text="Tung", review="reviewed by A. Hoxha on 2026-10-02"
    )
    book = phrasebook.Phrasebook(
        languages=("sq",), catalogues={("sq", "messages"): Catalogue(path="x", entries=(entry, reviewed))}
    )
    assert unreviewed(book) == {"sq": (1, 2)}


LONG = "These many words are here only because a long text has to be written down somewhere by somebody. "


def small(text: str, folder: Path) -> list[str]:
    """The problems of one small flow, by code and step."""
    script = folder / "small.toml"
    script.write_text(text, encoding="utf-8")
    found = check_folders(*laid_out(script, folder), fold, VOCABULARY)
    return [f"{one.code} {one.step}" for one in found]


def test_an_aside_is_counted_with_the_question_it_goes_back_to(tmp_path: Path):
    question = f'[hello]\nsay = "{LONG * 2}"\nask = "place"\nalso = ["skip"]\ngoto = "base.bye"\n\n'
    aside = f'[contact_wish]\nsay = "{LONG * 2}"\ngoto = "resume"\n'
    assert small(question + aside, tmp_path) == ["L01 small.hello"]


def test_an_aside_is_not_counted_with_a_question_that_cannot_wait_there(tmp_path: Path):
    """Nobody is here and abroad at once; without that row the same two texts are too long together."""
    there = '[hello]\ngoto = [\n  { placed = "abroad", to = "there" },\n  { to = "base.bye" },\n]\n\n'
    question = f'[there]\nsay = "{LONG * 2}"\nkeep = false\ngoto = "base.bye"\n'
    choice = '[[there.choice]]\nid = "one"\nlabel = "Further"\n\n'
    here = '[contact_wish]\ngoto = [\n  { placed = "abroad", to = "base.bye" },\n  { to = "aside" },\n]\n\n'
    aside = f'say = "{LONG * 2}"\ngoto = "resume"\n'
    for name in ("sound", "long"):
        (tmp_path / name).mkdir()
    assert small(f"{there}{question}{choice}{here}[aside]\n{aside}", tmp_path / "sound") == []
    assert small(f"{there}{question}{choice}[contact_wish]\n{aside}", tmp_path / "long") == ["L01 small.there"]


def test_the_words_for_a_miss_are_counted_with_the_choices(tmp_path: Path):
    labels = ("A rather long label, one", "A rather long label, two", "A rather long label, tri")
    choices = "".join(f'[[hello.choice]]\nid = "c{number}"\nlabel = "{label}"\n' for number, label in enumerate(labels))
    step = f'[hello]\nsay = "Hello."\nretry = "{LONG[:-1] * 2} {"word " * 10}"\nkeep = false\ngoto = "base.bye"\n'
    assert small(step + choices, tmp_path) == ["L01 small.hello.retry"]


def test_the_last_answer_of_all_is_one_part_with_the_emergency_number(tmp_path: Path):
    script = tmp_path / "small.toml"
    script.write_text('[hello]\nsay = "Hello."\ngoto = "base.bye"\n', encoding="utf-8")
    flows, locales = laid_out(script, tmp_path)
    (flows / "system.toml").write_text(f'[static]\nsay = "{LONG * 2}"\ntells = 1\n', encoding="utf-8")
    found = check_folders(flows, locales, fold, VOCABULARY)
    assert [one.code for one in found] == ["T03", "L02", "M04"]
