"""The public page and its feed: what stands on it, and what must not."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot import listing
from bot.authoring import phrasebook
from bot.directory import drawing, public
from bot.directory.answers import Answers
from bot.directory.load import load

ROOT = Path(__file__).parent.parent
DIRECTORY = load(ROOT / "data")
TEXTS = {"sq": phrasebook.load(ROOT / "bot" / "locales").texts("sq")}
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


def client(assurance: str) -> FlaskClient:
    """A browser."""
    answers = Answers(DIRECTORY, TEXTS, assurance)
    app = Flask("page", static_folder=None)
    maps = {language: drawing.svg(DIRECTORY, language, TEXTS.get(language, {})) for language in listing.LANGUAGES}
    app.register_blueprint(listing.blueprint(answers, public.feed, maps.__getitem__, "sq"))
    return app.test_client()


class Tags(HTMLParser):
    """Every tag and what it leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags(text: str) -> Tags:
    """A page, read."""
    parser = Tags()
    parser.feed(text)
    return parser


@pytest.mark.parametrize("language", ["sq", "en"])
def test_the_page_tells_everybody_and_runs_nothing(language: str) -> None:
    answer = client("listed").get(f"/directory/?language={language}")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    names = {tag for tag, _ in tags(text).seen}
    assert not names & {"script", "form", "img", "iframe", "link"}
    assert {"svg", "article", "h3"} <= names
    for org in DIRECTORY.organizations.values():
        assert org.name.replace("&", "&amp;").replace('"', "&#34;").replace("'", "&#39;") in text
    assert ("Shërbime në Shqipëri" if language == "sq" else "Services in Albania") in text


def test_an_unknown_language_is_the_usual_one() -> None:
    text = client("listed").get("/directory/?language=%3Cscript%3E").get_data(as_text=True)
    assert "Shërbime në Shqipëri" in text
    assert "<script" not in text


def test_links_lead_to_websites_only_and_tell_nobody_from_where() -> None:
    websites = {f"https://{org.website}" for org in DIRECTORY.organizations.values() if org.website}
    links = [
        attrs for tag, attrs in tags(client("listed").get("/directory/").get_data(as_text=True)).seen if tag == "a"
    ]
    outward = [attrs for attrs in links if not str(attrs["href"]).startswith("?")]
    assert {str(attrs["href"]) for attrs in outward} == websites
    assert all(attrs["rel"] == "noreferrer" for attrs in outward)


def test_strict_shows_no_number_that_nobody_dialled() -> None:
    for path in ("/directory/", "/directory/feed.json"):
        listed, strict = (client(mode).get(path).get_data(as_text=True) for mode in ("listed", "strict"))
        for org in DIRECTORY.organizations.values():
            for phone in org.phones:
                assert phone.number not in strict
        assert "+355 4 2265398" in listed
        assert "116 117" in strict


def test_the_feed_is_whole_and_keeps_what_is_for_admins() -> None:
    told = json.loads(client("listed").get("/directory/feed.json?language=en").data)
    assert {row["id"] for row in told["organizations"]} == set(DIRECTORY.organizations)
    assert told["digest"] == DIRECTORY.digest
    text = json.dumps(told)
    assert not re.search(r'"(note|source|page)"', text)
    offered = {f"{o.id}.{s.id}" for o in DIRECTORY.organizations.values() for s in o.services if s.offered}
    assert {service["id"] for row in told["organizations"] for service in row["services"]} == offered
    broken = {row["id"] for row in told["lines"] if not row["answers"]}
    assert broken == {"al-116006"}


def test_a_name_with_signs_of_html_stays_text() -> None:
    row = public.feed(Answers(DIRECTORY, TEXTS, "listed"), "en", NOW)["organizations"][0]
    told = "".join(listing._organization({**row, "full_name": "<b>x</b>", "website": '"><i>'}, lambda _: "w"))
    assert "<b>x" not in told
    assert "<i>" not in told
