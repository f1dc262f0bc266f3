"""`/directory/`: what of the directory anybody may read, as a page and as a feed.

Owns: the two routes and the look of the page. Never: which facts are public (`directory/public`), a session, a form, a
script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request
from markupsafe import Markup

from bot.directory.answers import Answers

LANGUAGES: Final = {"sq": "Shqip", "en": "English"}
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
LOOK: Final = Markup("""<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fbfaf7}
h2{margin-top:2rem}li{margin:.3rem 0}article{border-top:1px solid #ddd6c8;padding:.6rem 0}h3{margin:0}
.quiet{color:#666}svg{max-width:100%;height:auto}a{color:#2a5d9f}
</style>""")

Feed = Callable[[Answers, str, datetime], dict[str, Any]]
Draw = Callable[[str], str]


def blueprint(answers: Answers, feed: Feed, draw: Draw, language: str) -> Blueprint:
    """The routes. `feed` and `draw` give the public facts and the map of a language; `language` is the usual one."""
    routes = Blueprint("listing", __name__)

    def asked() -> str:
        wanted = request.args.get("language", language)
        return wanted if wanted in LANGUAGES else language

    @routes.get("/directory/")
    def page() -> Response:
        spoken = asked()
        html = "\n".join(_page(answers, feed(answers, spoken, datetime.now(UTC)), draw(spoken), spoken))
        return Response(html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})

    @routes.get("/directory/feed.json")
    def as_json() -> Response:
        return jsonify(feed(answers, asked(), datetime.now(UTC)))

    return routes


def _page(answers: Answers, told: dict[str, Any], drawn: str, language: str) -> Iterator[Markup]:
    def word(context: str) -> str:
        return answers.text(language, context)

    title = word("page.title")
    head = Markup('<!doctype html><html lang="{}"><meta charset="utf-8"><title>{}</title>').format(language, title)
    yield head + Markup('<meta name="viewport" content="width=device-width">') + LOOK
    yield Markup("<h1>{}</h1><p>").format(title) + _languages(language) + Markup("</p>")
    yield Markup(drawn)  # noqa: S704 (drawn by directory/drawing, which escapes every name)
    yield Markup("<h2>{}</h2>").format(word("page.lines"))
    yield from _lines(told, word, abroad=False)
    yield Markup("<h2>{}</h2>").format(word("page.abroad"))
    yield from _lines(told, word, abroad=True)
    yield Markup("<h2>{}</h2>").format(word("page.organizations"))
    for org in told["organizations"]:
        yield from _organization(org, word)
    yield Markup('<p class="quiet">{}</p></html>').format(word("page.credits"))


def _languages(language: str) -> Markup:
    names = [
        Markup("{}").format(name) if code == language else Markup('<a href="?language={}">{}</a>').format(code, name)
        for code, name in LANGUAGES.items()
    ]
    return Markup(" · ").join(names)


def _lines(told: dict[str, Any], word: Callable[[str], str], *, abroad: bool) -> Iterator[Markup]:
    yield Markup("<ul>")
    for line in told["lines"]:
        if (line["country"] != "AL") is abroad:
            where = f"{line['country_name']}: " if abroad else ""
            reach = " · ".join(part for part in (line["phone"], line["website"]) if part)
            said = [line["what"], line["serves"], line["hours"]]
            said += [word("page.police")] if line["police"] == "yes" else []
            said += [] if line["answers"] else [word("page.not_answering")]
            yield Markup("<li>{}{}: <b>{}</b> <span class=quiet>{}</span>").format(
                where, line["name"], reach, " · ".join(part for part in said if part)
            )
    yield Markup("</ul>")


def _organization(org: dict[str, Any], word: Callable[[str], str]) -> Iterator[Markup]:
    notes = [word("page.prevention")] if org["kind"] == "prevention" else []
    notes += [word("page.unconfirmed")] if org["phone"] and not org["assured"] else []
    full = org["full_name"] if org["full_name"] != org["name"] else ""
    yield Markup("<article><h3>{} <small class=quiet>{}</small></h3>").format(org["name"], full)
    yield Markup("<p>{} · {}").format(org["town"], org["what"])
    if org["phone"]:
        yield Markup(" · <b>{}</b>").format(org["phone"])
    if org["website"]:
        yield Markup(' · <a rel="noreferrer" href="https://{0}">{0}</a>').format(org["website"])
    yield Markup(" <span class=quiet>{}</span></p><ul>").format(" · ".join(notes))
    for service in org["services"]:
        towns = ", ".join(service["towns"])
        yield Markup("<li>{} <span class=quiet>{}</span>").format(
            service["what"], " · ".join(part for part in (service["serves"], towns) if part)
        )
    yield Markup("</ul></article>")
