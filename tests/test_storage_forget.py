"""`python -m bot forget`: as an operator types it, over a real store."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from bot import cli
from bot.dialogue.session import Session
from bot.dialogue.store import Change, Ticket
from bot.storage import keyring
from bot.storage.connect import Connection
from bot.storage.embedded import Embedded
from bot.storage.sessions import Redis

NUMBER = "+355695556677"


@pytest.fixture
def store(valkey: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    keyring.write(tmp_path / "keys", keyring.fresh(0))
    monkeypatch.setenv("REDIS_URL", valkey.url)
    monkeypatch.setenv("BESA_KEY_FILE", str(tmp_path / "keys"))
    connection = Connection(valkey.url)
    connection.do(lambda client: client.flushall())
    yield Redis(connection, keyring.load(tmp_path / "keys"))
    connection.close()


def keep(store: Redis, address: str, channel: str) -> None:
    now = int(time.time())
    ticket = Ticket(
        id="b" * 32, address=address, channel=channel, language="sq", script="x", consented=now, last_inbound=now,
        opens=now + 60, closes=now + 3600,
    )  # fmt: skip
    change = Change(session=Session(script="x"), ttl=600, ticket=ticket)
    assert store.commit(store.texter(address), channel, store.dedup(channel, "1"), 0, change) is None


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER,
        f"whatsapp:{NUMBER}",
        "00355695556677",
        "355 69 555 6677",
        "+355 (69) 555-66.77",
        "whatsapp:00355695556677",
    ],
)
def test_however_the_number_is_typed_both_channels_go(
    store: Redis, valkey: Embedded, typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(store, NUMBER, "sms")
    keep(store, f"whatsapp:{NUMBER}", "whatsapp")
    assert cli.main(["forget", typed]) == 0
    said = capsys.readouterr()
    assert said.out == "Erased: 6 entries.\n"
    assert "5556677" not in said.out + said.err
    left = redis.Redis.from_url(valkey.url).keys("*")
    assert {name.split(b":")[2] for name in left} == {b"seen"}
    assert cli.main(["forget", typed]) == 0
    assert capsys.readouterr().out == "Nothing was kept of this address.\n"


def test_from_standard_input_it_is_in_no_history(
    store: Redis, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(store, NUMBER, "sms")
    monkeypatch.setattr("sys.stdin", io.StringIO(f" {NUMBER}\n"))
    assert cli.main(["forget", "-"]) == 0
    assert "Erased" in capsys.readouterr().out


def test_an_id_without_a_number(store: Redis, capsys: pytest.CaptureFixture[str]) -> None:
    keep(store, "whatsapp:AL.13491208655302741918", "whatsapp")
    assert cli.main(["forget", "whatsapp:AL.13491208655302741918"]) == 0
    assert "Erased" in capsys.readouterr().out


@pytest.mark.parametrize("typed", ["", "hello", "12", "+355x", "whatsapp:"])
def test_what_is_no_address_is_misuse(store: Redis, typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    keep(store, NUMBER, "sms")
    assert cli.main(["forget", typed]) == 2
    assert "no address" in capsys.readouterr().err


def test_without_settings_it_says_which(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    assert cli.main(["forget", NUMBER]) == 1
    assert "REDIS_URL and BESA_KEY_FILE" in capsys.readouterr().err


def test_a_store_that_does_not_answer_is_said(
    store: Redis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert store
    monkeypatch.setenv("REDIS_URL", f"unix://{tmp_path}/none.sock")
    assert cli.main(["forget", NUMBER]) == 1
    said = capsys.readouterr()
    assert "not reachable" in said.err
    assert "5556677" not in said.out + said.err
