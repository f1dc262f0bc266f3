"""The web application: Flask around what `build` joined.

Owns: which routes there are, health and numbers for the operator, and what every answer carries in its head.
Never: what a reply says; a cookie; a log line about a request.
"""

from __future__ import annotations

import functools
import hmac
import os
import sys
import time
from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from bot import account, build, children, delivery, listing, settings, tally, trouble, webhook
from bot.build import House
from bot.demo import card, line, pace, page
from bot.directory import drawing, public
from bot.settings import FLOWS, Settings
from bot.storage.limits import Brakes

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), interest-cohort=()",
}


def serving() -> Flask:
    """What the web server calls in each of its processes, which end with the one that started them."""
    if sys.platform == "linux":
        # asked of the one that forked us: a parent that is gone already would be taken for the one it left us to
        starter = started_by()
        children.die_with(starter if starter != os.getpid() else os.getppid())
    return create_app(*prepared())


@functools.cache
def prepared() -> tuple[House, Settings]:
    """Everything joined, once: by the process that starts the others, so that they inherit it, keys included, and what
    cannot be used is told once and not by each of them. No connection is open yet. Raises OperatorError, AdminError."""
    started_by()
    checked = settings.read(running=True)
    return build.house(checked), checked


@functools.cache
def started_by() -> int:
    """The process that joined the house: known in those it forks, which ask the system when it is gone."""
    return os.getpid()


def create_app(house: House, checked: Settings) -> Flask:
    """The application of one process. `house` is everything joined, over whichever store."""
    app = Flask("bot", static_folder=None)
    counts = tally.Tally()
    resort = webhook.LastResort(
        FLOWS, house.answers.emergency, house.reader.read, house.lookups["hotline"], house.answers.values
    )
    app.register_blueprint(webhook.blueprint(_route(house, checked, counts, resort)))
    if checked.demo:
        app.register_blueprint(page.blueprint(_demo(house, checked)))
    app.register_blueprint(_listing(house, checked))
    _for_operators(app, house, checked, counts, resort)
    app.after_request(_headed)
    app.register_error_handler(Exception, _broken)
    return app


def _route(house: House, checked: Settings, counts: tally.Tally, resort: webhook.LastResort) -> webhook.Route:
    return webhook.Route(
        carrier=account.carrier(checked),
        hear=house.helpline.hear,
        resort=resort,
        count=counts.add,
        status=delivery.follow(house.store, counts.add),
        body_bytes=checked.limits.body_bytes,
        took=counts.took,
    )


def _listing(house: House, checked: Settings) -> Blueprint:
    book = build.books().phrases
    texts = {language: book.texts(language) for language in listing.LANGUAGES}
    drawn = {language: drawing.svg(house.answers.directory, language, texts[language]) for language in texts}
    return listing.blueprint(house.answers, public.feed, drawn.__getitem__, checked.default_language)


def _demo(house: House, checked: Settings) -> page.Demo:
    limits = checked.limits
    asked = line.Limits(
        talk=limits.demo_talk,
        text=limits.demo_text,
        body=limits.body_bytes,
        mark=limits.seen,
        slack=limits.ticket_slack,
    )
    return page.Demo(
        line=line.Line(helpline=house.helpline, answers=house.answers, limits=asked),
        language=checked.default_language,
        numbers=card.numbers(checked.twilio_sms_from, checked.twilio_whatsapp_from),
        pace=pace.Pace(limits.demo_minute),
        broken=webhook.note,
    )


def _for_operators(
    app: Flask, house: House, checked: Settings, counts: tally.Tally, resort: webhook.LastResort
) -> None:
    """Health of the process, readiness with every reason for worry, and the numbers."""
    started = time.time()

    def healthz() -> Response:
        return jsonify(status="ok")

    def readyz() -> tuple[Response, int]:
        if not resort.reply:
            return jsonify(status="failed", reasons=["static_reply"]), 503
        reasons = trouble.reasons(house.store, checked.limits, time.time())
        return jsonify(status="degraded" if reasons else "ok", reasons=reasons), 200

    def metrics() -> Response:
        if not checked.metrics_token:
            return Response(status=404)
        wanted = f"Bearer {checked.metrics_token}".encode()
        if not hmac.compare_digest(wanted, request.headers.get("Authorization", "").encode()):
            return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        now = time.time()
        reasons = trouble.reasons(house.store, checked.limits, now)
        text = tally.page(counts, {**trouble.gauges(house.store, now), **_brakes(house)}, reasons, started)
        return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")

    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.add_url_rule("/metrics", "metrics", metrics)


def _brakes(house: House) -> dict[str, float]:
    brake = house.helpline.parts.brake
    return {"spend_brake_prefixes": brake.spending(datetime.now(UTC))} if isinstance(brake, Brakes) else {}


def _headed(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


def _broken(error: Exception) -> Response:
    """Whatever no route caught: its status and nothing else."""
    if isinstance(error, HTTPException):
        known = error.get_response()
        headers = {name: known.headers[name] for name in ("Location", "Allow") if name in known.headers}
        return Response(status=error.code or 500, headers=headers)
    webhook.note("unexpected", error)
    return Response(status=500)
