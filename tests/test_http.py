"""Two processes started as the Procfile says, over a real store, talked to as the carrier does."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import redis
from carrier import FORM, SID, TOKEN, body, message, signed
from processes import ROOT, Running, answers, ask, besa, environment, free_port, until

from bot.storage import embedded, keyring


class Place:
    """A store, a web process and (where asked for) a worker, with their logs in one directory."""

    def __init__(self, directory: Path, worker: bool) -> None:
        self.directory, self.port = directory, free_port()
        self.public = f"http://127.0.0.1:{self.port}"
        self.store = embedded.start(directory / "store")
        keyring.write(directory / "keys", keyring.fresh(0))
        self.settings = {
            "REDIS_URL": self.store.url, "BESA_KEY_FILE": str(directory / "keys"), "PORT": str(self.port),
            "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN, "PUBLIC_URL": self.public,
            "METRICS_TOKEN": "numbers", "ASSURANCE": "listed",
        }  # fmt: skip
        names = ["web", "worker"] if worker else ["web"]
        self.running = [Running(name, directory / f"{name}.log", self.settings) for name in names]
        try:
            until(lambda: answers(self.port), 60, "the web process answers")
        except AssertionError:
            self.close()
            raise

    def post(self, form: dict[str, str], path: str = "/twilio/message") -> tuple[int, bytes]:
        headers = {name.replace("-", "_"): text for name, text in signed(form, path, self.public).items()}
        return ask(self.port, "POST", path, body(form), **headers)

    def outcomes(self) -> dict[str, int]:
        _, page = ask(self.port, "GET", "/metrics", Authorization="Bearer numbers")
        rows = (line.rpartition(" ") for line in page.decode().splitlines() if line.startswith("besa_outcomes_total{"))
        return {name.split('"')[1]: int(number) for name, _, number in rows}

    def kill_store(self) -> None:
        self.store.process.kill()
        self.store.process.wait()

    def revive_store(self) -> None:
        self.store.stop()
        self.store = embedded.start(self.directory / "store")

    def close(self) -> None:
        for process in self.running:
            process.kill()
        self.store.stop()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("house"), worker=True)
    yield place
    place.close()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Without a worker. Who takes something away from it gives it back."""
    place = Place(tmp_path_factory.mktemp("alone"), worker=False)
    yield place
    place.close()


def test_a_signed_message_is_answered_and_again_with_the_same_bytes(house: Place) -> None:
    status, first = house.post(message("ndihme", 1))
    assert status == 200
    assert first.startswith(b'<?xml version="1.0" encoding="UTF-8"?><Response><Message>')
    before = house.outcomes()
    assert house.post(message("ndihme", 1)) == (200, first)
    assert house.outcomes().get("reply") == before.get("reply")


def test_fifty_copies_at_once_make_one_transition(house: Place) -> None:
    before = house.outcomes().get("reply", 0)
    form = message("hello", 50, "+355690000050")
    with ThreadPoolExecutor(50) as pool:
        replies = set(pool.map(lambda _: house.post(form), range(50)))
    assert len(replies) == 1
    assert replies.pop()[0] == 200
    assert house.outcomes()["reply"] == before + 1


def test_the_worker_and_the_sweep_give_signs_of_life(house: Place) -> None:
    until(lambda: ask(house.port, "GET", "/readyz")[1].replace(b" ", b"").count(b'"status":"ok"'), 20, "readyz says ok")


def test_an_unsigned_message_makes_not_one_redis_command(alone: Place) -> None:
    client = redis.Redis.from_url(alone.store.url)

    def commands() -> dict[str, int]:
        own = {"cmdstat_info", "cmdstat_client|setinfo", "cmdstat_hello", "cmdstat_client|no-evict"}
        return {name: row["calls"] for name, row in client.info("commandstats").items() if name not in own}

    before = commands()
    form = message("ndihme", 3)
    for number in range(20):
        made_up = {"Content_Type": FORM, "X_Twilio_Signature": f"{number:028}"}
        assert ask(alone.port, "POST", "/twilio/message", body(form), **made_up) == (403, b"")
    assert commands() == before
    assert alone.post(form)[0] == 200
    assert commands() != before


