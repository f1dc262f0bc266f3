"""Keys that change while people talk, and what is left to read when the old ones are destroyed."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import pytest

from bot import cli
from bot.dialogue.session import Exchange, Session
from bot.dialogue.store import Change
from bot.storage import embedded, epochs, keyring, keys
from bot.storage.connect import Connection
from bot.storage.keyring import PURPOSES, Keyring
from bot.storage.sessions import Redis

DAY = 86400
NOW = 1_800_000_000


def test_what_is_rotated_is_what_is_old_enough() -> None:
    first = keyring.fresh(NOW)
    assert epochs.next_of(first, NOW + 3600) == ()
    assert [epoch.purpose for epoch in epochs.next_of(first, NOW + DAY)] == ["session"]
    week = epochs.next_of(first, NOW + 7 * DAY)
    assert [epoch.purpose for epoch in week] == ["seen", "session", "ticket"]
    assert {epoch.since for epoch in week} == {NOW + 7 * DAY + epochs.DELAY}
    everything = epochs.next_of(first, NOW, everything=True)
    assert [epoch.purpose for epoch in everything] == list(PURPOSES)
    assert epochs.next_of((*first, *everything), NOW + 60, everything=True) == ()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_an_epoch_goes_when_nothing_it_sealed_can_be_alive(purpose: str) -> None:
    first = keyring.fresh(NOW)
    second = keyring.make(purpose, NOW + DAY)
    both, life = (*first, second), epochs.LIVES[purpose]
    assert len(epochs.needed(both, NOW + DAY + life)) == len(both)
    left = epochs.needed(both, NOW + DAY + life + 1000)
    assert {epoch.id for epoch in both} - {epoch.id for epoch in left} == {e.id for e in first if e.purpose == purpose}
    assert set(epochs.needed(first, NOW + 10_000 * DAY)) == set(first), "the one that writes never goes"


def test_no_life_is_shorter_than_what_redis_keeps() -> None:
    named = {"session": ["session"], "seen": ["seen"], "ticket": ["ticket"], "optout": ["optout"]}
    named["id"] = ["session", "held", "hits", "optout"]
    for purpose, kinds in named.items():
        assert epochs.LIVES[purpose] >= max(keys.PATTERNS[kind].ttl for kind in kinds)


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "keys"
    old = keyring.fresh(int(time.time()) - 40 * DAY)
    keyring.write(file, old)
    assert cli.main(["keys", "rotate", str(file)]) == 0
    assert "seen, session, ticket" in capsys.readouterr().out
    assert file.stat().st_mode & 0o777 == 0o400
    assert cli.main(["keys", "rotate", str(file)]) == 0
    assert "old enough" in capsys.readouterr().out
    assert cli.main(["keys", "prune", str(file)]) == 0
    assert "Destroyed: 0" in capsys.readouterr().out
    assert cli.main(["keys", "list", str(file)]) == 0
    listed = capsys.readouterr().out
    assert listed.count("waits") == 3
    assert listed.count("writes") == 5
    assert not any(epoch.key in listed for epoch in keyring.read(file))
    keyring.write(file, (*old, *(keyring.make(p, int(time.time()) - 33 * DAY) for p in PURPOSES)), replace=True)
    assert cli.main(["keys", "list", "--json", str(file)]) == 0
    assert capsys.readouterr().out.count("can be destroyed") == 3
    assert cli.main(["keys", "prune", str(file)]) == 0
    assert "Destroyed: 3. Left: 7." in capsys.readouterr().out
    assert len(keyring.read(file)) == 7


def test_a_seed_can_be_rotated_too(tmp_path: Path) -> None:
    file = tmp_path / "seed"
    file.write_text("ab" * 32)
    before = {epoch.id for epoch in keyring.read(file)}
    assert cli.main(["keys", "rotate", "--all", str(file)]) == 0
    after = keyring.read(file)
    assert before < {epoch.id for epoch in after}
    assert len(after) == 2 * len(PURPOSES)


def test_three_rotations_under_load_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two web processes' worth of stores, four people who write on and on, every key changed three times."""
    monkeypatch.setattr(keyring, "RELOAD", 0.02)
    file = tmp_path / "keys"
    keyring.write(file, keyring.fresh(0))
    lost: list[str] = []
    done = threading.Event()
    with embedded.start(tmp_path / "redis") as server:
        stores = [Redis(Connection(server.url, limit=2.0), keyring.load(file)) for _ in range(2)]

        def talk(address: str) -> None:
            turn = 0
            while not done.is_set():
                store = stores[turn % 2]
                texter, dedup = store.texter(address), store.dedup("sms", f"{address}{turn}")
                opened = store.open(texter, "sms", dedup)
                if opened.seen or (turn and (opened.session is None or opened.session.misses != turn - 1)):
                    lost.append(f"{address} at {turn}: {opened}")
                    return
                exchange = Exchange(key=dedup, says=())
                kept = Session(script="x", misses=turn, recent=(exchange,))
                if store.commit(texter, "sms", dedup, opened.version, Change(session=kept, ttl=60)) is not None:
                    lost.append(f"{address} at {turn}: not committed")
                again = stores[(turn + 1) % 2]
                repeated = again.open(again.texter(address), "sms", again.dedup("sms", f"{address}{turn}"))
                if not repeated.seen or repeated.repeat != exchange:
                    lost.append(f"{address} at {turn}: repeated {repeated}")
                turn += 1

        people = [threading.Thread(target=talk, args=(f"+35569000000{number}",)) for number in range(4)]
        for person in people:
            person.start()
        for _ in range(3):
            time.sleep(0.3)
            # whole seconds: a second from now, when both have read the file
            fresh = [keyring.make(purpose, int(time.time()) + 1) for purpose in PURPOSES]
            keyring.write(file, (*keyring.read(file), *fresh), replace=True)
            time.sleep(1.2)
        done.set()
        for person in people:
            person.join()
    assert lost == []
    assert len(keyring.read(file)) == 4 * len(PURPOSES)


def test_a_destroyed_key_leaves_the_append_only_file_unreadable(tmp_path: Path) -> None:
    first = keyring.fresh(0)
    kept = Session(script="x", facts={"need": "shelter"})
    with embedded.start(tmp_path / "redis") as server:
        store = Redis(Connection(server.url), Keyring(first))
        texter = store.texter("+355690000001")
        store.commit(texter, "sms", store.dedup("sms", "1"), 0, Change(session=kept, ttl=3000))
    shutil.copytree(tmp_path / "redis", tmp_path / "stolen")
    successors = [keyring.make(purpose, 1) for purpose in PURPOSES]
    left = epochs.needed((*first, *successors), 10**9)
    assert {epoch.id for epoch in left} == {epoch.id for epoch in successors}
    with embedded.start(tmp_path / "stolen") as server:
        readable = Redis(Connection(server.url), Keyring(first))
        assert readable.open(readable.texter("+355690000001"), "sms", "0" * 32).session == kept
        # even who knows the old name finds nothing that opens
        thief = Redis(Connection(server.url), Keyring(left))
        assert thief.open(texter, "sms", "0" * 32).session is None
        assert thief.open(thief.texter("+355690000001"), "sms", "0" * 32).version == 0
