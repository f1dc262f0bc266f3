"""`python -m bot bench`: turns per second of this build, beside the least possible, in one run on this machine.

Owns: starting the three servers one after the other, the load, and the table. Never: another machine, a real store.
The processor time is what the system says the server's processes used (/proc), so it hardly depends on who else is
busy here; turns per second do, and the load itself takes a core.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from bot import settings
from bot.carriers.twilio import signature
from bot.children import Children
from bot.errors import OperatorError
from bot.storage import embedded, keyring

HELP = "turns per second of this build beside the least possible"
SERVERS: Final = {
    "a constant (server and WSGI)": "bot.floor:bare",
    "signature, two trips, constant": "bot.floor:trips",
    "this build": "bot.app:serving",
}
LINES: Final = 8  # connections that ask at the same time
TALK: Final = ("hello", "2", "my husband hits me", "elbasan", "1", "0")
SID: Final = "AC" + "b" * 32
SIGNER: Final = "bench"
HOST: Final = "127.0.0.1"
KIND: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Measured:
    """One pass: turns per second, and microseconds of processor time for each, of the web process and of the store."""

    rate: float
    web: float
    store: float


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--turns", type=int, default=4000, help="in each pass (default 4000)")
    parser.add_argument("--passes", type=int, default=3, help="the best counts (default 3)")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    """Prints the table; 1 where a server answered anything but 200."""
    if not Path("/proc/self/stat").exists():
        raise OperatorError("The bench reads processor times from /proc, which this system does not have.")
    best: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory() as kept, embedded.start(Path(kept) / "store") as store:
        keyring.write(Path(kept) / "keys", keyring.fresh(0))
        for _ in range(args.passes):
            for name, target in SERVERS.items():
                measured = _pass(Path(kept), target, store, args.turns)
                known = best.get(name, measured)
                best[name] = Measured(
                    max(known.rate, measured.rate), min(known.web, measured.web), min(known.store, measured.store)
                )
    _print(best, args)
    return 0


def _pass(kept: Path, target: str, store: embedded.Embedded, turns: int) -> Measured:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    environment = settings.demo_environment(
        REDIS_URL=store.url, BESA_KEY_FILE=str(kept / "keys"), TWILIO_ACCOUNT_SID=SID, TWILIO_AUTH_TOKEN=SIGNER,
        PUBLIC_URL=f"http://{HOST}:{port}",
    )  # fmt: skip
    line = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--no-ws", "--blocking-threads"]
    line += [str(settings.Limits().threads), "--host", HOST, "--port", str(port), "--log-level", "error", target]
    children = Children()
    children.start("web", line, environment, kept / "web.log", settings.HERE.parent)
    try:
        _up(port, children, kept / "web.log")
        _load(port, list(_requests(port, max(200, turns // 10))))  # everything is imported and the paths are warm
        work = list(_requests(port, turns))
        web, data = children.pid("web"), store.process.pid
        before, began = (_used(web), _used(data)), time.perf_counter()
        _load(port, work)
        took = time.perf_counter() - began
        return Measured(turns / took, (_used(web) - before[0]) / turns * 1e6, (_used(data) - before[1]) / turns * 1e6)
    finally:
        children.stop()


def _requests(port: int, count: int) -> Iterator[bytes]:
    """Signed requests as the carrier makes them, of people who each go through a short talk."""
    mark = secrets.token_hex(8)
    address = f"http://{HOST}:{port}/twilio/message"
    for number in range(count):
        person, at = divmod(number, len(TALK) * LINES)
        form = _form(f"SM{mark}{number:016x}", f"+3556{person:04}{at % LINES:03}", TALK[at // LINES])
        signed = signature.sign(SIGNER, (address + "".join(key + form[key] for key in sorted(form))).encode()).decode()
        body = urlencode(form).encode()
        head = (
            f"POST /twilio/message HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Type: {KIND}\r\n"
            f"Content-Length: {len(body)}\r\n{signature.HEADER}: {signed}\r\n\r\n"
        )
        yield head.encode() + body


def _form(sid: str, sender: str, text: str) -> dict[str, str]:
    """The fields of an SMS as the carrier sends them."""
    return {
        "AccountSid": SID, "ApiVersion": "2010-04-01", "Body": text, "From": sender, "FromCity": "",
        "FromCountry": "AL", "FromState": "", "FromZip": "", "MessageSid": sid, "NumMedia": "0", "NumSegments": "1",
        "SmsMessageSid": sid, "SmsSid": sid, "SmsStatus": "received", "To": "+355690000999", "ToCity": "",
        "ToCountry": "AL", "ToState": "", "ToZip": "",
    }  # fmt: skip


def _load(port: int, requests: list[bytes]) -> None:
    """Sends all, over LINES connections; one person's messages stay on one connection and in order."""
    with ThreadPoolExecutor(LINES) as pool:
        for done in [pool.submit(_line, port, requests[at::LINES]) for at in range(LINES)]:
            done.result()


def _line(port: int, requests: list[bytes]) -> None:
    with socket.create_connection((HOST, port), timeout=10) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            line.sendall(request)
            head, _, body = line.recv(65536).partition(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise OperatorError(f"The server answered {head[:40]!r}")
            length = next(int(row[15:]) for row in head.lower().split(b"\r\n") if row.startswith(b"content-length:"))
            while len(body) < length:
                body += line.recv(65536)


def _up(port: int, children: Children, log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and not children.ended():
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise OperatorError(f"The server did not start: {log.read_text(errors='replace')[-500:]}")


def _used(pid: int) -> float:
    """Seconds of processor time of a process and the processes below it, until now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(_used(int(child)) for child in below)


def _print(best: dict[str, Measured], args: argparse.Namespace) -> None:
    floor = best["signature, two trips, constant"]
    rows = {
        name: {
            "turns_per_second": round(one.rate),
            "web_us": round(one.web),
            "store_us": round(one.store),
            "beside_the_floor": round(one.web / floor.web, 2),
        }
        for name, one in best.items()
    }
    if args.json:
        print(json.dumps(rows, indent=1))
        return
    print(
        f"Best of {args.passes} passes of {args.turns} turns, one web process, {settings.Limits().threads} threads.\n"
    )
    print(f"{'':<32}{'turns/s':>10}{'web µs':>10}{'store µs':>10}{'beside the floor':>18}")
    for name, row in rows.items():
        print(
            f"{name:<32}{row['turns_per_second']:>10}{row['web_us']:>10}{row['store_us']:>10}"
            f"{row['beside_the_floor']:>18.2f}"
        )
