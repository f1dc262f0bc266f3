"""Flows are read with every mistake named by file, step and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.authoring import flowbook
from bot.authoring.draft import contexts
from bot.dialogue.script import ENTRIES, Row
from bot.errors import AdminError

SMALL = """
# A small flow.
[hello]
say = "Hello."
note = "The first word."

[[hello.choice]]
id = "sq"
label = "Shqip"
words = ["albanian", "al"]
set = { language = "sq" }
goto = "town"

[[hello.choice]]
id = "en"
label = "English"
tells = 1
goto = "town"

[town]
say = "What town are you in?"
tells = 1
ask = "place"
retry = "We did not find it: {line.emergency}"
also = ["skip"]
goto = [{ placed = "abroad", to = "abroad.start" }, { to = "bye" }]

[bye]
say = "Write whenever you want."
end = true
child = false
"""
EVERYWHERE = (
    "[entry]\n" + "\n".join(f'{name} = "small.hello"' for name in ENTRIES) + '\n[label]\nskip = "No answer"\n'
    'numbers = "Phone numbers"\n'
)


def read(**flows: str):
    return flowbook.read_texts({f"{name}.toml": text for name, text in flows.items()})


def test_a_flow_is_read_whole():
    draft, problems = read(small=SMALL, everywhere=EVERYWHERE)
    assert problems == []
    town = draft.steps["small.town"]
    assert town.ask == "place"
    assert town.goto == (Row(to="abroad.start", when=(("placed", "abroad"),)), Row(to="small.bye"))
    hello = draft.steps["small.hello"]
    assert [choice.id for choice in hello.choices] == ["sq", "en"]
    assert hello.choices[0].set == (("language", "sq"),)
    assert hello.choices[1].tells == 1
    assert draft.entries["danger"] == "small.hello"
    assert draft.labels["skip"] == "everywhere.label.skip"


def test_a_step_may_ask_for_a_place_and_offer_choices():
    flow = '[a]\nsay = "Where?"\nask = "place"\ngoto = "a"\n[[a.choice]]\nid = "else"\nlabel = "Someone else"\n'
    draft, problems = read(
        small=flow + '[b]\nsay = "x"\n[[b.choice]]\nid = "y"\nlabel = "Yes"\n', everywhere=EVERYWHERE
    )
    assert problems == []
    assert draft.steps["small.a"].ask == "place"
    assert len(draft.steps["small.a"].choices) == 1
    assert draft.steps["small.b"].ask == "choice"


def test_phrases_stand_in_the_order_of_the_flow_with_their_addresses():
    draft, _ = read(small=SMALL)
    assert [phrase.address for phrase in draft.phrases] == [
        "small.hello.say",
        "small.hello.sq.label",
        "small.hello.sq.words",
        "small.hello.en.label",
        "small.town.say",
        "small.town.retry",
        "small.bye.say",
    ]
    by_address = {phrase.address: phrase for phrase in draft.phrases}
    assert by_address["small.hello.sq.words"].text == "albanian, al"
    assert by_address["small.hello.say"].note == "The first word."


def test_only_what_a_child_can_read_has_an_entry_for_a_child():
    draft, _ = read(small=SMALL, system='[static]\nsay = "We cannot reply now."\n')
    found = [context for phrase in draft.phrases for context in contexts(phrase) if context.endswith("#child")]
    assert found == ["small.hello.say#child", "small.town.say#child", "small.town.retry#child"]


def test_system_holds_phrases_and_no_steps():
    draft, problems = read(small=SMALL, everywhere=EVERYWHERE, system='[static]\nsay = "We cannot reply now."\n')
    assert problems == []
    assert draft.phrases[-1].address == "system.static.say"
    assert "system.static" not in draft.steps


def test_broken_toml_is_named_with_its_line():
    _, problems = read(small='[hello]\nsay = "Hello\n', everywhere=EVERYWHERE)
    assert [(problem.code, problem.file, problem.line) for problem in problems] == [("F01", "small.toml", 2)]


def test_a_repeated_step_is_refused():
    _, problems = read(small='[a]\nsay = "x"\n[a]\nsay = "y"\n', everywhere=EVERYWHERE)
    assert [problem.code for problem in problems] == ["F01"]


@pytest.mark.parametrize(
    ("flow", "code", "step", "words"),
    [
        ('[a]\nsya = "x"\nend = true', "F02", "small.a", ["sya", 'Did you mean "say"?']),
        ('say = "x"', "F02", "", ["outside of any step"]),
        ("[a]\nsay = 3", "F03", "small.a", ['"say"', "in quotes"]),
        ('[a]\nsay = "x"\ntells = 7', "F03", "small.a", ["0 to 3"]),
        ('[a]\nsay = "x"\nend = "yes"', "F03", "small.a", ["true or false"]),
        ('[a]\nsay = "x"\nset = { age = 3 }', "F03", "small.a", ["a table of words"]),
        ('[a]\nfind = "servce"\ngoto = "b"', "F04", "small.a", ['Did you mean "service"?']),
        ('[a]\nask = "town"\ngoto = "b"', "F04", "small.a", ["place"]),
        ('[a]\neffect = "wip"\nend = true', "F04", "small.a", ['Did you mean "wipe"?']),
        ('[a]\nsay = "x"\nalso = ["skipp"]', "F04", "small.a", ['Did you mean "skip"?']),
        ('[a]\nsay = "x"\ngoto = "Other Step"', "F04", "small.a", ["no step"]),
        ('[a]\nsay = "x"\n[[a.choice]]\nlabel = "Yes"', "F05", "small.a", ["has no id"]),
        ('[a]\nsay = "x"\n[[a.choice]]\nid = "yes"', "F05", "small.a.yes", ["no label"]),
        ('[a]\nsay = "x"\ngoto = [{ found = "near" }]', "F05", "small.a", ["leads nowhere"]),
    ],
)
def test_each_mistake_of_form_is_named(flow, code, step, words):
    _, problems = read(small=flow, everywhere=EVERYWHERE)
    assert [(problem.code, problem.step) for problem in problems] == [(code, step)]
    for word in words:
        assert word in problems[0].text()


def test_entries_and_labels_must_be_known_and_complete():
    text = EVERYWHERE.replace('danger = "small.hello"', 'dangr = "small.hello"').replace('skip = "No', 'skp = "No')
    _, problems = read(small=SMALL, everywhere=text)
    said = " ".join(problem.text() for problem in problems)
    assert [problem.code for problem in problems] == ["F06", "F06", "F06"]
    assert 'Did you mean "danger"?' in said
    assert 'The entry "danger" leads nowhere.' in said
    assert 'Did you mean "skip"?' in said


def test_load_raises_with_every_mistake_at_once(tmp_path: Path):
    (tmp_path / "small.toml").write_text('[a]\nsya = "x"\n[b]\nfind = "nothing"\n', encoding="utf-8")
    (tmp_path / "everywhere.toml").write_text(EVERYWHERE, encoding="utf-8")
    with pytest.raises(AdminError) as raised:
        flowbook.load(tmp_path)
    assert "small.toml:1, small.a" in str(raised.value)
    assert "small.toml:3, small.b" in str(raised.value)


def test_an_empty_folder_is_named(tmp_path: Path):
    with pytest.raises(AdminError, match="There is no flow here"):
        flowbook.load(tmp_path)
