"""The pages of the demonstration, below /demo: the phone, its line, prepared talks, the map, the card, the shell.

Owns: which routes there are, and what the pages may load and send. Never: an answer (`line`), a word of the page
(phrases `system.demo_…`), Redis, a real key, anything kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec
from flask import Blueprint, Response, render_template, request, send_from_directory

from bot.channels import fill
from bot.channels.render import phrase
from bot.demo import card, marks, talk, talks
from bot.demo.line import Asked, Line
from bot.demo.pace import Pace

PREFIX: Final = "system.demo_"
JSON: Final = "application/json"
SVG: Final = "image/svg+xml"
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
# Towns whose pin the page can send: ids of places.csv. Nobody's own place is asked for.
TOWNS: Final = ("m-shkoder", "m-tirane", "m-durres", "m-elbasan", "m-vlore")


class Looking(msgspec.Struct, frozen=True, kw_only=True):
    """What the page sends for the map of its talk."""

    channel: str
    token: str = ""
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What the pages are handed."""

    line: Line
    language: str
    numbers: tuple[card.Number, ...]
    pace: Pace
    broken: Callable[[str, BaseException], None]  # writes down what failed, without any text


def blueprint(demo: Demo) -> Blueprint:
    """The routes below /demo."""
    routes = Blueprint(
        "demo",
        __name__,
        url_prefix="/demo",
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )
    drawn = marks.Map(demo.line.answers)
    routes.add_url_rule("/", "phone", lambda: phone(demo))
    routes.add_url_rule("/message", "message", lambda: message(demo), methods=["POST"])
    routes.add_url_rule("/map", "map", lambda: map_of(demo, drawn), methods=["POST"])
    routes.add_url_rule("/talks/<name>", "talks", lambda name: prepared(demo, name))
    routes.add_url_rule("/card", "card", lambda: card_page(demo))
    routes.add_url_rule("/card/<kind>-<language>-<channel>.svg", "sheet", lambda **named: sheet(demo, **named))
    routes.add_url_rule("/manifest.webmanifest", "manifest", lambda: manifest(demo))
    routes.add_url_rule("/worker.js", "worker", lambda: send_from_directory(f"{routes.root_path}/static", "worker.js"))
    routes.after_request(_headed)
    return routes


def phone(demo: Demo) -> str:
    """The page, in the language asked for, with the texts of every language for switching."""
    every = texts(demo)
    language = _language(demo)
    return render_template(
        "phone.html",
        texts=every[language],
        every=every,
        language=language,
        talks=list(talks.listed()),
        towns=_towns(demo),
    )


def texts(demo: Demo) -> dict[str, dict[str, str]]:
    """Language -> name -> the page's own text."""
    parts = demo.line.helpline.parts
    now = datetime.now(UTC)
    names = [address for address in parts.script.phrases["en"] if address.startswith(PREFIX)]

    def own(address: str, language: str) -> str:
        return fill.fill(
            phrase(parts.script, address, language, False), lambda name: parts.values(name, "AL", language, now)
        )

    return {
        language: {address.removeprefix(PREFIX).removesuffix(".say"): own(address, language) for address in names}
        for language in sorted(parts.script.phrases)
    }


def message(demo: Demo) -> Response:
    """One message of the page, by the straight line of real ones."""
    asked = _asked(demo, Asked)
    if isinstance(asked, Response):
        return asked
    return _json(demo, lambda: demo.line.answer(asked, datetime.now(UTC)))


def map_of(demo: Demo, drawn: marks.Map) -> Response:
    """The map of the talk in a token."""
    asked = _asked(demo, Looking)
    if isinstance(asked, Response):
        return asked
    session = talk.unseal(asked.token, asked.channel)
    language = asked.language if asked.language in demo.line.helpline.parts.script.phrases else demo.language
    return _json(demo, lambda: drawn.of(session, language, datetime.now(UTC)))


def prepared(demo: Demo, name: str) -> Response:
    """One prepared talk, in the language asked for."""
    parts = demo.line.helpline.parts
    found = talks.load(parts.script, name, _language(demo), parts.session_seconds)
    return Response(status=404) if found is None else _json(demo, lambda: found)


def card_page(demo: Demo) -> str:
    """The sheets to print: small cards and a poster, in every language."""
    language = _language(demo)
    number = _number(demo, request.args.get("channel", ""))
    return render_template(
        "card.html", texts=texts(demo)[language], language=language, languages=sorted(texts(demo)), number=number,
        numbers=demo.numbers, kinds=card.KINDS,
    )  # fmt: skip


def sheet(demo: Demo, kind: str, language: str, channel: str) -> Response:
    """One sheet as SVG."""
    every = texts(demo)
    channels = {number.channel for number in demo.numbers}
    if kind not in card.KINDS or language not in every or channel not in channels:
        return Response(status=404)
    return Response(card.svg(kind, _number(demo, channel), every[language]), content_type=SVG)


def manifest(demo: Demo) -> Response:
    """What a home screen wants to know."""
    own = texts(demo)[_language(demo)]
    sizes = {
        "icon.svg": ("any", SVG),
        "icon-192.png": ("192x192", "image/png"),
        "icon-512.png": ("512x512", "image/png"),
    }
    icons = [
        {"src": f"static/{name}", "sizes": size, "type": kind, "purpose": "any maskable"}
        for name, (size, kind) in sizes.items()
    ]
    body = {
        "name": own["title"], "short_name": "Besa", "lang": _language(demo), "start_url": "./", "scope": "./",
        "display": "standalone", "background_color": "#d9dde2", "theme_color": "#12507a", "icons": icons,
    }  # fmt: skip
    return Response(msgspec.json.encode(body), content_type="application/manifest+json")


def _number(demo: Demo, channel: str) -> card.Number:
    return next((number for number in demo.numbers if number.channel == channel), demo.numbers[0])


def _towns(demo: Demo) -> list[dict[str, Any]]:
    places = demo.line.answers.directory.places
    rows = (places.row(ident) for ident in TOWNS)
    return [
        {"name": places.names_sq[row], "latitude": places.lat[row], "longitude": places.lon[row]}
        for row in rows
        if row >= 0
    ]


def _language(demo: Demo) -> str:
    wanted = request.args.get("lang", "")
    return wanted if wanted in demo.line.helpline.parts.script.phrases else demo.language


Body = TypeVar("Body", bound=msgspec.Struct)


def _asked(demo: Demo, kind: type[Body]) -> Body | Response:
    """What was sent, or why it is refused."""
    most = demo.line.limits.body
    if request.mimetype != JSON:
        return Response(status=415)
    if (request.content_length or 0) > most:
        return Response(status=413)
    if not demo.pace.allows(request.remote_addr or ""):
        return Response(status=429)
    try:
        return msgspec.json.decode(request.stream.read(most + 1), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Response(status=400)


def _json(demo: Demo, made: Callable[[], msgspec.Struct]) -> Response:
    try:
        return Response(msgspec.json.encode(made()), content_type=JSON)
    except Exception as error:
        demo.broken("demo", error)
        return Response(status=503)


def _headed(response: Response) -> Response:
    response.headers.update({"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})
    return response
