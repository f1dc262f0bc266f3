"""Every name of every place of the directory is found by the question for a town, or says that it is shared."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict

import pytest

from bot import build, settings
from bot.dialogue.reading import Expecting
from bot.storage.memory import Memory
from bot.understanding.folding import fold
from bot.understanding.places import endings

ASKED = Expecting(asks="place", step="place.ask")
# Places of data/places_mended.csv that places.csv does not have.
MORE = {"b-llogara"}
# Names that are also an answer, a command or an insult: a town must be written with more (a postcode, "fshati ...").
WORDS = 0.002


def test_every_name_resolves_or_says_that_it_is_shared(capsys: pytest.CaptureFixture[str]) -> None:
    house = build.house(settings.read(environ={}), Memory())
    names = list(house.answers.directory.places.names())
    shared: defaultdict[str, set[str]] = defaultdict(set)
    for ident, forms, *_ in names:
        for form in forms:
            shared[fold(form)].add(ident)
    found: Counter[str] = Counter()
    lost = []
    for ident, forms, *_ in names:
        for form in dict.fromkeys(forms):
            reading = house.reader.read(form, ASKED)
            place = reading.place
            if place.kind in ("one", "which"):
                found["itself" if place.ids == (ident,) else "shared" if ident in place.ids else "a larger one"] += 1
            elif len(shared[fold(form)]) > 2 and place.kind == "unknown":
                found["shared by too many"] += 1
            else:
                found["a word of its own"] += 1
                lost.append(form)
    total = sum(found.values())
    with capsys.disabled():
        shares = ", ".join(f"{what} {count / total:.1%}" for what, count in found.most_common())
        print(f"\n{len(names)} places, {total} names: {shares}")
    assert len(names) == 4437 + len(MORE)
    assert found["a word of its own"] <= total * WORDS, lost


# What people type -> the places it may mean, as name and municipality; "" where GeoNames only guesses it.
TYPED = [
    ("velipojë", ["Velipojë, Shkodër"]),
    ("jam ne velipoje", ["Velipojë, Shkodër"]),
    ("vermosh", ["Vermosh, Malësi e Madhe"]),
    ("kallmet", ["Kallmeti i Madh, Lezhë", "Kallmet, Tiranë"]),
    ("shalë", ["Shalë, Himarë", "Nicaj-Shalë, Shkodër"]),
    ("morinë", ["Morinë, Tiranë", "Morinë, Kukës"]),
    ("krutje", ["Krutja e Poshtme, Lushnjë"]),
    ("fushë-kuqe", ["Fushëkuqe, Kurbin"]),
    ("fushe kuqe", ["Fushëkuqe, Kurbin"]),
    ("shënavlash", ["Shënavlash, Cërrik", "Shënavlash, Durrës"]),
    ("zvernec", ["Zvërnec, Vlorë"]),
    ("shushicë", ["Shushicë, Elbasan"]),
    ("razma", ["Razëm, Malësi e Madhe"]),
    ("jalë", ["Jal, Himarë"]),
    ("llogara", ["Llogara, Vlorë"]),
    ("drilon", ["Tushemisht, Pogradec"]),
    ("lurë", ["Fushë-Lurë, Dibër"]),
    ("theth", ["Theth, Shkodër"]),
    ("bathore", ["Bathore, Kamëz"]),
    *((quarter, ["Tiranë, Tiranë"]) for quarter in (
        "kombinat", "laprakë", "te lapraka", "kinostudio", "ali demi", "selitë", "astir", "don bosko", "21 dhjetori",
        "blloku", "jam te blloku", "porcelan", "yzberisht", "allias", "komuna e parisit", "kodra e diellit", "fresku",
    )),
    ("sauk", ["Sauk, Tiranë"]),
    ("babrru", ["Kamëz, Kamëz"]),
]  # fmt: skip
# A name that is an everyday word is a place in the answer to "which town?" alone.
EVERYDAY = [
    "ka dale ne blloku i shenimeve", "servis porcelani per kuzhine", "me 21 dhjetori kam gjyqin",
    "ajri i fresku me ben mire",
]  # fmt: skip


# What somebody writes unasked -> where they are: a town, a country, or "" where the name says nothing about it.
WRITTEN = [
    ("jo Fier, Patos", "Patos"),
    ("korçare jam", "Korçë"),
    ("belsh te liqeni", "Belsh"),
    ("prej peshkopis", "Peshkopi"),
    ("a ka pun n'has per nji 50 vjeçar", "Has"),
    ("jam banore e lushnjes", "Lushnjë"),
    ("we lived in Rome for years, back in Shijak since march without income", "Shijak"),
    ("in boston now, i need a lawyer for custody", "US"),
    ("mbledhim portokaj ne greqi, flejme 14 veta ne kontejner dhe leket i mban ai qe na solli", "GR"),
    ("my ex in Germany says he will send our video to my father in Tropoja if i do not come back", "Tropojë"),
    ("it is raining and i am outside in durres with my kids, no place to sleep", "Durrës"),
    ("Bora jam nga Tirana", "Tiranë"),
    ("is a cleaning job in Cyprus with nothing on paper safe to take?", ""),
    ("neser ne 5 me cojne ne greqi me zor", ""),
    ("na kane hipur ne gomone me zor drejt greqise", ""),
    ("ish burri po e nget makinen knej drejt gremines, un jam mrena", ""),
    ("he says he will take the children to turkey if i talk", ""),
    ("brother lives in New York and sends us sneakers", ""),
    ("djali studion ne Prishtine, mbaron kete vit", ""),
    ("shitet apartament 2+1 ne Golem buze detit", ""),
    ("Parashikimi: Korçë minus 4, në Kukës borë e dendur", ""),
]


@pytest.fixture(scope="module")
def house() -> build.House:
    return build.house(settings.read(environ={}), Memory())


@pytest.mark.parametrize(("typed", "meant"), TYPED)
def test_what_people_call_it(typed: str, meant: list[str], house: build.House) -> None:
    rows = house.answers.directory.places.names()
    names = {ident: f"{forms[0]}, {municipality}" for ident, forms, _, municipality, *_ in rows}
    assert [names[ident] for ident in house.reader.read(typed, ASKED).place.ids] == meant


@pytest.mark.parametrize(("text", "where"), WRITTEN)
def test_where_somebody_is_who_was_not_asked(text: str, where: str, house: build.House) -> None:
    place = house.reader.read(text).place
    names = {ident: forms[0] for ident, forms, *_ in house.answers.directory.places.names()}
    assert (place.country if place.kind == "abroad" else "".join(names[ident] for ident in place.ids[:1])) == where


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_words_are_no_place_in_a_sentence(text: str, house: build.House) -> None:
    assert house.reader.read(text).place.kind == "none"


def test_what_was_mended_says_why_and_lies_where_it_lay(house: build.House) -> None:
    """A mended row changes names alone; only a place that GeoNames does not have has coordinates of its own."""
    with (settings.DATA / "places.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    with (settings.DATA / "places_mended.csv").open(encoding="utf-8", newline="") as file:
        mended = list(csv.DictReader(file))
    assert {row["id"] for row in mended if row["id"] not in rows} == MORE
    for row in mended:
        if row["id"] in rows:
            assert (row["lat"], row["lon"], row["kind"]) == tuple(
                rows[row["id"]][key] for key in ("lat", "lon", "kind")
            )
            assert row["source"].startswith(f"{rows[row['id']]['source']}; ")
        else:
            assert row["source"].startswith("by hand: ")
            near = house.answers.place_at(float(row["lat"]), float(row["lon"]))
            assert near.ids == (row["id"],)


def test_no_country_or_city_abroad_is_called_as_a_town_of_ours(house: build.House) -> None:
    """Who writes from Kolonjë must not get the numbers of Cologne."""
    for form in ("{}", "jam ne {}", "burri me rreh, {}", "i am in {} now"):
        for expecting in (Expecting(), ASKED):
            read = {name: house.reader.read(form.format(name), expecting).place for name in towns(house)}
            assert {name: place.country for name, place in read.items() if place.kind == "abroad"} == {}, form


def towns(house: build.House) -> list[str]:
    """The names of municipalities and towns, with every ending."""
    rows = house.answers.directory.places.names()
    names = {form for _, forms, kind, _, _, own in rows for form in forms[:own] if kind in ("municipality", "town")}
    return sorted({ending for name in names for ending in endings(fold(name))})
