"""HTTP-01 to 13: what a stranger can send to the web process, and that nobody else waits for it.

Slow bodies are the proxy's: docs/deploy.md says that it has to read a request whole.
"""

from __future__ import annotations

import contextlib
import gzip
import random
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from carrier import FORM, body, message, signed
from faults.line import Line, write
from faults.place import Place
from processes import ask

PATH = "/twilio/message"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("http"), webs=1)
    try:
        yield place
    finally:
        place.close()


def raw(place: Place, data: bytes, patience: float = 15) -> tuple[bytes, float]:
    """Sends bytes as they are; what came back, and after how many seconds the connection ended or was answered."""
    with socket.create_connection(("127.0.0.1", place.ports[0]), timeout=patience) as line:
        began = time.monotonic()
        line.sendall(data)
        try:
            got = line.recv(4096)
        except (TimeoutError, ConnectionResetError):
            got = b""
        return got, time.monotonic() - began


def well(place: Place, patience: float = 1.0) -> None:
    """Somebody else is answered by the script, at once."""
    sent = write(f"+35569000{random.randrange(10**4):04}", "sms", "hello")
    Line(place, random.Random(1)).deliver(sent, 1)
    assert sent.texts
    assert "Shqip" in sent.texts[0]
    assert sent.tries[0].ended - sent.tries[0].began < patience


def post(place: Place, data: bytes, **headers: str) -> int:
    return ask(place.ports[0], "POST", PATH, data, **headers)[0]


def proof(form: dict[str, str]) -> dict[str, str]:
    return {name.replace("-", "_"): text for name, text in signed(form).items()}


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_http_01_02_another_content_type_is_refused(place: Place, kind: str) -> None:
    form = message("hello", 1)
    assert post(place, body(form), **(proof(form) | {"Content_Type": kind})) in {403, 415}
    well(place)


@pytest.mark.parametrize("size", [65 * 1024, 600 * 1024, 5 * 1024 * 1024])
def test_http_03_a_long_body_is_refused_and_memory_stays_flat(place: Place, size: int) -> None:
    before = resident(place)
    for _ in range(5):
        with contextlib.suppress(OSError):  # it stops listening before all of it was sent
            assert post(place, b"Body=" + b"x" * size, Content_Type=FORM, X_Twilio_Signature="x" * 28) == 413
    well(place)
    assert resident(place) - before < 30 * 1024 * 1024


def resident(place: Place) -> int:
    """Bytes of memory of the web process and its children."""
    from faults.place import family

    total = 0
    for pid in family(place.webs[0].process.pid):
        fields = Path(f"/proc/{pid}/statm").read_text().split()
        total += int(fields[1]) * 4096
    return total


@pytest.mark.parametrize("number", [201, 1200, 20_000])
def test_http_04_too_many_fields_are_refused_quickly(place: Place, number: int) -> None:
    data = "&".join(f"a{n}=" for n in range(number)).encode()
    began = time.monotonic()
    assert post(place, data, Content_Type=FORM, X_Twilio_Signature="x" * 28) == 413
    assert time.monotonic() - began < 0.5


