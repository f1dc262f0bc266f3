"""The doctor: well where all is well, and for each trouble one finding with something to do."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from carrier import SID, TOKEN

from bot import cli
from bot.commands import doctor
from bot.storage import embedded, keyring, keys, pulse
from bot.storage.connect import Connection
from bot.storage.embedded import Embedded
from bot.storage.keyring import PURPOSES


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Embedded]:
    with embedded.start(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def client(own: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> redis.Redis:
    """A store with a worker that lives, and the environment of a whole installation."""
    keyring.write(tmp_path / "keys", keyring.fresh(int(time.time())))
    given = {
        "REDIS_URL": own.url, "BESA_KEY_FILE": str(tmp_path / "keys"), "TWILIO_ACCOUNT_SID": SID,
        "TWILIO_AUTH_TOKEN": TOKEN, "PUBLIC_URL": "https://help.example.org",
    }  # fmt: skip
    for name, text in given.items():
        monkeypatch.setenv(name, text)
    for name in ("worker", "sweep"):
        pulse.beat(Connection(own.url), name, time.time())
    return redis.Redis.from_url(own.url)


def found(now: float | None = None) -> list[tuple[str, bool]]:
    return [(one.what, one.must) for one in doctor.examined(now or time.time())]


def must() -> list[str]:
    return [what for what, needed in found() if needed]


@pytest.mark.usefixtures("client")
def test_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert must() == []
    assert cli.main(["doctor"]) == 0
    assert "0 to mend" in capsys.readouterr().out
    assert cli.main(["doctor", "--json"]) == 0
    assert all(one["remedy"] for one in json.loads(capsys.readouterr().out))


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("appendfsync", "everysec", "power cut"), ("appendonly", "no", "power cut"),
        ("maxmemory-policy", "allkeys-lru", "throw away"), ("maxmemory", "1mb", "memory is used"),
    ],
)  # fmt: skip
def test_a_store_that_would_lose_something(client: redis.Redis, name: str, value: str, word: str) -> None:
    client.config_set(name, value)
    (what,) = must()
    assert word in what


def test_a_dead_store_a_silent_worker_and_a_full_queue(client: redis.Redis, own: Embedded) -> None:
    client.delete(keys.pulse("worker"), keys.pulse("sweep"))
    assert must() == ["it gives no sign of life.", "nobody looks for check-ins that are due."]
    client.zadd(keys.due("07"), {"x": time.time() - 4000})
    assert "some are late. They go in their window or never." in must()
    client.rpush("rq:queue:besa", *range(1001))
    assert "1001 jobs wait." in must()
    own.stop()
    assert [what.partition("(")[0] for what in must()] == [
        "no answer ",
        "its Redis does not answer; no check-in goes out.",
    ]


def test_clocks_strange_keys_and_keys_without_an_end(client: redis.Redis) -> None:
    assert [what for what, _ in found(time.time() - 600) if "differ" in what]
    client.set("b:{01}:session:x:sms", 1)
    client.set("somebody", 1)
    said = [what for what, _ in found()]
    assert "keys without an end: session." in said
    assert "1 keys are not ours." in said


@pytest.mark.usefixtures("client")
def test_a_key_file_that_others_read_or_that_is_old(tmp_path: Path) -> None:
    file, old = tmp_path / "keys", int(time.time()) - 40 * 86400
    epochs = (*keyring.fresh(old), *(keyring.make(purpose, old + 3600) for purpose in PURPOSES))
    keyring.write(file, epochs, replace=True)
    os.chmod(file, 0o644)
    said = dict(found())
    assert said["others than its owner can read the key file."] is True
    assert said["keys for seen, session, ticket are old enough to be rotated."] is False
    assert said["keys that nothing needs any more could still open an old backup."] is False
    os.chmod(file, 0o600)
    file.write_text("broken")
    os.chmod(file, 0o400)
    assert "the key file cannot be used." in must()


def test_settings_come_first(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in list(os.environ):
        if name.startswith(("TWILIO_", "REDIS_", "BESA_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SESSION_MINUTES", "many")
    assert cli.main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "REDIS_URL" in said
    assert "SESSION_MINUTES" in said
    assert "many" not in said