def test_unsigned_senders_that_dawdle_hold_up_nobody(alone: Place) -> None:
    lines = [socket.create_connection(("127.0.0.1", alone.port)) for _ in range(12)]
    for line in lines:
        head = f"POST /twilio/message HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 60000\r\n\r\n"
        line.sendall(head.encode() + b"Body=h")
    began = time.monotonic()
    assert alone.post(message("hello", 1))[0] == 200
    assert time.monotonic() - began < 2
    for line in lines:
        line.close()


def test_what_cannot_be_used_is_told_once_and_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("no keys at all")
    done = besa("serve", REDIS_URL="redis://127.0.0.1:1", BESA_KEY_FILE=str(tmp_path / "keys"), PORT=str(free_port()))
    assert done.returncode == 1
    assert done.stderr.count("no key file of Besa") == 1
    assert "Traceback" not in done.stderr


def test_several_web_processes_are_one_service(alone: Place) -> None:
    """Without a key file, too: they inherit the keys of the one that started them."""
    port = free_port()
    settings = {"REDIS_URL": alone.store.url, "PORT": str(port)}
    line = [sys.executable, "-m", "bot", "serve", "--workers", "3"]
    with (alone.directory / "webs.log").open("ab") as out:
        process = subprocess.Popen(line, cwd=ROOT, env=environment(**settings), stdout=out, stderr=out)
    try:
        until(lambda: answers(port), 60, "the web processes answer")
        token, said = "", set()
        for number in range(12):
            text = {"channel": "sms", "key": str(number), "token": token, "text": "hello" if number == 0 else "2"}
            status, got = ask(port, "POST", "/demo/message", json.dumps(text).encode(), Content_Type="application/json")
            assert status == 200
            token = token or json.loads(got)["token"]
            said.add(json.loads(got)["text"])
        assert len(said) == 2, "each of them opens the talk that another one sealed"
    finally:
        process.terminate()
        assert process.wait(15) == 0


def test_a_killed_store_gives_the_static_reply_at_once_and_comes_back_by_itself(alone: Place) -> None:
    _, usual = alone.post(message("ndihme", 4))
    alone.kill_store()
    for number in range(5, 15):
        began = time.monotonic()
        status, said = alone.post(message("hello", number, f"+3556900001{number:02}"))
        assert time.monotonic() - began < 2
        assert status == 200
        assert said.count(b"112") == 2
        assert said != usual
    assert ask(alone.port, "GET", "/readyz")[0] == 200
    assert b"degraded" in ask(alone.port, "GET", "/readyz")[1]
    alone.revive_store()
    until(lambda: alone.post(message("ndihme", 4))[1] == usual, 10, "the same reply as before, from what was kept")
    assert b"redis" not in ask(alone.port, "GET", "/readyz")[1]


def test_told_to_stop_it_stops_and_forgets_nothing(alone: Place) -> None:
    _, said = alone.post(message("ndihme", 1))
    assert alone.running[0].stop() == 0
    alone.running[0] = Running("web", alone.directory / "web.log", alone.settings)
    until(lambda: answers(alone.port), 60, "the web process answers again")
    assert alone.post(message("ndihme", 1)) == (200, said)


@pytest.mark.parametrize("gone", [False, True], ids=["with-its-store", "without"])
def test_the_worker_told_to_stop_stops_even_when_its_store_is_gone(alone: Place, gone: bool) -> None:
    redis.Redis.from_url(alone.store.url).flushall()  # the signs of life of the one before
    worker = Running("worker", alone.directory / "worker.log", alone.settings)
    try:
        until(lambda: b'"worker"' not in ask(alone.port, "GET", "/readyz")[1], 20, "the worker gives a sign of life")
        if gone:
            alone.kill_store()
            noticed = (b"not reachable", b"retrying")
            until(lambda: any(said in worker.log.read_bytes() for said in noticed), 30, "the worker noticed")
        assert worker.stop(5) == 0
    finally:
        worker.kill()
        if gone:
            alone.revive_store()


