"""Places on loopback where one check-in can be held: Twilio's API as a stand-in, and a gate before the store.

Owns: holding a chosen command, or its answer, so that a test can kill the worker at that very point. Nothing in the
project knows of this.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

IDENT = "c0ffee" * 5 + "00"
TAKEN: tuple[int, dict[str, object]] = (201, {"sid": "SM" + "1" * 32, "status": "queued"})


class StandIn:
    """Twilio's API as far as a message needs it. `hold` stops it at "connected" or "received"; `answers` come one after
    the other, the last one for ever."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.hold, self.reached = "", threading.Event()
        self.answers: list[tuple[int, dict[str, object]]] = [TAKEN]
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle(self) -> None:
                if outer.hold == "connected":
                    outer.reached.set()
                    time.sleep(3)  # its client is dead by then
                    return
                with contextlib.suppress(OSError):
                    super().handle()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.requests.append((self.path, {name: values[0] for name, values in parse_qs(body).items()}))
                if outer.hold == "received":
                    outer.reached.set()
                    time.sleep(3)
                    return
                status, answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                outer.requests.append((self.path.partition("?")[0], {}))
                data = b'{"messages": [], "contents": [], "meta": {}}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _asks(*needed: bytes, but: bytes = b"never sent") -> Callable[[bytes], bool]:
    return lambda data: all(part in data for part in needed) and but not in data


ID = IDENT.encode()
# The commands of one send, in their order: how each is known on the wire.
COMMANDS: dict[str, Callable[[bytes], bool]] = {
    "look": _asks(b"\r\nGET\r\n", b":ticket:" + ID),
    "talking": _asks(b"\r\nEXISTS\r\n", b":session:"),
    "claim": _asks(b"EVAL", b":ticket:" + ID, but=b":held:"),
    "confirm": _asks(b"EVAL", b":held:", b":optout:"),
    "settle": _asks(b"EVAL", b":held:", b":session:"),
    "count": _asks(b"\r\nHINCRBY\r\n", b"checkin:"),
}
# Where to kill, and how many messages may have gone out once a new worker has had its time.
POINTS: dict[str, tuple[int, ...]] = {
    "look before": (1,),
    "look after": (1,),
    "talking before": (1,),
    "talking after": (1,),
    "claim before": (1,),
    "claim after": (0,),
    "confirm before": (0,),
    "confirm after": (0,),
    "send connected": (0, 1),
    "send received": (1,),
    "settle before": (1,),
    "settle after": (1,),
    "count before": (1,),
    "count after": (1,),
}


class Gate:
    """A relay to the store that stops at one command: "before" it gets through, "after" (its answer is lost), or for a
    "pause" of at most a quarter of a second, until `go`."""

    def __init__(self, target: Path) -> None:
        self.command, self.side, self.reached = "", "", threading.Event()
        self._target, self.go = target, threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._server.getsockname()[1]}/0"
        threading.Thread(target=self._serve, daemon=True).start()

    def arm(self, command: str, side: str) -> None:
        self.reached.clear()
        self.go.clear()
        self.command, self.side = command, side

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(str(self._target))
            except OSError:
                near.close()
                continue
            mute = threading.Event()
            threading.Thread(target=self._ask, args=(near, far, mute), daemon=True).start()
            threading.Thread(target=self._answer, args=(far, near, mute), daemon=True).start()

    def _ask(self, near: socket.socket, far: socket.socket, mute: threading.Event) -> None:
        while data := _received(near):
            if self.command and COMMANDS[self.command](data):
                self.command = ""
                if self.side == "pause":
                    self.reached.set()
                    self.go.wait(0.25)
                    far.sendall(data)
                    continue
                mute.set()
                if self.side == "after":
                    far.sendall(data)
                    time.sleep(0.02)  # the server has done it
                self.reached.set()
                continue
            with contextlib.suppress(OSError):
                far.sendall(data)
        _shut(near, far)

    def _answer(self, far: socket.socket, near: socket.socket, mute: threading.Event) -> None:
        while data := _received(far):
            if not mute.is_set():
                with contextlib.suppress(OSError):
                    near.sendall(data)
        _shut(near, far)


def _received(end: socket.socket) -> bytes:
    try:
        return end.recv(65536)
    except OSError:
        return b""


def _shut(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
