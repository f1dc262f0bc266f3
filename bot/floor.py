"""The least that a message can cost here: what `python -m bot bench` measures this build beside.

Owns: two applications that answer a constant, one at once, one after the signature and the two trips to the store.
Never: an answer to anybody; nothing but the bench starts them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

from bot import build, settings
from bot.carriers.twilio import signature, twiml
from bot.channels.message import Outbound
from bot.dialogue.session import Session
from bot.dialogue.store import Change

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
REPLY = twiml.reply(Outbound(text="Nuk pergjigjemi dot tani. Urgjenca: 112. " * 3))
HEAD = [("Content-Type", twiml.CONTENT_TYPE), ("Content-Length", str(len(REPLY)))]


def bare() -> Application:
    """A constant, and nothing else: the server and WSGI."""

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"].read()
        start("200 OK", HEAD)
        return [REPLY]

    return application


def trips() -> Application:
    """The signature and the same two trips to the store, then the constant."""
    checked = settings.read(running=True)
    store = build.store_of(checked)
    session = Session(script="x" * 16, step="intake.menu", facts={"need": "shelter", "place": "elbasan"})

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        pairs = parse_qsl(environ["wsgi.input"].read().decode(), keep_blank_values=True)
        address = signature.url(checked.public_url, environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
        if not signature.valid(address, pairs, environ.get("HTTP_X_TWILIO_SIGNATURE"), checked.tokens):
            start("403 Forbidden", [("Content-Length", "0")])
            return [b""]
        form = dict(pairs)
        texter, dedup = store.texter(form["From"]), store.dedup("sms", form["MessageSid"])
        opened = store.open(texter, "sms", dedup)
        store.commit(texter, "sms", dedup, opened.version, Change(session=session, ttl=checked.session_seconds))
        start("200 OK", HEAD)
        return [REPLY]

    return application
