"""The carrier's routes: signature -> Inbound -> helpline -> reply; and the last resort, when any of these fails.

Owns: what is refused and in which order, the static reply, and that every accepted message is answered with 200.
Never: what a reply says, Redis, the form or the signature of a provider (`carriers`), an address or a text in a log.
"""

from __future__ import annotations

import logging
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from flask import Blueprint, Response, request

from bot.carriers.seam import Carrier, Fields, Inline, Raw, Refusal
from bot.channels import fill, sms
from bot.channels.message import Inbound, Outbound
from bot.dialogue.lookups import Lookup, Query, Values
from bot.dialogue.reading import Reading

log = logging.getLogger("besa")

FALLBACK_OF_ALL: Final = "112"  # only if even the directory gave no emergency number
ABROAD: Final = ("abroad",)


class Heard(Protocol):
    """What became of one inbound: the reply, or None and the name of the silence."""

    @property
    def outcome(self) -> str: ...
    @property
    def outbound(self) -> Outbound | None: ...


@dataclass(frozen=True, kw_only=True)
class Route:
    """What a carrier's routes are handed. `count` adds one to a name; `status` takes the fields of a status call."""

    carrier: Carrier
    hear: Callable[[Inbound, datetime], Heard]
    resort: LastResort
    count: Callable[[str], None]
    status: Callable[[Fields], None]
    body_bytes: int
    took: Callable[[float], None] = lambda _seconds: None  # told of every accepted message
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class LastResort:
    """The answer when everything else is broken: read at boot, needs no Redis, no catalogue and no flow."""

    def __init__(
        self, flows: Path, emergency: str, read: Callable[[str], Reading], hotline: Lookup, values: Values
    ) -> None:
        phrases = tomllib.loads((flows / "system.toml").read_text(encoding="utf-8"))
        lines = {"line": {"emergency": emergency or FALLBACK_OF_ALL}}
        self.reply: Final = sms.plain(fill.fill(phrases["static"]["say"], lambda name: lines.get(name, {})))
        self._line: str = phrases["line"]["say"]
        self._read, self._hotline, self._values = read, hotline, values

    def text(self, inbound: Inbound | None, now: datetime) -> str:
        """The static reply, with the line for who wrote of danger or a need. Never raises, always one SMS part."""
        try:
            line = self._number(inbound.text, now) if inbound and inbound.text else ""
        except Exception as error:
            note("last_resort_line", error)
            line = ""
        whole = f"{self.reply} {line}".strip()
        return whole if sms.parts(whole).parts == 1 else self.reply

    def _number(self, text: str, now: datetime) -> str:
        reading = self._read(text)
        if reading.place.kind in ABROAD or (reading.danger == "none" and not reading.needs):
            return ""
        audience = reading.audience
        said = {"age": audience.age, "sex": audience.sex, "need": next(iter(reading.needs), "")}
        facts = {name: word for name, word in said.items() if word not in {"", "unknown"}}
        found = self._hotline(Query(facts=facts, now=now))
        ident = found.bind.get("hotline", "")
        fields = self._values("hotline", ident, reading.language or "sq", now) if ident else {}
        return sms.plain(fill.fill(self._line, lambda name: fields if name == "hotline" else {}))


def note(event: str, error: BaseException) -> None:
    """One line for the operator: what failed and where in our code. Never the error's own text: it may quote one."""
    step, place = error.__traceback__, ""
    while step is not None:
        name = step.tb_frame.f_globals.get("__name__", "")
        if name.startswith("bot."):
            place = f"{name}:{step.tb_lineno}"
        step = step.tb_next
    log.error("%s: %s at %s", event, type(error).__name__, place or "?")


def blueprint(route: Route) -> Blueprint:
    """The routes of one carrier."""
    routes = Blueprint(route.carrier.name, __name__, url_prefix=f"/{route.carrier.name}")
    routes.add_url_rule("/message", "message", lambda: message(route), methods=["POST"])
    routes.add_url_rule("/status", "status", lambda: status(route), methods=["POST"])
    routes.add_url_rule("/fallback", "fallback", lambda: fallback(route), methods=["GET", "POST"])
    return routes


def message(route: Route) -> Response:
    """One message. Refused requests touch nothing; accepted ones are always answered."""
    began = time.perf_counter()
    fields = accepted(route)
    if isinstance(fields, Refusal):
        return _refuse(route, fields)
    answer = _answered(route, fields)
    route.took(time.perf_counter() - began)
    return answer


def _answered(route: Route, fields: Fields) -> Response:
    inbound = None
    try:
        now = route.clock()
        inbound = route.carrier.inbound(fields, int(now.timestamp()))
        if inbound is None:
            route.count("not_answerable")
            return _inline(route.carrier.inline(None))
        route.carrier.noticed(inbound)
        heard = route.hear(inbound, now)
        answer = _inline(_said(route.carrier, inbound, heard))
        route.count(heard.outcome)
    except Exception as error:
        note("static_reply", error)
        return _static(route, inbound)
    return answer


def _said(carrier: Carrier, inbound: Inbound, heard: Heard) -> Inline:
    """The reply as this response; silence where it went out another way. What is said again is always inline: the
    first time it may have been lost."""
    tappable = heard.outbound is not None and heard.outbound.form != "text" and heard.outcome == "reply"
    if tappable and heard.outbound and carrier.send(inbound.address, heard.outbound):
        return carrier.inline(None)
    return carrier.inline(heard.outbound)


def status(route: Route) -> Response:
    """One word on what became of a message of ours."""
    fields = accepted(route)
    if isinstance(fields, Refusal):
        return _refuse(route, fields)
    try:
        route.status(fields)
        route.count("status")
    except Exception as error:
        note("status", error)
        route.count("status_failed")
        return Response(status=503)  # the carrier tells us again
    return Response(status=204)


def fallback(route: Route) -> Response:
    """What the carrier fetches when it got no answer from us. It says the same to everybody, so it asks nothing."""
    route.count("fallback")
    return _inline(route.carrier.inline(Outbound(text=route.resort.reply)))


def accepted(route: Route) -> Fields | Refusal:
    """The fields of a request that is the carrier's, or why it is refused, before anything else is touched."""
    if not request.headers.get(route.carrier.proof):
        return Refusal(status=403, name="signature")
    if request.mimetype != route.carrier.content_type:
        return Refusal(status=415, name="content_type")
    if (request.content_length or 0) > route.body_bytes:
        return Refusal(status=413, name="too_long")
    body = request.stream.read(route.body_bytes + 1)
    if len(body) > route.body_bytes:
        return Refusal(status=413, name="too_long")
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = request.query_string.decode("latin-1")
    return route.carrier.verify(Raw(path=request.path, query=query, headers=headers, body=body))


def _static(route: Route, inbound: Inbound | None) -> Response:
    if inbound is not None and inbound.carrier_word == "STOP":  # whatever we answered now would be held back
        route.count("carrier_answered")
        return _inline(route.carrier.inline(None))
    route.count("static")
    return _inline(route.carrier.inline(Outbound(text=route.resort.text(inbound, datetime.now(UTC)))))


def _refuse(route: Route, refusal: Refusal) -> Response:
    route.count(f"refused_{refusal.name}")
    log.warning("refused: %s", refusal.name)
    return Response(status=refusal.status)


def _inline(reply: Inline) -> Response:
    return Response(reply.body, status=200, content_type=reply.content_type, headers={"Cache-Control": "no-store"})
