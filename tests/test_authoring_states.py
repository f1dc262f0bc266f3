"""What the check believes of a script is what the engine does: sets of words, ways of a turn, states of steps."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.authoring import beliefs as know
from bot.authoring import flowbook, phrasebook
from bot.authoring.assemble import assemble
from bot.authoring.beliefs import Words
from bot.authoring.draft import Draft
from bot.authoring.lengths import reply
from bot.authoring.material import Material, Vocabulary
from bot.authoring.placeholders import rules
from bot.authoring.states import states, within
from bot.authoring.walks import ways
from bot.channels.message import SMS
from bot.channels.render import render
from bot.dialogue.lookups import FIELDS, LOOKUPS, Found, Query
from bot.dialogue.script import ENTRIES, Row
from bot.dialogue.session import Said, Session
from bot.dialogue.walk import Walk
from bot.settings import FLOWS, LOCALES
from bot.understanding.folding import fold

NOW = datetime(2026, 3, 2, 21, 40, tzinfo=UTC)
ALPHABET = ["", "skipped", "unknown", "yes", "no", "abroad"]
WORDS = st.builds(Words, st.frozensets(st.sampled_from(ALPHABET)), st.booleans())
DRAFT = flowbook.load(FLOWS)
BOOK = phrasebook.load(LOCALES)
SCRIPT = assemble(DRAFT, BOOK, fold)


def has(words: Words, word: str) -> bool:
    return (word in words.words) != words.but


@given(WORDS, WORDS, st.sampled_from(ALPHABET))
def test_sets_of_words_behave_as_sets(one: Words, other: Words, word: str):
    assert has(one & other, word) == (has(one, word) and has(other, word))
    assert has(one | other, word) == (has(one, word) or has(other, word))
    assert has(~one, word) == (not has(one, word))
    assert one.within(one | other)


def walk_of(facts: Mapping[str, str], rng: random.Random) -> Walk:
    """A walk of the engine over the real flows, whose lookups answer at random what they may answer."""

    def lookup(name: str):
        def answer(query: Query) -> Found:
            said = {fact: rng.choice(words) for fact, words in LOOKUPS[name].yields.items()}
            if said.get("kind") == "none" and (query.facts.get("need") or query.facts.get("group")):
                said["kind"] = "urgent"
            return Found(facts=said, bind={fill: "x" for fill in LOOKUPS[name].fills})

        return answer

    memory: dict[str, Found] = {}

    def same(name: str):
        """Asked again within a turn, most lookups say the same again."""

        def answer(query: Query) -> Found:
            key = f"{name} {sorted((k, v) for k, v in query.facts.items() if k in know.SEARCHED)}"
            if name in know.OFFERS:
                return lookup(name)(query)
            return memory.setdefault(key, lookup(name)(query))

        return answer

    session = Session(script=SCRIPT.hash, facts=dict(facts))
    return Walk(SCRIPT, session, {name: same(name) for name in LOOKUPS}, NOW)


FACTS = {
    "need": ["", "shelter", "domestic_violence", "labour_exploitation", "suicide_self_harm"],
    "group": ["", "stay", "family"],
    "placed": ["", "yes", "skipped", "which", "abroad"],
    "age": ["", "child", "adult"],
    "sex": ["", "f", "m"],
    "who": ["", "other"],
    "opened": ["", "yes"],
    "alarmed": ["", "yes"],
    "helped": ["", "yes"],
    "asked": ["", "yes"],
    "line_said": ["", "yes"],
    "supported": ["", "yes"],
    "child_said": ["", "yes"],
    "confirmed": ["", "yes"],
}


@pytest.mark.parametrize("entry", sorted(ENTRIES))
def test_every_way_the_engine_takes_is_among_the_ways_of_the_check(entry: str):
    known = {(way.steps, way.ends) for way in ways(DRAFT, DRAFT.entries[entry], {})}
    rng = random.Random(entry)  # the same talks each time
    for _ in range(300):
        facts = {name: word for name, words in FACTS.items() if (word := rng.choice(words))}
        walk = walk_of(facts, rng)
        walk.go(DRAFT.entries[entry])
        steps = tuple(address for address in walk.trace if address in DRAFT.steps)
        ends = {end for way, end in known if way == steps}
        if not ends:  # the engine goes on behind `resume`; the check stops there
            ends = {end for way, end in known if end == "resume" and way == steps[: len(way)]}
        assert ends, f"{facts}: {' > '.join(steps)}"
        if walk.step:
            assert ends & {"asks", "resume"}


def small(text: str) -> Draft:
    draft, _ = flowbook.read_texts({"small.toml": text})
    return msgspec.structs.replace(draft, entries={"first": "small.start"})


def test_a_row_that_cannot_match_is_not_walked():
    draft = small(
        '[start]\nset = { age = "adult" }\nsay = "A"\ngoto = [{ age = "child", to = "child" }, { to = "rest" }]\n'
        '[child]\nsay = "B"\nend = true\n[rest]\nsay = "C"\nend = true\n'
    )
    assert [way.said for way in ways(draft, "small.start", {})] == [("small.start", "small.rest")]


def test_a_kept_question_is_passed_over_and_asked():
    draft = small('[start]\nsay = "Where?"\nask = "place"\ngoto = "after"\n[after]\nsay = "C"\nend = true\n')
    assert {(way.said, way.ends) for way in ways(draft, "small.start", {})} == {
        (("small.start",), "asks"),
        (("small.after",), "end"),
    }


def test_a_ring_of_questions_that_are_all_answered_is_a_loop():
    text = "".join(
        f'[{name}]\nsay = "{name}?"\nask = "need"\ngoto = "{to}"\n'
        for name, to in (("start", "next"), ("next", "start"))
    )
    assert "loop" in {way.ends for way in ways(small(text), "small.start", {})}


def test_what_nothing_else_leaves_open_follows():
    rows = (Row(to="a.x", when=(("found", "near"),)), Row(to="a.y", when=(("found", "far"),)), Row(to="a.z"))
    known = {"found": Words(frozenset({"near", "far", "none"}), False)}
    left = know.passed(know.passed(known, rows[0]) or {}, rows[1])
    assert left == {"found": Words(frozenset({"none"}), False)}


def test_no_kind_of_need_means_that_no_need_was_named():
    after = know.taken({"kind": Words(frozenset({"none", "plain"}), False)}, Row(to="", when=(("kind", "none"),)))
    assert after is not None
    assert know.taken(after, Row(to="", when=(("need", "known"),))) is None


def test_told_is_the_least_of_all_ways_and_a_fact_tells_what_its_setters_told():
    draft = small(
        '[start]\nsay = "A"\nkeep = false\ngoto = "open"\n'
        '[[start.choice]]\nid = "one"\nlabel = "One"\ntells = 2\nset = { said = "yes" }\n'
        '[[start.choice]]\nid = "two"\nlabel = "Two"\n'
        '[open]\ngoto = [{ said = "yes", to = "told" }, { need = "known", to = "needed" }, { to = "rest" }]\n'
        '[told]\nsay = "B"\nend = true\n[needed]\nsay = "C"\nend = true\n[rest]\nsay = "D"\nend = true\n'
    )
    found = states(draft)
    told = {address.partition(".")[2]: state.told for address, state in found.items()}
    assert told == {"start": 0, "open": 0, "told": 2, "needed": 3, "rest": 0}


def test_looking_something_up_tells_nothing():
    draft = small('[start]\nfind = "hotline"\ngoto = "card"\n[card]\nsay = "{hotline.phone}"\nend = true\n')
    assert states(draft)["small.card"].told == 0


def test_a_placeholder_is_filled_only_where_every_way_found_it():
    draft = small(
        '[start]\nfind = "service"\ngoto = [{ found = "none", to = "none" }, { to = "card" }]\n'
        '[card]\nsay = "A"\ngoto = "both"\n[none]\nsay = "B"\ngoto = "both"\n[both]\nsay = "C"\nend = true\n'
    )
    found = {address: within(draft.steps[address], state) for address, state in states(draft).items()}
    assert found["small.card"].has("service")
    assert not found["small.none"].has("service")
    assert not found["small.both"].has("service")
    assert found["small.both"].has("line")


def test_a_child_may_come_where_no_row_keeps_it_away():
    draft = small(
        '[start]\nsay = "A"\n'
        'goto = [{ who = "other", to = "helper" }, { age = "child", to = "young" }, { to = "rest" }]\n'
        '[helper]\nsay = "B"\nend = true\n[young]\nsay = "C"\nend = true\n[rest]\nsay = "D"\nend = true\n'
    )
    may = {address.partition(".")[2]: state.child for address, state in states(draft).items()}
    assert may == {"start": True, "helper": False, "young": True, "rest": False}


def test_a_reply_is_counted_as_it_is_rendered():
    """Filled with as many letters as are counted, the renderer gives the very text whose parts are counted."""
    material = Material(DRAFT, BOOK, fold, Vocabulary())
    lengths = rules()["lengths"]

    def values(name: str, _ident: str, _language: str, _now: datetime) -> Mapping[str, str]:
        prefix = f"{name}."
        return {key.removeprefix(prefix): "x" * size for key, size in lengths.items() if key.startswith(prefix)}

    bind = dict.fromkeys({key.partition(".")[0] for key in lengths}, "x")
    chosen = random.Random(7).sample(sorted({way.said for _, way in material.ways if way.said}), 60)
    for said in chosen:
        steps = [DRAFT.steps[address] for address in said]
        parts = tuple(
            Said(say=step.say, bind=bind, step=step.address if step.choices else "", also=step.also) for step in steps
        )
        for language in ("en", "sq"):
            for child in (False, True):
                out = render(
                    SCRIPT,
                    parts,
                    language=language,
                    child=child,
                    capabilities=SMS,
                    letters="plain",
                    values=values,
                    now=NOW,
                )
                assert out.text == reply(material, said, language, child)


def test_lengths_are_written_for_every_placeholder():
    declared = {f"{name}.{field}" for name, fields in FIELDS.items() for field in fields}
    assert declared - set(rules()["lengths"]) <= {"hours.emergency"}
    assert set(rules()["lengths"]) <= declared
