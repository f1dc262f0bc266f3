"""What is understood of messages as people type them: the promises of the reading, one by one."""

from __future__ import annotations

from functools import cache

import pytest
from understanding_score import rows

from bot.authoring import lexicon
from bot.commands.explain import LOCALES, shelf
from bot.dialogue.reading import Expecting, Reading
from bot.understanding.folding import fold
from bot.understanding.tokens import Splitter

NOTHING = Expecting()
MENU = Expecting(
    asks="choice",
    step="menu.first",
    choices=(("stay", frozenset({"nje vend", "a place"})), ("work", frozenset({"pune", "work"}))),
)
WHERE = Expecting(asks="place", step="place.ask")


books = cache(shelf)  # every text of the house is read for it


@cache
def read(text: str, expecting: Expecting = NOTHING) -> Reading:
    return books().reader.read(text, expecting)


@pytest.mark.parametrize(
    "text",
    [
        "burri me rreh, jam ne elbasan me femijet, po vjen",
        "po vjen, s'muj me fol",
        "s'du me jetu ma",
        "s'dua te jetoj me",
        "he took my passport and i cant leave the house",
        "JAM NË RREZIK!!",
        "m'ka mshel mrena e s'muj me dal",
        "aiuto, po me rreh burri tani",
        "kam pirë 30 kokrra",
    ],
)
def test_danger_is_seen_however_it_is_typed(text: str) -> None:
    assert read(text).danger == "now"
    assert read(text.upper()).danger == "now"
    assert read(fold(text)).danger == "now"
    assert "immediate_danger" in read(text).needs


@pytest.mark.parametrize(
    "text",
    [
        "dua te di per emergjencen e ujit",
        "jam vdekur se qeshuri",
        "me vrau shefi me pune",
        "my feet are killing me",
        "i am trapped in a zoom meeting",
        "nuk me rreh njeri",
        "bie shi sot ne tirane",
    ],
)
def test_everyday_sayings_raise_no_alarm(text: str) -> None:
    assert read(text).danger != "now"


@pytest.mark.parametrize("text", ["kam frikë", "i am scared", "smuj me fol", "ai më dëgjon"])
def test_fear_and_silence_raise_the_question(text: str) -> None:
    assert read(text).danger in ("ask", "now")


@pytest.mark.parametrize(
    ("text", "command"),
    [("mbrapa", "back"), ("fshi", "delete"), ("ndal", "stop"), ("shqip", "language_sq"), ("english", "language_en"),
     ("dua te flas me nje njeri", "human"), ("ndihmë", "help"), ("NDIHM!!", "help")],
)  # fmt: skip
def test_a_command_is_the_whole_message(text: str, command: str) -> None:
    assert read(text).command == command


@pytest.mark.parametrize(
    "text",
    [
        "ndal burrin se po me rreh",
        "fshi gjakun tha, pastaj me goditi",
        "stop him please he is choking her",
        "dua te flas me nje njeri, burri me rreh",
    ],
)
def test_a_disclosure_beats_a_command_word_inside_it(text: str) -> None:
    reading = read(text)
    assert (reading.command, reading.intent) == ("", "need")


@pytest.mark.parametrize("text", ["1", "nje", "１", "1️⃣", "(1)", "e para", "nje vend", "nr 1", "a place"])
def test_a_choice_however_it_is_typed(text: str) -> None:
    assert read(text, MENU).choice == "stay"


@pytest.mark.parametrize(
    ("text", "kind", "ids"),
    [
        ("burri me rreh, jam ne elbasan me femijet", "one", ("m-elbasan",)),
        ("ntirane", "one", ("m-tirane",)),
        ("nga Shkodra jam, tani ne Durres", "one", ("m-durres",)),
        ("rruga e Kavajes, kati i dyte", "none", ()),
        ("jam lindur ne Korce, kerkoj pune", "none", ()),
        ("ne shkodres", "one", ("m-shkoder",)),
        ("qyteti i Durresit", "one", ("m-durres",)),
        ("Lezha", "one", ("m-lezhe",)),
        ("jam ne shkalle", "none", ()),
        ("i lost my mat", "none", ()),
    ],
)
def test_places_in_sentences(text: str, kind: str, ids: tuple[str, ...]) -> None:
    place = read(text).place
    assert (place.kind, place.ids) == (kind, ids)


def test_homonyms_ask_back_and_keep_the_need() -> None:
    reading = read("kerkoj pune ne golem")
    assert reading.place.kind == "which"
    assert reading.needs == ("job_income",)
    assert read("mat", WHERE).place.ids == ("m-mat",)


@pytest.mark.parametrize(
    ("text", "country"),
    [("i am in london my boss took my passport", "GB"), ("jam ne gjermani, shefi s'me paguan", "DE"),
     ("due me u kthy prej Gjermanis", "DE"), ("from durres, now manila, agent take my id", "PH")],
)  # fmt: skip
def test_abroad(text: str, country: str) -> None:
    place = read(text).place
    assert (place.kind, place.country) == ("abroad", country)


@pytest.mark.parametrize(
    ("text", "language"),
    [("3 pls", "en"), ("option 2", "en"), ("opsioni 2", "sq"), ("3 flm", "sq"), ("2", ""), ("london", "en"),
     ("paris", "sq"), ("madrid", "sq"), ("okay", "en"), ("okej", "sq")],
)  # fmt: skip
def test_a_short_answer_has_the_language_of_its_words_and_switches_nothing(text: str, language: str) -> None:
    reading = read(text)
    assert (reading.language, reading.clear) == (language, False)


