"""The demo page and the line behind it: GET /demo/ and POST /demo/message.

Owns: what the page may load, what it may send, and the answer it draws. Never: Redis, a real key, a real address, a
word of the page (phrases `system.demo_…`); nothing that is typed is kept or counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import msgspec
from flask import Blueprint, Response, render_template, request

from bot.channels import fill, sms
from bot.channels.message import Inbound, Option
from bot.channels.render import phrase
from bot.demo import talk
from bot.demo.pace import Pace
from bot.dialogue.session import Said
from bot.dialogue.store import Ticket
from bot.helpline import Helpline

PREFIX: Final = "system.demo_"
ADDRESS: Final = "demo"
JSON: Final = "application/json"
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the page sends. `key` names the message, so that one sent again is answered the same."""

    channel: Literal["sms", "whatsapp"]
    key: str
    token: str = ""
    text: str = ""
    payload: str = ""
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What the page draws. `form`: text, buttons, list, or "" for a silence. `parts` and `encoding` only for an SMS."""

    token: str
    form: str = ""
    text: str = ""
    body: str = ""
    options: tuple[Option, ...] = ()
    parts: int = 0
    encoding: str = ""
    later: str = ""  # the message that a check-in would send


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one page may ask: seconds of a talk, characters of a text, bytes of a request."""

    talk: int
    text: int
    body: int


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What the page is handed."""

    helpline: Helpline
    language: str
    limits: Limits
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
    routes.add_url_rule("/", "phone", lambda: phone(demo))
    routes.add_url_rule("/message", "message", lambda: message(demo), methods=["POST"])
    routes.after_request(_headed)
    return routes


def phone(demo: Demo) -> str:
    """The page, in the language asked for, with the texts of every language for switching."""
    every = texts(demo)
    language = request.args.get("lang", "")
    language = language if language in every else demo.language
    return render_template("phone.html", texts=every[language], every=every, language=language)


def texts(demo: Demo) -> dict[str, dict[str, str]]:
    """Language -> name -> the page's own text."""
    parts = demo.helpline.parts
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
    if request.mimetype != JSON:
        return Response(status=415)
    if (request.content_length or 0) > demo.limits.body:
        return Response(status=413)
    if not demo.pace.allows(request.remote_addr or ""):
        return Response(status=429)
    body = request.stream.read(demo.limits.body + 1)
    try:
        asked = msgspec.json.decode(body, type=Asked)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Response(status=400)
    try:
        return Response(msgspec.json.encode(answer(demo, asked, datetime.now(UTC))), content_type=JSON)
    except Exception as error:
        demo.broken("demo", error)
        return Response(status=503)


def answer(demo: Demo, asked: Asked, now: datetime) -> Answered:
    """The answer to one message, and the token for the next."""
    store = talk.TokenStore(talk.unseal(asked.token, asked.channel))
    heard = Helpline(demo.helpline.parts, store).hear(_inbound(demo, asked, now), now)
    token = talk.seal(store.session, asked.channel, demo.limits.talk)
    outbound = heard.outbound
    if outbound is None:
        return Answered(token=token)
    later = _later(demo, store.ticket, asked.channel, now) if store.ticket else ""
    counted = sms.parts(outbound.text) if asked.channel == "sms" else None
    return Answered(
        token=token,
        form=outbound.form,
        text=outbound.text,
        body=outbound.body,
        options=outbound.options,
        parts=counted.parts if counted else 0,
        encoding=counted.encoding if counted else "",
        later=later,
    )


def _later(demo: Demo, ticket: Ticket, channel: str, now: datetime) -> str:
    """The one message that the check-in just agreed on would send."""
    script = demo.helpline.parts.script
    say = script.steps[script.entries["checkin_reply"]].say
    outbound = demo.helpline.say((Said(say=say),), ticket.language, channel, now)
    return outbound.text if outbound else ""


def _inbound(demo: Demo, asked: Asked, now: datetime) -> Inbound:
    pin = asked.latitude is not None and asked.longitude is not None
    return Inbound(
        channel=asked.channel,
        address=ADDRESS,
        dedup=asked.key[:64],
        kind="location" if pin else "choice" if asked.payload else "text",
        text=asked.text[: demo.limits.text].strip(),
        payload=asked.payload[:200],
        latitude=asked.latitude if pin else None,
        longitude=asked.longitude if pin else None,
        received=int(now.timestamp()),
    )


def _headed(response: Response) -> Response:
    headers: Mapping[str, str] = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    response.headers.update(headers)
    return response