# --- nothing of a person where it can be read -------------------------------------------------------------------

NUMBER, WORDS, TOWN = "+355691237654", "kanarina ime e verdhë quhet zgjua", "Gramsh"


def forms(secret: str) -> set[bytes]:
    """How a text could stand somewhere: as typed, small, in an address, in Base64 at each offset, in UTF-16."""
    plain = {secret, secret.lower(), secret.lstrip("+"), secret.replace("ë", "e")}
    found = {form.encode() for text in plain for form in (text, quote(text), quote_plus(text))}
    found |= {secret.encode("utf-16-le")}
    for text in plain:
        for lead in range(3):
            coded = base64.b64encode(b"\0" * lead + text.encode())
            found.add(coded[4 if lead else 0 : len(coded) // 4 * 4 - 4])
    return found


def traces(directory: Path, dumped: bytes, secrets: tuple[str, ...]) -> list[str]:
    """Where any of the secrets can be read: files below the directory, and what the store gave out."""
    places = {str(file.relative_to(directory)): file.read_bytes() for file in directory.rglob("*") if file.is_file()}
    places["what the store holds"] = dumped
    return [
        f"{secret} in {name}"
        for secret in secrets
        for name, content in places.items()
        if any(form in content or form in content.lower() for form in forms(secret))
    ]


def dump(client: redis.Redis) -> bytes:
    """Every key and value, as bytes."""
    out: list[bytes] = []
    for key in client.scan_iter(count=1000):
        kind = client.type(key)
        read = {b"string": client.get, b"hash": client.hgetall, b"set": client.smembers, b"stream": client.xrange}
        read |= dict.fromkeys([b"zset"], lambda name: client.zrange(name, 0, -1, withscores=True))
        read |= dict.fromkeys([b"list"], lambda name: client.lrange(name, 0, -1))
        out += flat((key, read[kind](key)))
    return b"\n".join(out)


def flat(value: object) -> list[bytes]:
    """Every byte string inside a value that the store gave out, as it is."""
    if isinstance(value, bytes):
        return [value]
    if isinstance(value, dict):
        return flat(list(value.items()))
    return [one for part in value for one in flat(part)] if isinstance(value, (list, tuple, set)) else []


def test_a_number_a_text_and_a_town_are_nowhere_to_be_read(tmp_path: Path) -> None:
    place = Place(tmp_path, worker=True)
    client = redis.Redis.from_url(place.store.url)
    secrets = (NUMBER, WORDS, TOWN)
    try:
        for number, text in enumerate(
            ["hello", "2", "my husband hits me", TOWN, WORDS, f"jam ne {TOWN} {NUMBER}"], start=1
        ):
            status, said = place.post(message(text, number, NUMBER))
            assert status == 200
            assert said.count(b"<Message>") == 1
        ask(place.port, "POST", "/twilio/message?x=1", body(message(WORDS, 8, NUMBER)), Content_Type=FORM)
        place.store.process.send_signal(19)  # a store that hangs: the error's way out is searched too
        assert place.post(message(WORDS, 9, NUMBER))[0] == 200
        place.store.process.send_signal(18)
        dumped = dump(client)
        assert dumped.count(b"\n") >= 2
        assert traces(tmp_path, dumped, secrets) == []
        client.set("planted", WORDS)
        (tmp_path / "planted.log").write_text(f"from={quote(NUMBER)} town={TOWN.lower()}")
        found = traces(tmp_path, dump(client), secrets)
        for where in (f"{WORDS} in what the store holds", f"{NUMBER} in planted.log", f"{TOWN} in planted.log"):
            assert where in found
        assert any(one.startswith(f"{WORDS} in store/") for one in found), "the append-only file is searched too"
    finally:
        place.close()