@pytest.mark.parametrize(
    ("text", "language"),
    [("i need a lawyer", "en"), ("i need a lawyer in durres", "en"), ("i am in london my boss took my passport", "en"),
     ("is it free", "en"), ("who is this", "en"), ("i want to talk to a human", "en"),
     ("kam nevoje per avokat", "sq"), ("sa kushton kjo", "sq")],
)  # fmt: skip
def test_a_clear_language_may_switch(text: str, language: str) -> None:
    reading = read(text)
    assert (reading.language, reading.clear) == (language, True)


@pytest.mark.parametrize(
    "text", ["ok", "tirana", "stop", "boss nuk me jep leave as rroge", "he is at the dera me thike"]
)
def test_one_word_or_a_mixture_switches_nothing(text: str) -> None:
    reading = read(text)
    assert not (reading.clear and reading.language == "en")


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("burri po m'rreh perdite, jom n'shkoder me dy fmi", "adult"),
        ("jam 15 vjec e njerku me prek", "child"),
        ("i am 14 and my dad beats me", "child"),
        ("jam nene me dy femije 3 dhe 5 vjec, burri me rreh", "adult"),
        ("he beats me for 12 years", "unknown"),
        ("punoj 14 ore ne dite", "adult"),
        ("kam frike", "unknown"),
    ],
)
def test_age_only_where_it_is_said(text: str, age: str) -> None:
    assert read(text).audience.age == age


@pytest.mark.parametrize(
    ("text", "sex"),
    [("burri me rreh", "f"), ("my wife beats me", "m"), ("kam nevoje per avokat", "unknown"),
     ("my husband beats our son", "f")],
)  # fmt: skip
def test_sex_only_where_it_is_said(text: str, sex: str) -> None:
    assert read(text).audience.sex == sex


@pytest.mark.parametrize(
    "text",
    ["a student of mine has bruises, her father beats her", "fqinja ime rrihet nga burri",
     "my sister is beaten by her husband", "jam mesuese, nje nxenes me mavijosje", "per nje shoqe qe e rreh burri"],
)  # fmt: skip
def test_writing_for_somebody_else(text: str) -> None:
    assert read(text).other


@pytest.mark.parametrize(
    "text", ["smuj me fol ai osht ktu", "i cannot talk he is listening", "s'mund të flas, ai është këtu"]
)
def test_who_cannot_speak(text: str) -> None:
    assert read(text).cannot_call


@pytest.mark.parametrize(
    ("text", "wish"),
    [("mos me telefononi ju lutem", "no_call"), ("only text me please, burri me rreh", "text_only"),
     ("mos me shkruaj pas ores 6, ai kthehet ne shtepi", "no_text_after")],
)  # fmt: skip
def test_wishes_about_contact_are_no_opt_out(text: str, wish: str) -> None:
    reading = read(text)
    assert wish in reading.constraints
    assert reading.intent != "stop"


@pytest.mark.parametrize(
    "text",
    [
        "quhem Ana Hoxha, rruga e Durresit 12",
        "my name is Maria Hoxha, passport number AB1234567",
        "numri im J12345678A",
        "+355 69 123 4567 355691234567",
    ],
)
def test_what_is_personal_is_seen(text: str) -> None:
    assert read(text).personal


def test_the_second_opinion_only_asks() -> None:
    """It is heard in some messages, and in none of them does it come to an alarm or to nothing."""
    readings = [read(row["text"]) for row in rows("seen_danger.jsonl")]
    heard = [reading.danger for reading in readings if any(rule.startswith("second") for rule in reading.rules)]
    assert len(heard) > 5
    assert set(heard) == {"ask"}


@pytest.mark.parametrize(
    "text", ["kam frike", "kam frik", "sjam mire", "s'jam mirë", "nuk jam mire", "jam keq", "i'm not ok", "i feel bad"]
)
def test_who_only_says_that_they_are_not_well_is_asked(text: str) -> None:
    assert read(text).danger == "ask"


@pytest.mark.parametrize("text", ["jam mire", "nuk jam mire me matematiken", "nuk jam mire i informuar per kurset"])
def test_who_is_well_or_speaks_of_a_thing_is_not(text: str) -> None:
    assert read(text).danger == "none"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ms nuk jm mir", ["nuk", "jam"]),
        ("me zuri nfyt", ["ne", "fyt"]),
        ("godt", ["goditi"]),
        ("ntirane", ["ne", "tirane"]),
        ("nearly", ["nearly"]),  # no "ne early"
        ("dhet", ["dhet"]),
    ],
)
def test_vowels_that_were_left_out_come_back(text: str, words: list[str]) -> None:
    split = Splitter(lexicon.load(LOCALES), lambda word: word in {"fyt", "tirane", "me", "zuri", "mir", "dhet"}).split
    assert set(words) <= set(split(text)[0])


@pytest.mark.parametrize("text", ["s'jam mire", "sjam mire", "s jam ne siguri", "sjam ne siguri", "S'JAM MIRË"])
def test_a_not_is_never_taken_for_a_slip_of_the_thumb(text: str) -> None:
    """ "I am not safe" must not answer the question whether somebody is safe with a yes."""
    assert (
        read(text, Expecting(asks="choice", choices=(("yes", frozenset({"po"})), ("no", frozenset({"jo"}))))).answer
        != "yes"
    )
