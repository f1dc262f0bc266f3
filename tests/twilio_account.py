"""A small stateful account at Twilio on loopback: it lists, creates, changes, approves, takes, empties and erases."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


class Account(ThreadingHTTPServer):
    """What the account holds; `wrote` counts every request that changed something."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.services: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, dict[str, Any]] = {}
        self.messages: list[dict[str, str]] = []
        self.log: dict[str, dict[str, Any]] = {}  # what the list of messages shows, by sid
        self.media: dict[str, list[str]] = {}  # sid of a message -> sids of what is attached
        self.busy: set[str] = set()  # sids that cannot be changed yet
        self.signs: list[dict[str, str]] = []  # typing signs that were asked for
        self.wrote: list[str] = []
        self.page = 7  # so many rows on a page, so that paging is met
        self.delay = 0.0  # seconds before a message is answered
        self.refuse: tuple[int, int] | None = None  # (HTTP status, code) for messages

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def approve(self, name: str, status: str = "approved") -> None:
        """What WhatsApp does to a template, some days later."""
        for content in self.contents.values():
            if content["friendly_name"] == name:
                content["approval_requests"]["status"] = status

    def handle_error(self, *_: object) -> None:
        """A caller that hung up is what some tests are about."""


class _Line(BaseHTTPRequestHandler):
    server: Account

    def _do(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        is_json = self.headers.get("Content-Type", "").startswith("application/json")
        data = json.loads(raw or "{}") if is_json else dict(parse_qsl(raw, keep_blank_values=True))
        if self.command != "GET":
            self.server.wrote.append(f"{self.command} {parts.path}")
        self._say(*self._answer(parts.path, dict(parse_qsl(parts.query)), data))

    do_GET = do_POST = do_PUT = do_DELETE = _do

    def _answer(self, path: str, query: dict[str, str], data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        account = self.server
        if "/Messages" in path and not (self.command == "POST" and path.endswith("/Messages.json")):
            return self._logged(path, query, data)
        if self.command == "GET":
            key, rows = ("services", account.services) if path.endswith("/Services") else ("contents", account.contents)
            return 200, self._rows(key, list(rows.values()), int(query.get("Page", "0")), path)
        if path == "/v2/Indicators/Typing.json":
            account.signs.append(data)
            return 200, {"success": True}
        if path.endswith("/Messages.json"):
            time.sleep(account.delay)
            if account.refuse:
                return account.refuse[0], {"code": account.refuse[1], "status": account.refuse[0]}
            account.messages.append(data)
            return 201, {"sid": f"SM{len(account.messages):032x}", "error_code": None}
        if found := re.fullmatch(r"/v1/Content/(\w+)/ApprovalRequests/whatsapp", path):
            account.contents[found[1]]["approval_requests"] = {**data, "status": "received"}
            return 201, {"status": "received"}
        return self._kept(path, data)

    def _logged(self, path: str, query: dict[str, str], data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Lists, empties and deletes messages and what is attached to them."""
        account, parts = self.server, path.removesuffix(".json").split("/")
        if self.command == "GET":
            if parts[-1] == "Media":
                return 200, {"media_list": [{"sid": sid} for sid in account.media.get(parts[-2], [])]}
            rows = [row for row in account.log.values() if _within(row, query)]
            first = int(query.get("Page", "0")) * account.page
            more = first + account.page < len(rows)
            filters = "".join(f"&{name}={value}" for name, value in query.items() if name.startswith("DateSent"))
            following = f"{path}?Page={first // account.page + 1}{filters}" if more else None
            return 200, {"messages": rows[first : first + account.page], "next_page_uri": following}
        if parts[-2] == "Media":
            account.media[parts[-3]].remove(parts[-1])
            return 204, {}
        if parts[-1] in account.busy:
            return 409, {"code": 20009, "status": 409}
        if self.command == "POST":
            assert data == {"Body": ""}, "only an empty text may take the place of what was said"
            account.log.get(parts[-1], {}).update(body="")
            return (200, {}) if parts[-1] in account.log else (404, {"code": 20404, "status": 404})
        return (204, {}) if account.log.pop(parts[-1], None) else (404, {"code": 20404, "status": 404})

    def _kept(self, path: str, data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        found = re.fullmatch(r"/v1/(Services|Content)(?:/(\w+))?", path)
        assert found
        rows, prefix = (self.server.services, "MG") if found[1] == "Services" else (self.server.contents, "HX")
        if prefix == "MG":
            data = {_snake(name): _typed(value) for name, value in data.items()}
        sid = found[2] or f"{prefix}{len(rows) + 1:032x}"
        before = rows.get(sid, {"sid": sid, "approval_requests": {"status": "unsubmitted"}})
        rows[sid] = {**before, **data}
        return 200 if found[2] else 201, rows[sid]

    def _rows(self, key: str, rows: list[dict[str, Any]], page: int, path: str) -> dict[str, Any]:
        first = page * self.server.page
        more = first + self.server.page < len(rows)
        following = f"https://content.twilio.com{path}?Page={page + 1}" if more else None
        return {key: rows[first : first + self.server.page], "meta": {"next_page_url": following}}

    def _say(self, status: int, data: dict[str, Any]) -> None:
        text = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@contextmanager
def account() -> Iterator[Account]:
    """An empty account, until the test is done with it."""
    server = Account()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _within(row: dict[str, Any], query: dict[str, str]) -> bool:
    at = parsedate_to_datetime(row["date_sent"]).strftime("%Y-%m-%dT%H:%M:%SZ")
    return query.get("DateSent>", "") <= at <= query.get("DateSent<", "9")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def _typed(value: str) -> object:
    if value in {"true", "false"}:
        return value == "true"
    return int(value) if value.isdigit() else value