def test_http_05_a_long_head_is_refused(place: Place) -> None:
    for head in (b"X-Long: " + b"x" * 200_000, b"\r\n".join(b"X-%d: y" % n for n in range(500))):
        got, _ = raw(place, b"POST /twilio/message HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
        assert got == b"" or got.split()[1] in {b"400", b"403", b"413", b"431"}
    well(place)


def test_http_06_two_hundred_slow_heads_hold_up_nobody_and_are_closed(place: Place) -> None:
    lines = [socket.create_connection(("127.0.0.1", place.ports[0])) for _ in range(200)]
    began = time.monotonic()
    try:
        for line in lines:
            line.sendall(b"POST /twilio/message HTTP/1.1\r\nHost: x\r\nX-Twilio")
        for _ in range(5):
            well(place)
        lines[0].settimeout(15)
        with contextlib.suppress(ConnectionResetError):
            lines[0].recv(100)
        assert time.monotonic() - began < 10
    finally:
        for line in lines:
            line.close()
    well(place)


def test_http_06_a_slow_body_without_proof_is_not_waited_for(place: Place) -> None:
    lines = [socket.create_connection(("127.0.0.1", place.ports[0])) for _ in range(50)]
    try:
        for line in lines:
            line.sendall(b"POST /twilio/message HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nBody")
        for _ in range(5):
            well(place)
    finally:
        for line in lines:
            line.close()


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nContent-Length: 6", b"Content-Length: -1", b"Content-Length: x",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5", b"Transfer-Encoding: xchunked",
    ],
)  # fmt: skip
def test_http_07_two_lengths_are_no_request(place: Place, head: bytes) -> None:
    """What a smuggler sends: refused, and what follows on the line is not taken for a second request."""
    second = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    got, _ = raw(place, b"POST /twilio/message HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n0\r\n\r\n" + second)
    assert b" 200 " not in got.split(b"\r\n")[0]
    assert b'"ok"' not in got
    well(place)


def test_http_08_who_hangs_up_early_finds_the_same_answer_later(place: Place) -> None:
    sent = write("+355690003333", "sms", "hello")
    head = "".join(f"{name}: {text}\r\n" for name, text in signed(sent.form).items())
    data = body(sent.form)
    request = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(data)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", place.ports[0])) as line:
        line.sendall(request + data[:100])
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", place.ports[0])) as line:
            line.sendall(request + data)
    Line(place, random.Random(1)).deliver(sent)
    assert "Shqip" in sent.texts[0]


def test_http_09_a_packed_body_is_refused_unread(place: Place) -> None:
    bomb = gzip.compress(b"Body=" + b"x" * 10_000_000)
    form = message("hello", 2)
    headers = proof(form) | {"Content_Encoding": "gzip"}
    assert post(place, bomb[:60_000], **headers) == 403
    well(place)


@pytest.mark.parametrize(
    "path",
    ["//twilio/message", "/twilio/../twilio/message", "/twilio/message/", "/twilio%2Fmessage", "/twilio/%2e%2e/x"],
)
def test_http_10_a_path_in_disguise_opens_nothing(place: Place, path: str) -> None:
    """Where it leads to the route at all, the proof is over the one true path, and still asked for."""
    form = message("hello", 3)
    for headers in ({}, {"X_Twilio_Signature": "x" * 28}, proof(form) | {"X_Twilio_Signature": "y" * 28}):
        status, said = ask(place.ports[0], "POST", path, body(form), **({"Content_Type": FORM} | headers))
        assert status in {403, 404, 308, 415}
        assert said == b"" or b"<Message>" not in said


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "GET", "HEAD"])
def test_http_11_other_methods_are_refused(place: Place, method: str) -> None:
    assert ask(place.ports[0], method, PATH)[0] == 405


def test_http_13_a_flood_without_proof_does_not_slow_who_has_one(place: Place) -> None:
    """Two floods at once: without a signature, and with a wrong one (which has to be computed)."""
    over, sent = threading.Event(), [0]
    form = body(message("hello", 4))

    def flood(headers: dict[str, str]) -> None:
        while not over.is_set():
            post(place, form, **({"Content_Type": FORM} | headers))
            sent[0] += 1

    threads = [
        threading.Thread(target=flood, args=(headers,), daemon=True)
        for headers in ({}, {"X_Twilio_Signature": "x" * 28}) * 2
    ]
    for thread in threads:
        thread.start()
    line, took = Line(place, random.Random(1)), []
    try:
        for number in range(60):
            mine = write(f"+3556901{number:05}", "sms", "hello")
            line.deliver(mine, 1)
            assert mine.texts
            took.append(mine.tries[0].ended - mine.tries[0].began)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert sent[0] > 100
    assert statistics.quantiles(took, n=100)[98] < 1.0
