"""The carrier's routes: signature -> Inbound -> helpline -> reply; and the last resort, when any of these fails.

Owns: what is refused and in which order, the static reply, and that every accepted message is answered with 200.
Never: what a reply says, Redis, the form or the signature of a provider (`carriers`), an address or a text in a log.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request

from bot.carriers.twilio import form, signature, twiml
from bot.channels import fill, sms
from bot.channels.message import Inbound, Outbound
from bot.dialogue.lookups import Lookup, Query, Values
from bot.dialogue.reading import Reading

log = logging.getLogger("besa")

FORM: Final = "application/x-www-form-urlencoded"
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
    """What the routes are handed. `count` adds one to a name; `status` takes the fields of a signed status call."""

    hear: Callable[[Inbound, datetime], Heard]
    resort: LastResort
    count: Callable[[str], None]
    status: Callable[[Mapping[str, str]], None]
    public_url: str
    account: str
    tokens: Sequence[str]
    own: frozenset[str]  # our own senders, with their prefixes
    body_bytes: int
    fields: int
    tap: Callable[[str, Outbound], bool] = lambda _to, _outbound: False  # True: it went out with buttons or a list
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class Refused(Exception):
    """A request that is not the carrier's, with the HTTP status it gets. Holds nothing of the request."""

    def __init__(self, status: int, name: str) -> None:
        super().__init__(name)
        self.status, self.name = status, name


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
    """The routes below /twilio."""
    routes = Blueprint("twilio", __name__, url_prefix="/twilio")
    routes.add_url_rule("/message", "message", lambda: message(route), methods=["POST"])
    routes.add_url_rule("/status", "status", lambda: status(route), methods=["POST"])
    routes.add_url_rule("/fallback", "fallback", lambda: fallback(route), methods=["GET", "POST"])
    return routes


def message(route: Route) -> Response:
    """One message. Refused requests touch nothing; accepted ones are always answered."""
    try:
        fields = accepted(route)
    except Refused as refused:
        return _refuse(route, refused)
    inbound = None
    try:
        now = route.clock()
        inbound = form.inbound(fields, received=int(now.timestamp()), own=route.own)
        if inbound is None:
            route.count("not_answerable")
            return _xml(twiml.SILENCE)
        heard = route.hear(inbound, now)
        answer = _xml(_inline(route, inbound, heard))
        route.count(heard.outcome)
    except Exception as error:
        note("static_reply", error)
        return _static(route, inbound)
    return answer


def _inline(route: Route, inbound: Inbound, heard: Heard) -> bytes:
    """The reply as this response; silence where it went out another way. What is said again is always inline: the
    first time it may have been lost."""
    if heard.outbound and heard.outcome == "reply" and route.tap(inbound.address, heard.outbound):
        return twiml.SILENCE
    return twiml.reply(heard.outbound)


def status(route: Route) -> Response:
    """One word on what became of a message of ours."""
    try:
        fields = accepted(route)
    except Refused as refused:
        return _refuse(route, refused)
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
    return _xml(twiml.message(route.resort.reply))


def accepted(route: Route) -> Mapping[str, str]:
    """The fields of a request that the carrier signed; raises Refused before anything else is touched."""
    if request.mimetype != FORM:
        raise Refused(415, "content_type")
    if (request.content_length or 0) > route.body_bytes:
        raise Refused(413, "too_long")
    body = request.stream.read(route.body_bytes + 1)
    if len(body) > route.body_bytes:
        raise Refused(413, "too_long")
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=route.fields)
    except ValueError:
        raise Refused(413, "too_many_fields") from None
    address = signature.url(route.public_url, request.path, request.query_string.decode("latin-1"))
    if not route.public_url or not signature.valid(
        address, pairs, request.headers.get(signature.HEADER, ""), tuple(route.tokens)
    ):
        raise Refused(403, "signature")
    fields = dict(reversed(pairs))  # of a repeated field the first
    if not form.ours(fields, route.account):
        raise Refused(403, "account")
    return fields


def _static(route: Route, inbound: Inbound | None) -> Response:
    if inbound is not None and inbound.carrier_word == "STOP":  # whatever we answered now would be held back
        route.count("carrier_answered")
        return _xml(twiml.SILENCE)
    route.count("static")
    return _xml(twiml.message(route.resort.text(inbound, datetime.now(UTC))))


def _refuse(route: Route, refused: Refused) -> Response:
    route.count(f"refused_{refused.name}")
    log.warning("refused: %s", refused.name)
    return Response(status=refused.status)


def _xml(body: bytes) -> Response:
    return Response(body, status=200, content_type=twiml.CONTENT_TYPE, headers={"Cache-Control": "no-store"})
