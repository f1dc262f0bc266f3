"""Catalogues are read from `.po`, and kept in step with the flows."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.authoring import extract, flowbook, phrasebook
from bot.authoring.assemble import assemble
from bot.authoring.phrasebook import Catalogue, Entry, Phrasebook, parse, render
from bot.dialogue.script import ENTRIES
from bot.errors import AdminError

FLOW = """
[hello]
say = "Hello. Emergency: {line.emergency}."
note = "The first word."
tells = 1
goto = "ask"

[ask]
say = "Can you write now?"

[[ask.choice]]
id = "yes"
label = "Yes"
words = "ok, sure"
goto = "hello"
"""


def draft_of(text: str):
    return flowbook.read_texts({"small.toml": text})[0]


def filled(catalogue: Catalogue, **texts: str) -> Catalogue:
    entries = tuple(
        Entry(
            **{**{name: getattr(entry, name) for name in entry.__struct_fields__}, "text": texts.get(_key(entry), "")}
        )
        for entry in catalogue.entries
    )
    return Catalogue(path=catalogue.path, entries=entries, obsolete=catalogue.obsolete)


def _key(entry: Entry) -> str:
    return entry.context.removeprefix("small.").replace(".", "_").replace("#", "_")


def first(text: str = FLOW) -> Catalogue:
    return extract.update(Catalogue(path="sq.po"), extract.wanted(draft_of(text))).catalogue


def test_new_entries_are_empty_in_the_order_of_the_flow_with_notes_and_placeholders():
    catalogue = first()
    assert [entry.context for entry in catalogue.entries] == [
        "small.hello.say",
        "small.hello.say#child",
        "small.ask.say",
        "small.ask.say#child",
        "small.ask.yes.label",
        "small.ask.yes.words",
    ]
    assert all(entry.text == "" and entry.review == "drafted" for entry in catalogue.entries)
    assert catalogue.entries[0].notes[:2] == (
        "The first word.",
        "Placeholders, each kept as it stands: {line.emergency}",
    )
    assert "familiar form" in catalogue.entries[1].notes[-1]


def test_what_is_written_is_read_again_and_a_second_run_changes_nothing():
    catalogue = filled(first(), hello_say='Përshëndetje "ju". Urgjenca: {line.emergency}.', ask_yes_label="Po")
    text = render(catalogue, "sq")
    again, problems = parse(text, "sq.po")
    assert problems == []
    updated = extract.update(again, extract.wanted(draft_of(FLOW)))
    assert render(updated.catalogue, "sq") == text
    assert (updated.added, updated.changed, updated.gone) == (0, 0, 0)
    assert again.by_context()["small.hello.say"].text == 'Përshëndetje "ju". Urgjenca: {line.emergency}.'


def test_changed_english_keeps_the_translation_as_fuzzy_with_what_it_was():
    old = parse(render(filled(first(), ask_say="Mund të shkruani?"), "sq"), "sq.po")[0]
    done = extract.update(old, extract.wanted(draft_of(FLOW.replace("Can you write now?", "Can you write?"))))
    entry = parse(render(done.catalogue, "sq"), "sq.po")[0].by_context()["small.ask.say"]
    assert (entry.text, entry.fuzzy, entry.previous) == ("Mund të shkruani?", True, "Can you write now?")
    assert done.changed == 2  # with the child's, still empty
    once_more = extract.update(done.catalogue, extract.wanted(draft_of(FLOW.replace("Can you write now?", "Third?"))))
    assert once_more.catalogue.by_context()["small.ask.say"].previous == "Can you write now?"


def test_a_long_previous_english_survives_the_file():
    long = 'A long sentence, with a \\\\ sign and "quotes", that is folded over lines. ' * 4
    entry = Entry(context="a.b.say", english="New.", text="Ri.", fuzzy=True, previous=long)
    assert parse(render(Catalogue(path="x", entries=(entry,)), "sq"), "x")[0].entries[0].previous == long


def test_vanished_phrases_become_obsolete_and_come_back():
    whole = filled(first(), ask_yes_words="mirë")
    without = FLOW.replace('words = "ok, sure"\n', "")
    done = extract.update(whole, extract.wanted(draft_of(without)))
    kept = parse(render(done.catalogue, "sq"), "sq.po")[0]
    assert [entry.context for entry in kept.obsolete] == ["small.ask.yes.words"]
    back = extract.update(kept, extract.wanted(draft_of(FLOW))).catalogue
    assert back.by_context()["small.ask.yes.words"].text == "mirë"
    assert back.obsolete == ()


def test_the_review_and_a_translators_own_words_stay():
    text = render(filled(first(), ask_yes_label="Po"), "sq")
    text = text.replace(
        '# drafted\n#. One numbered choice; at most 20 characters.\nmsgctxt "small.ask.yes.label"',
        "# short on purpose\n# reviewed by A. Hoxha on 2026-10-02\n#. One numbered choice; at most 20 characters.\n"
        'msgctxt "small.ask.yes.label"',
    )
    again = extract.update(parse(text, "sq.po")[0], extract.wanted(draft_of(FLOW))).catalogue
    entry = again.by_context()["small.ask.yes.label"]
    assert entry.reviewed
    assert entry.comments == ("short on purpose",)
    assert not again.by_context()["small.hello.say"].reviewed
    assert render(again, "sq") == text


def test_a_broken_catalogue_is_named_with_its_line(tmp_path: Path):
    folder = tmp_path / "sq" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text('msgctxt "a.b.say"\nmsgid "Hello"\nmsgstr Hello"\n', encoding="utf-8")
    with pytest.raises(AdminError, match=r"sq/LC_MESSAGES/messages.po:3"):
        phrasebook.load(tmp_path)


def test_an_entry_written_twice_is_named():
    entry = 'msgctxt "a.b.say"\nmsgid "Hello"\nmsgstr "{}"\n\n'
    _, problems = parse(entry.format("A") + entry.format("B"), "sq.po")
    assert [(problem.code, problem.line) for problem in problems] == [("T01", 5)]


def test_every_folder_but_english_is_a_language(tmp_path: Path):
    for name in ("en", "sq", "it", "_notes"):
        (tmp_path / name).mkdir()
    assert phrasebook.load(tmp_path).languages == ("it", "sq")


def test_the_script_speaks_every_language_and_english_where_one_is_missing():
    draft = draft_of(FLOW)
    catalogue = filled(
        first(), hello_say="Përshëndetje pa numër.", ask_say="Mund të shkruani?", ask_say_child="Mund të shkruash?"
    )
    book = Phrasebook(languages=("sq",), catalogues={("sq", "messages"): catalogue})
    script = assemble(draft, book, str.lower)
    assert script.phrases["en"]["small.ask.say"] == "Can you write now?"
    assert script.phrases["sq"]["small.ask.say"] == "Mund të shkruani?"
    assert script.phrases["sq"]["small.ask.say#child"] == "Mund të shkruash?"
    assert script.phrases["sq"]["small.hello.say"] == "Hello. Emergency: {line.emergency}.", "it lost its placeholder"


def test_any_languages_words_count_and_are_folded():
    catalogue = filled(first(), ask_yes_label="Po", ask_yes_words="Mirë, DAKORD")
    book = Phrasebook(languages=("sq",), catalogues={("sq", "messages"): catalogue})
    script = assemble(draft_of(FLOW), book, lambda word: word.lower().replace("ë", "e"))
    assert script.words["small.ask.yes"] == {"yes", "ok", "sure", "po", "mire", "dakord"}


def test_the_hash_is_of_the_content():
    book = Phrasebook()
    script = assemble(draft_of(FLOW), book, str.lower)
    assert assemble(draft_of("# a comment\n" + FLOW), book, str.lower).hash == script.hash
    assert assemble(draft_of(FLOW.replace("Hello", "Hi")), book, str.lower).hash != script.hash
    assert assemble(draft_of(FLOW), book, str.upper).hash != script.hash
    assert len(script.hash) == 32


def test_placeholders_raise_what_a_text_tells():
    flow = FLOW + '\n[card]\nsay = "{service.name}"\nend = true\n\n[line]\nsay = "{line.women}"\ngoto = "card"\n'
    script = assemble(draft_of(flow), Phrasebook(), str.lower)
    assert script.tells["small.card.say"] == 3
    assert script.steps["small.card"].tells == 3
    assert script.tells["small.line.say"] == 1


def test_the_entries_of_a_script_are_those_of_everywhere():
    everywhere = "[entry]\n" + "\n".join(f'{name} = "small.hello"' for name in ENTRIES)
    draft, problems = flowbook.read_texts({"everywhere.toml": everywhere, "small.toml": FLOW})
    assert problems == []
    assert set(assemble(draft, Phrasebook(), str.lower).entries) == set(ENTRIES)
