"""The API of Twilio, called with time limits, its answers turned into data.

Owns: the client (one per process, made after any fork), limits, the meaning of an answer. Never: addresses or Twilio's
messages in a log or an error; retries of what may have gone out.
"""

from __future__ import annotations

import json
import logging
import os
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import requests as http
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import MaxRetryError, NewConnectionError

from bot.carriers.outcome import Outcome, Refused, Sent, Unknown
from bot.carriers.twilio.errors import fault
from bot.carriers.twilio.requests import API, Call

PAGES: Final = 50
WAITS: Final = (1.0, 2.0, 4.0)  # seconds before a throttled or surely unsent call is made again
for _name in ("twilio.http_client", "urllib3"):  # at INFO and DEBUG they print addresses and SIDs
    logging.getLogger(_name).setLevel(logging.WARNING)


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How to log in. An API key where there is one; else the auth token."""

    account: str
    token: str = ""
    key: str = ""
    secret: str = ""
    base: str = ""  # "" is Twilio; else where a stand-in listens

    def __repr__(self) -> str:
        return "Access()"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back of one call. status 0: nothing did; `sent` says whether the request can have arrived."""

    status: int
    data: Mapping[str, Any] = {}
    sent: bool = True

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> int:
        """Twilio's own code, 0 for none."""
        code = self.data.get("code", 0)
        return code if isinstance(code, int) else 0


class Outbox:
    """Calls Twilio. Safe to share between threads and to keep over a fork."""

    def __init__(
        self, access: Access, *, limit: float, rest: float = 10.0, pause: Callable[[float], None] = time.sleep
    ) -> None:
        """limit: seconds for a call while a person waits; rest: for all others."""
        self._access = access
        self._limits = {"now": (limit / 3, limit * 2 / 3), "later": (rest / 3, rest)}
        self._pause = pause
        self._clients: dict[tuple[int, str], Client] = {}

    def send_now(self, call: Call) -> Outcome:
        """One try, while a person waits."""
        return outcome(self.ask(call, pace="now"))

    def send(self, call: Call) -> Outcome:
        """Where nobody waits: what was surely not taken (429, no connection) is tried again after a pause."""
        answer = self.ask(call)
        for wait in WAITS:
            if answer.status != 429 and answer.sent:
                break
            self._pause(wait * random.uniform(0.5, 1.5))  # noqa: S311 - spreads callers, no secret
            answer = self.ask(call)
        return outcome(answer)

    def ask(self, call: Call, *, pace: str = "later") -> Answer:
        """One call and its answer. Never raises; pace: now | later."""
        json_body = {"headers": {"Content-Type": "application/json"}, "data": dict(call.body)} if call.body else {}
        try:
            response = self._client(pace).request(call.method, call.url, **(json_body or {"data": dict(call.form)}))
        except http.exceptions.ConnectTimeout:
            return Answer(status=0, sent=False)
        except http.exceptions.ConnectionError as error:
            return Answer(status=0, sent=not _never_connected(error))
        except http.exceptions.RequestException:
            return Answer(status=0)
        return Answer(status=response.status_code, data=_data(response.text))

    def listed(self, call: Call, key: str) -> list[Mapping[str, Any]] | None:
        """Every row under `key`, over all pages; None where a page cannot be read."""
        found: list[Mapping[str, Any]] = []
        for _ in range(PAGES):
            answer = self.ask(call)
            if not answer.good:
                return None
            found += answer.data.get(key, [])
            following = _following(answer.data)
            if not following:
                break
            call = Call(method="GET", url=following)
        return found

    def _client(self, pace: str) -> Client:
        """Sockets are never shared with a parent process: a new process id means a new client."""
        key = (os.getpid(), pace)
        client = self._clients.get(key)
        if client is None:  # two threads may both make one; a lock could be held over a fork
            client = self._clients[key] = self._made(pace)
        return client

    def _made(self, pace: str) -> Client:
        line = _Line(self._access.base)
        line.timeout = self._limits[pace]  # a pair works here, not in the constructor
        access = self._access
        return Client(access.key or access.account, access.secret or access.token, access.account, http_client=line)


class _Line(TwilioHttpClient):  # type: ignore[misc]  # the library has no types
    """Twilio's own HTTP client, with its host replaced where a stand-in is set: the library has no such option."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base.rstrip("/")

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        if self._base:
            parts = urlsplit(url)
            url = self._base + parts.path + (f"?{parts.query}" if parts.query else "")
        return super().request(method, url, *args, **kwargs)


def outcome(answer: Answer) -> Outcome:
    """What an answer to a message says about it."""
    if answer.good and isinstance(answer.data.get("sid"), str):
        code = answer.data.get("error_code")
        return Refused(kind=fault(code).kind, code=code) if isinstance(code, int) else Sent(id=answer.data["sid"])
    if not answer.sent:
        return Refused(kind="transient")
    kind = fault(answer.code, answer.status).kind
    return Unknown(code=answer.code) if kind == "unknown_outcome" else Refused(kind=kind, code=answer.code)


def _following(data: Mapping[str, Any]) -> str:
    """The next page, in both ways in which Twilio names it; "" for none."""
    url = (data.get("meta") or {}).get("next_page_url") or ""
    path = data.get("next_page_uri") or ""
    return str(url) if url else API + str(path) if path else ""


def _never_connected(error: http.exceptions.ConnectionError) -> bool:
    reason = error.args[0] if error.args else None
    reason = reason.reason if isinstance(reason, MaxRetryError) else reason
    return isinstance(reason, NewConnectionError)


def _data(text: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
