"""What the demonstration plays, explains and maps, asked of its line as the page asks."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import product
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot import build, settings, transcripts
from bot.app import create_app
from bot.demo import talk, talks, why
from bot.demo.page import TOWNS
from bot.directory.ranking import Person, offers
from bot.errors import AdminError
from bot.transcripts import START

NAMES = [(name, language) for name, files in talks.listed().items() for language in files]


@pytest.fixture(scope="module")
def house() -> build.House:
    return build.house(settings.read({}))


@pytest.fixture
def web(house: build.House) -> FlaskClient:
    return create_app(house, settings.read({})).test_client()


def say(web: FlaskClient, text: str, token: str = "", **more: Any) -> Any:
    body = {"channel": "sms", "key": str(len(token)) + text, "token": token, "text": text} | more
    answer = web.post("/demo/message", json=body)
    assert answer.status_code == 200
    return answer.json


# --- prepared talks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "language"), NAMES)
def test_a_prepared_talk_is_answered_as_its_transcript_says(web: FlaskClient, name: str, language: str) -> None:
    """Played as the page plays it, line by line over the sealed token."""
    played = web.get(f"/demo/talks/{name}?lang={language}").json
    said, token = [], ""
    for number, line in enumerate(played["lines"]):
        if line.pop("passes", False):
            token = "" if line.get("forgets") else token
            continue
        line.pop("shown", None)
        answer = say(web, line.pop("text", ""), token, channel=played["channel"], key=str(number), **line)
        token = answer["token"]
        said += [answer["text"]] + [answer["later"]] * bool(answer["later"])
    written = transcripts.read(talks.FOLDER / talks.listed()[name][language])
    assert [line[2:] for line in written.lines if line.startswith("< ")] == "\n".join(said).splitlines()


def test_the_talks_are_of_the_kinds_that_were_promised() -> None:
    assert list(talks.listed()) == ["mother", "boy", "passport", "italy", "danger", "hurry", "later"]
    assert all(sorted(files) == ["en", "sq"] for files in talks.listed().values())


def test_a_talk_that_is_not_listed_is_not_found(web: FlaskClient) -> None:
    assert web.get("/demo/talks/other").status_code == 404
    assert web.get("/demo/talks/..%2Fpage.py").status_code == 404


def test_times_that_pass_forget_where_a_real_talk_would(house: build.House) -> None:
    text = "# at: 2026-12-01T10:00:00+00:00\n> hello\n~ later 5 minutes\n> 2\n~ later 31 minutes\n> hello\n"
    lines = talks.parse(house.script, text, "en", 1800).lines
    start = int(START.timestamp())
    assert [(line.at - start, line.passes, line.forgets) for line in lines] == [
        (20, False, False), (320, True, False), (340, False, False), (2200, True, True), (2220, False, False),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["> hello\n", "# at: 2026-12-01T10:00:00+00:00\n> [photo]\n"])
def test_what_the_page_cannot_play_is_refused(house: build.House, text: str) -> None:
    with pytest.raises(AdminError):
        talks.parse(house.script, text, "en", 1800)


# --- why it said that ---------------------------------------------------------------------------------------------


def test_nothing_is_explained_unless_asked_for(web: FlaskClient) -> None:
    assert say(web, "burri me rreh")["why"] is None
    assert say(web, "burri me rreh", why=True)["why"]


def test_what_was_understood_the_way_and_the_choice_are_told(house: build.House, web: FlaskClient) -> None:
    first = say(web, "burri me rreh", why=True, language="en")
    keys = {noted["key"]: noted["names"] for noted in first["why"]["understood"]}
    assert keys["needs"][0] == house.values("need", "domestic_violence", "en", START)["label"]
    assert first["why"]["chosen"] is None
    assert any(":" in rule for rule in first["why"]["rules"])
    second = say(web, "elbasan", first["token"], why=True, language="en")["why"]
    assert {"key": "place", "names": ["Elbasan"], "km": None, "until": None} in second["understood"]
    assert second["way"][0].startswith(("entry", "choice", "row"))
    assert "Elbasan" in second["chosen"]["name"]
    for service in (second["chosen"], second["next"]):
        assert abs(sum(one["km"] for one in service["reasons"]) - service["sum"]) <= len(service["reasons"])
    assert second["chosen"]["sum"] <= second["next"]["sum"]
    assert second["rules"] == [], "a place is read by the letters that were typed, which are not said again"


def test_names_come_in_the_language_of_the_page(web: FlaskClient) -> None:
    english = say(web, "burri me rreh", why=True, language="en")["why"]["understood"]
    albanian = say(web, "burri me rreh", why=True, language="sq")["why"]["understood"]
    assert english != albanian
    assert say(web, "burri me rreh", why=True, language="xx")["why"]["understood"] == albanian


def test_cost_and_what_would_be_kept(web: FlaskClient) -> None:
    at = int(START.timestamp())
    answer = say(web, "burri me rreh", why=True, at=at)
    assert answer["why"]["cents"] == [8 * answer["parts"], 11 * answer["parts"]]
    kept = {noted["key"]: noted for noted in answer["why"]["kept"]}
    assert kept["kept_session"]["until"] == at + 1800
    assert kept["kept_mark"]["until"] == at + 7 * 86400
    assert "need=domestic_violence" in kept["kept_session"]["names"]
    wiped = say(web, "8", answer["token"], why=True, at=at)["why"]["kept"]
    assert [noted["key"] for noted in wiped] == ["kept_nothing", "kept_mark"]
    free = say(web, "burri me rreh", why=True, channel="whatsapp")
    assert free["why"]["cents"] is None


def test_after_the_yes_to_a_check_in_the_number_would_be_kept(web: FlaskClient) -> None:
    token, told = "", None
    for number, line in enumerate(web.get("/demo/talks/later?lang=sq").json["lines"][:4]):
        line.pop("shown")
        answer = say(web, line.pop("text"), token, channel="whatsapp", key=str(number), why=True, **line)
        token, told = answer["token"], answer
    assert told is not None
    assert told["later"]
    assert [noted["key"] for noted in told["why"]["kept"]] == ["kept_nothing", "kept_number", "kept_mark"]
    session = talk.unseal(token, "whatsapp")
    assert session is not None
    assert (session.step, session.facts, session.recent) == ("checkin.reply", {}, ())


def test_every_reason_of_the_ranking_has_its_text(house: build.House) -> None:
    directory = house.answers.directory
    found = set()
    rows = (-1, *(directory.places.row(town) for town in TOWNS))
    for code, row, age, sex in product(directory.needs, rows, ("", "child", "adult"), ("", "f", "m")):
        if directory.needs[code].service:
            person = Person(needs=(code, "shelter"), place=row, age=age, sex=sex)
            choices, refusals = offers(directory, person, START)
            found |= {why.reason(text)[0] for choice in choices for text, _ in choice.why}
            found |= {why.reason(refusal.reason)[0] for refusal in refusals}
    assert len(found) >= 9
    assert {f"system.demo_why_{key}.say" for key in found} <= house.script.phrases["en"].keys()


# --- the map ------------------------------------------------------------------------------------------------------


def mapped(web: FlaskClient, token: str, language: str = "sq") -> Any:
    return web.post("/demo/map", json={"channel": "sms", "token": token, "language": language}).json


def test_the_map_marks_the_place_and_what_was_offered(web: FlaskClient) -> None:
    first = say(web, "burri me rreh")
    empty = mapped(web, first["token"])
    assert (empty["place"], empty["offered"]) == ("", [])
    assert 'class="offered"' not in empty["svg"]
    second = say(web, "elbasan", first["token"])
    third = say(web, "1", second["token"])
    drawn = mapped(web, third["token"], "en")
    assert drawn["place"] == "Elbasan"
    assert [one["number"] for one in drawn["offered"]] == [1, 2]
    assert drawn["offered"][0]["phone"] in second["text"]
    tree = ElementTree.fromstring(drawn["svg"])
    groups = [group.get("class") for group in tree.iter("{http://www.w3.org/2000/svg}g")]
    assert groups == ["offered", "offered", "understood"]
    assert "Services" in drawn["svg"]


def test_the_map_of_no_talk_is_the_empty_map(web: FlaskClient) -> None:
    assert mapped(web, "nothing")["offered"] == []
    assert web.post("/demo/map", data="x").status_code == 415


# --- the shell ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["", "message", "map", "talks/boy", "card", "manifest.webmanifest", "worker.js", "static/demo.js"]
)
def test_switched_off_nothing_of_it_is_there(house: build.House, path: str) -> None:
    web = create_app(house, settings.read({"DEMO": "off"})).test_client()
    assert web.get(f"/demo/{path}").status_code == 404


def test_a_home_screen_gets_a_name_and_a_picture(web: FlaskClient) -> None:
    manifest = web.get("/demo/manifest.webmanifest?lang=sq").get_json(force=True)
    assert (manifest["lang"], manifest["display"], manifest["scope"]) == ("sq", "standalone", "./")
    for icon in manifest["icons"]:
        assert web.get("/demo/" + icon["src"]).mimetype == icon["type"]
    assert web.get("/demo/worker.js").mimetype == "text/javascript"


@pytest.mark.parametrize("path", ["", "card", "talks/boy", "worker.js", "card/cards-en-sms.svg", "static/demo.css"])
def test_every_answer_is_strict_and_not_kept(web: FlaskClient, path: str) -> None:
    headers = web.get(f"/demo/{path}").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
