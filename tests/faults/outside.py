"""A stand-in for Twilio's API on loopback: takes messages, and fails in every way that it can be told.

Owns: what was sent, to whom and when. Never: anything beyond this machine.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

MOODS = ("well", "throttled", "broken", "slow", "rude", "garbage")


@dataclass(frozen=True)
class Sent:
    """One message that arrived at the API, whatever was answered."""

    at: float  # Unix seconds
    to: str
    fields: dict[str, str]
    mood: str


class Outside:
    def __init__(self) -> None:
        self.mood, self.sent = "well", list[Sent]()
        outer = self

        class Line(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                fields = {name: values[0] for name, values in parse_qs(body).items()}
                sent = Sent(at=time.time(), to=fields.get("To", ""), fields=fields, mood=outer.mood)
                outer.sent.append(sent)
                with contextlib.suppress(OSError):
                    outer.answer(self, sent.mood)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Line)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, line: http.server.BaseHTTPRequestHandler, mood: str) -> None:
        good = (201, json.dumps({"sid": f"SM{len(self.sent):032x}", "status": "queued"}))
        answers: dict[str, tuple[int, str]] = {
            "well": good, "slow": good, "throttled": (429, json.dumps({"code": 20429, "status": 429})),
            "broken": (503, "<html>later</html>"), "garbage": (200, '{"sid": 12'),
        }  # fmt: skip
        if mood == "rude":
            line.connection.close()
            return
        if mood == "slow":
            time.sleep(2)
        status, text = answers[mood]
        self._write(line, status, text.encode())

    def _write(self, line: Any, status: int, body: bytes) -> None:
        line.send_response(status)
        line.send_header("Content-Type", "application/json")
        line.send_header("Content-Length", str(len(body)))
        line.end_headers()
        line.wfile.write(body)

    def taken(self) -> list[Sent]:
        """Messages that a person may have got: all but those that were surely refused."""
        return [sent for sent in self.sent if sent.mood != "throttled"]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
