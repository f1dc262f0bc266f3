"""What only a real server can show: names and TTLs, what a thief would find, and Redis in trouble."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import redis

from bot.dialogue.session import Exchange, Said, Session
from bot.dialogue.store import Change, Opened, Ticket
from bot.errors import OperatorError, StorageUnavailable
from bot.storage import counts, embedded, keyring, keys, pulse, tidy
from bot.storage.connect import Breaker, Connection
from bot.storage.embedded import Embedded
from bot.storage.keyring import Keyring
from bot.storage.limits import RedisSums
from bot.storage.sessions import Redis

OTHER = "whatsapp:AL.1349"  # the same person without a number
ADDRESS = "+355692223344"
NOW = int(time.time())
SESSION = Session(script="abc", step="intake.place", facts={"need": "shelter", "place": "elbasan-canary"})


def store_of(url: str, ring: Keyring | None = None) -> Redis:
    return Redis(Connection(url), ring or keyring.random())


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Embedded]:
    """A server for one test alone, that may be stopped, killed and filled."""
    with embedded.start(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def client(own: Embedded) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(own.url)
    yield client
    client.close()


def put(store: Redis, sid: str, change: Change, address: str = ADDRESS, channel: str = "sms") -> Opened | None:
    texter, dedup = store.texter(address), store.dedup(channel, sid)
    return store.commit(texter, channel, dedup, store.open(texter, channel, dedup).version, change)


def ticket(ident: str = "0123456789abcdef", address: str = ADDRESS) -> Ticket:
    return Ticket(
        id=ident, address=address, channel="sms", language="sq", script="abc", consented=NOW, last_inbound=NOW,
        opens=NOW - 1, closes=NOW + 3600,
    )  # fmt: skip


def fill(store: Redis) -> None:
    """Everything there can be of one person, on all channels."""
    said = Exchange(key="x", says=(Said(say="leaving.close.say"),))
    for channel in keys.CHANNELS:
        put(store, "m1", Change(session=SESSION, ttl=1800, counts=("entered:a.b",)), channel=channel)
    put(store, "m2", Change(session=None, ttl=0, exchange=said, opt_out=True))
    put(store, "m3", Change(session=SESSION, ttl=1800))
    texter = store.texter(ADDRESS)
    opened = store.open(texter, "sms", store.dedup("sms", "m4"))
    change = Change(session=SESSION, ttl=1800, ticket=ticket())
    store.commit(texter, "sms", store.dedup("sms", "m4"), opened.version, change)
    RedisSums(store.connection).add("355", 1, 600)
    put(store, "m5", Change(session=SESSION, ttl=1800, carried="SM5"))
    store.tie(texter, store.texter(OTHER))
    pulse.beat(store.connection, "worker", time.time())
    pulse.advance(store.connection, store.dedup("status", "SM1"), 2)


def kind_of(name: str) -> str:
    return re.fullmatch(r"b:\{\d\d\}:([a-z]+)(:.*)?", name).group(1)  # type: ignore[union-attr]


def test_every_kind_of_key_is_erased_by_forget_or_exempt_by_name(own: Embedded, client: redis.Redis) -> None:
    store = store_of(own.url)
    fill(store)
    kinds = {kind_of(name.decode()) for name in client.scan_iter()}
    assert kinds == set(keys.PATTERNS), "a pattern without a key here, or a key without a pattern"
    store.forget(store.texter(ADDRESS))
    left = {kind_of(name.decode()) for name in client.scan_iter()}
    erased = {name for name, pattern in keys.PATTERNS.items() if pattern.erased == keys.FORGET}
    assert left == set(keys.PATTERNS) - erased - {"due"}, "an empty due set ends by itself"
    assert not any(client.zcard(keys.due(shard)) for shard in keys.shards())


def test_what_stays_names_no_texter(own: Embedded, client: redis.Redis) -> None:
    store = store_of(own.url)
    fill(store)
    store.forget(store.texter(ADDRESS))
    for name in client.scan_iter():
        assert store.texter(ADDRESS) not in name.decode()


def test_every_key_but_counts_and_registries_has_a_ttl(own: Embedded, client: redis.Redis) -> None:
    store = store_of(own.url)
    fill(store)
    for raw in client.scan_iter():
        pattern, ttl = keys.PATTERNS[kind_of(raw.decode())], client.ttl(raw)
        assert (0 < ttl <= pattern.ttl) if pattern.ttl else ttl == -1, raw


def test_a_ticket_lives_for_its_window_and_six_hours_and_never_beyond_thirty_days(
    own: Embedded, client: redis.Redis
) -> None:
    store = store_of(own.url)
    now = int(time.time())
    for days, expected in ((1, 86400 + 6 * 3600), (90, 30 * 86400)):
        long = msgspec.structs.replace(ticket(), closes=now + days * 86400)
        put(store, f"m{days}", Change(session=None, ttl=0, ticket=long))
        for kind in ("ticket", "held"):
            [name] = client.keys(f"b:*:{kind}:*")
            assert abs(client.ttl(name) - expected) < 5


def test_everything_of_a_person_lies_in_one_slot(own: Embedded, client: redis.Redis) -> None:
    store = store_of(own.url)
    fill(store)
    shard, other = (keys.shard_of(store.texter(one)) for one in (ADDRESS, OTHER))
    for raw in client.scan_iter():
        if kind_of(raw.decode()) not in {"pulse", "status", "pace"}:
            tied = kind_of(raw.decode()) == "link" and raw.decode().startswith(f"b:{{{other}}}:")
            assert tied or raw.decode().startswith(f"b:{{{shard}}}:")


def everything(client: redis.Redis) -> bytes:
    """All that a thief of the server would hold: names and values of every type."""
    parts: list[bytes] = []
    for name in client.scan_iter():
        kind = client.type(name)
        read = {
            b"string": lambda n: [client.get(n)],
            b"hash": lambda n: [x for pair in client.hgetall(n).items() for x in pair],
            b"list": lambda n: client.lrange(n, 0, -1),
            b"zset": lambda n: client.zrange(n, 0, -1),
        }[kind]
        parts += [name, *read(name)]
    return b"\n".join(parts)


def files(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


def test_a_thief_finds_no_number_and_no_fact(own: Embedded, client: redis.Redis, tmp_path: Path) -> None:
    store = store_of(own.url)
    fill(store)
    canaries = [b"692223344", b"elbasan-canary", b"shelter", b"intake.place", b"leaving.close"]
    loot = everything(client) + files(tmp_path / "redis")
    assert [canary for canary in canaries if canary in loot] == []
    client.set("planted", b"tel 355692223344 elbasan-canary")
    loot = everything(client) + files(tmp_path / "redis")
    assert canaries[:2] == [canary for canary in canaries if canary in loot], "the search must find what is there"


def test_what_the_file_still_holds_of_a_forgotten_person_cannot_be_read(own: Embedded, tmp_path: Path) -> None:
    store = store_of(own.url)
    fill(store)
    store.forget(store.texter(ADDRESS))
    assert b"ticket" in files(tmp_path / "redis"), "the file keeps what was deleted"
    assert b"692223344" not in files(tmp_path / "redis")


def test_a_rewrite_takes_even_the_sealed_bytes_of_a_forgotten_person_away(
    own: Embedded, client: redis.Redis, tmp_path: Path
) -> None:
    store = store_of(own.url)
    fill(store)
    [name] = client.keys("b:*:ticket:*")
    sealed = client.get(name)
    assert sealed
    store.forget(store.texter(ADDRESS))
    assert sealed in files(tmp_path / "redis")
    assert not tidy.rewrite(store.connection), "so little is not worth it"
    assert tidy.rewrite(store.connection, 1)
    until = time.monotonic() + 10
    while sealed in files(tmp_path / "redis") and time.monotonic() < until:
        time.sleep(0.05)
    assert sealed not in files(tmp_path / "redis")
    assert store.open(store.texter(ADDRESS), "sms", store.dedup("sms", "m2")).seen, "what stays is still there"


def test_a_server_that_refuses_a_rewrite_is_left_alone(own: Embedded, client: redis.Redis) -> None:
    client.config_set("appendonly", "no")
    assert not tidy.rewrite(Connection(own.url), 0)
    client.execute_command("ACL", "SETUSER", "default", "-info", "-bgrewriteaof")
    assert not tidy.rewrite(Connection(own.url), 0)


@pytest.mark.parametrize("kind", ["session", "seen", "ticket"])
@pytest.mark.parametrize("garbage", [b"garbage", b"\x01" * 300, None])
def test_garbage_at_our_name_is_a_blank_start(
    own: Embedded, client: redis.Redis, kind: str, garbage: bytes | None
) -> None:
    store = store_of(own.url)
    fill(store)
    for name in client.keys(f"b:*:{kind}:*"):
        client.delete(name)
        client.lpush(name, "wrong type") if garbage is None else client.set(name, garbage)
    opened = store.open(store.texter(ADDRESS), "sms", store.dedup("sms", "m2"))
    assert (opened.session is None) == (kind == "session")
    assert (opened.repeat is None) == (kind == "seen")
    if garbage is not None:
        assert store.tickets.claim(keys.shard_of(store.texter(ADDRESS)), ticket().id) == (
            None if kind == "ticket" else ticket()
        )
    assert put(store, "m9", Change(session=SESSION, ttl=60)) is None
    assert store.open(store.texter(ADDRESS), "sms", store.dedup("sms", "m10")).session == SESSION


def test_values_swapped_between_two_people_are_a_blank_start(own: Embedded, client: redis.Redis) -> None:
    store = store_of(own.url)
    other = "+355692223345"
    put(store, "m1", Change(session=SESSION, ttl=60))
    put(store, "m2", Change(session=SESSION, ttl=60), other)
    mine, theirs = (keys.session(store.texter(one), "sms") for one in (ADDRESS, other))
    a, b = client.hgetall(mine), client.hgetall(theirs)
    client.hset(mine, mapping=b)
    client.hset(theirs, mapping=a)
    for one in (ADDRESS, other):
        assert store.open(store.texter(one), "sms", "0" * 32).session is None


def test_counts_add_up_over_the_shards(own: Embedded) -> None:
    store = store_of(own.url)
    for number in range(20):
        put(store, f"m{number}", Change(session=None, ttl=0, counts=("a", "b")), f"+35569200{number:04d}")
    counts.add(store.connection, "a", time.time(), 2)
    assert counts.read(store.connection, counts.month(time.time())) == {"a": 22, "b": 20}


def test_a_status_never_goes_back(own: Embedded) -> None:
    store = store_of(own.url)
    sid = store.dedup("status", "SM1")
    assert [pulse.advance(store.connection, sid, rank) for rank in (0, 2, 1, 2, 3)] == [True, True, False, False, True]


class TestRotation:
    """Id, session and seen keys change while people are in the middle of a talk."""

    @pytest.fixture
    def stores(self, own: Embedded) -> tuple[Redis, Redis]:
        first = keyring.fresh(0)
        second = [keyring.make(purpose, 1) for purpose in keyring.PURPOSES]
        return store_of(own.url, Keyring(first)), store_of(own.url, Keyring((*first, *second)))

    def test_a_session_moves_to_the_new_id(self, stores: tuple[Redis, Redis], client: redis.Redis) -> None:
        old, new = stores
        put(old, "m1", Change(session=SESSION, ttl=60))
        opened = new.open(new.texter(ADDRESS), "sms", new.dedup("sms", "m1"))
        assert (opened.session, opened.seen) == (SESSION, True)
        assert put(new, "m2", Change(session=SESSION, ttl=60)) is None
        assert client.keys("b:*:session:*") == [keys.session(new.texter(ADDRESS), "sms").encode()]

    def test_an_opt_out_is_still_known_and_can_be_taken_back(self, stores: tuple[Redis, Redis]) -> None:
        old, new = stores
        put(old, "m1", Change(session=None, ttl=0, opt_out=True))
        assert new.open(new.texter(ADDRESS), "sms", new.dedup("sms", "m2")).opted_out
        put(new, "m2", Change(session=None, ttl=0, opt_out=False))
        assert not new.open(new.texter(ADDRESS), "sms", new.dedup("sms", "m3")).opted_out

    def test_forget_and_stop_reach_what_lies_under_the_old_id(
        self, stores: tuple[Redis, Redis], client: redis.Redis
    ) -> None:
        old, new = stores
        for change in (Change(session=None, ttl=0, cancel=True), Change(session=None, ttl=0, forget=True)):
            put(old, f"a{change.forget}", Change(session=SESSION, ttl=60, ticket=ticket()))
            put(new, f"b{change.forget}", change)
            assert client.keys("b:*:ticket:*") == []
        put(old, "m3", Change(session=SESSION, ttl=60, ticket=ticket()))
        new.forget(new.texter(ADDRESS))
        assert {kind_of(name.decode()) for name in client.scan_iter()} == {"seen"}

    def test_a_check_in_consented_before_is_sent_once_after(self, stores: tuple[Redis, Redis]) -> None:
        old, new = stores
        put(old, "m1", Change(session=None, ttl=0, ticket=ticket()))
        [(shard, ident)] = new.tickets.take(time.time(), 60)
        mine = new.tickets.claim(shard, ident)
        assert mine == ticket()
        assert new.tickets.confirm(mine)
        assert new.tickets.settle(mine, SESSION, 60)
        put(old, "m2", Change(session=None, ttl=0, ticket=ticket("b" * 16)))
        [(shard, ident)] = new.tickets.take(time.time(), 60)
        mine = new.tickets.claim(shard, ident)
        assert mine is not None
        put(old, "m3", Change(session=None, ttl=0, opt_out=True))
        assert not new.tickets.confirm(mine)


class TestTrouble:
    def test_a_refused_connection_fails_at_once(self, tmp_path: Path) -> None:
        store = store_of(f"unix://{tmp_path}/none.sock")
        began = time.monotonic()
        with pytest.raises(StorageUnavailable):
            store.open(store.texter(ADDRESS), "sms", "0" * 32)
        assert time.monotonic() - began < 0.2

    def test_a_server_that_never_answers_costs_the_limit_then_nothing(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            connection = Connection(f"redis://127.0.0.1:{silent.getsockname()[1]}", breaker=Breaker(2, 5.0))
            store, took = Redis(connection, keyring.random()), []
            for _ in range(4):
                began = time.monotonic()
                with pytest.raises(StorageUnavailable):
                    store.open(store.texter(ADDRESS), "sms", "0" * 32)
                took.append(time.monotonic() - began)
            assert max(took) < 0.45
            assert max(took[2:]) < 0.02

    def test_a_stopped_server_is_given_up_and_found_again(self, own: Embedded) -> None:
        connection = Connection(own.url, breaker=Breaker(1, 0.3))
        store = Redis(connection, keyring.random())
        put(store, "m1", Change(session=SESSION, ttl=60))
        os.kill(own.process.pid, signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(StorageUnavailable):
            store.open(store.texter(ADDRESS), "sms", "0" * 32)
        assert time.monotonic() - began < 0.45
        began = time.monotonic()
        with pytest.raises(StorageUnavailable, match="not tried"):
            store.open(store.texter(ADDRESS), "sms", "0" * 32)
        assert time.monotonic() - began < 0.02
        os.kill(own.process.pid, signal.SIGCONT)
        time.sleep(0.35)
        assert store.open(store.texter(ADDRESS), "sms", "0" * 32).session == SESSION

    def test_only_one_thread_tries_while_the_breaker_is_open(self) -> None:
        now = [0.0]
        breaker = Breaker(2, 1.0, lambda: now[0])
        breaker.failed()
        assert breaker.allows()
        breaker.failed()
        assert not breaker.allows()
        now[0] = 1.1
        assert [breaker.allows() for _ in range(3)] == [True, False, False]
        breaker.worked()
        assert breaker.allows()
        assert breaker.allows()

    def test_a_restart_between_two_messages_is_not_noticed(self, tmp_path: Path) -> None:
        first = embedded.start(tmp_path / "redis")
        store = store_of(first.url)
        put(store, "m1", Change(session=SESSION, ttl=60))
        first.stop()
        with embedded.start(tmp_path / "redis"):
            assert store.open(store.texter(ADDRESS), "sms", "0" * 32).session == SESSION

    def test_what_was_acknowledged_outlives_a_kill(self, tmp_path: Path) -> None:
        first = embedded.start(tmp_path / "redis")
        store = store_of(first.url)
        for number in range(50):
            put(store, f"m{number}", Change(session=SESSION, ttl=60), f"+35569200{number:04d}")
        first.process.kill()
        first.process.wait()
        with embedded.start(tmp_path / "redis"):
            for number in range(50):
                texter = store.texter(f"+35569200{number:04d}")
                assert store.open(texter, "sms", store.dedup("sms", f"m{number}")).seen

    def test_a_full_memory_still_forgets_stops_and_closes(self, own: Embedded, client: redis.Redis) -> None:
        store = store_of(own.url)
        put(store, "m1", Change(session=SESSION, ttl=60, ticket=ticket()))
        client.config_set("maxmemory", "1")
        with pytest.raises(StorageUnavailable, match="OutOfMemory"):
            put(store, "m2", Change(session=SESSION, ttl=60))
        assert store.open(store.texter(ADDRESS), "sms", "0" * 32).session == SESSION
        assert put(store, "m3", Change(session=None, ttl=0, opt_out=True)) is None
        assert store.open(store.texter(ADDRESS), "sms", "0" * 32) == Opened(opted_out=True, hits=2)
        assert client.keys("b:*:ticket:*") == []
        assert store.forget(store.texter(ADDRESS)) == 1

    def test_a_read_only_server_is_unavailable(self, own: Embedded, client: redis.Redis) -> None:
        store = store_of(own.url)
        client.replicaof("127.0.0.1", 1)
        with pytest.raises(StorageUnavailable) as caught:
            put(store, "m1", Change(session=SESSION, ttl=60))
        assert store.texter(ADDRESS) not in str(caught.value)
        client.replicaof("NO", "ONE")
        assert put(store, "m1", Change(session=SESSION, ttl=60)) is None

    def test_a_connection_cut_in_the_middle_of_a_commit_makes_no_second_transition(self, own: Embedded) -> None:
        """The server did it, the answer was lost, and the trip is said again."""
        relay = CutOnce(own.socket)
        store = store_of(f"redis://127.0.0.1:{relay.port}")
        texter, dedup = store.texter(ADDRESS), store.dedup("sms", "m1")
        said = Exchange(key=dedup, says=(Said(say="a.b.say"),))
        kept = Session(script="abc", step="a.b", recent=(said,))
        put(store, "m0", Change(session=SESSION, ttl=60), "+355692223345")  # the server knows the scripts now
        version = store.open(texter, "sms", dedup).version
        relay.cut = True
        newer = store.commit(texter, "sms", dedup, version, Change(session=kept, ttl=60))
        assert relay.cuts == 1
        assert newer is not None
        assert (newer.seen, newer.repeat) == (True, said)
        assert newer.hits == 1


class CutOnce:
    """A relay on loopback that once lets a command through and cuts before its answer."""

    def __init__(self, target: Path) -> None:
        self.cut, self.cuts, self._target = False, 0, target
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            near, _ = self._server.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(str(self._target))
            threading.Thread(target=self._pass, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, True), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        while True:
            try:
                data = source.recv(65536)
            except OSError:
                return
            if answers and self.cut:
                self.cut, self.cuts = False, self.cuts + 1
                data = b""
            if not data:
                for end in (source, sink):
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
                return
            sink.sendall(data)


class TestEmbedded:
    def test_one_owner_at_a_time(self, own: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(embedded, "STOP", 0.2)
        assert own.process.poll() is None
        with pytest.raises(OperatorError, match="in use"):
            embedded.start(tmp_path / "redis")

    def test_a_very_long_path_gets_a_socket_elsewhere(self, tmp_path: Path) -> None:
        directory = tmp_path / ("d" * 100)
        with embedded.start(directory) as server:
            assert redis.Redis.from_url(server.url).ping()
            assert len(str(server.socket)) < 100
        assert not server.socket.parent.exists()

    def test_it_listens_on_no_port_and_keeps_every_write(self, own: Embedded, client: redis.Redis) -> None:
        assert own.url.startswith("unix://")
        assert client.config_get("port", "appendonly", "appendfsync") == {
            "port": "0", "appendonly": "yes", "appendfsync": "always",
        }  # fmt: skip
        assert own.socket.stat().st_mode & 0o077 == 0

    def test_it_dies_with_its_parent(self, tmp_path: Path) -> None:
        code = (
            "import pathlib, sys, time; from bot.storage import embedded;"
            "s = embedded.start(pathlib.Path(sys.argv[1])); print(s.process.pid, flush=True); time.sleep(60)"
        )
        parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "r")], stdout=subprocess.PIPE)
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        until = time.monotonic() + 5
        while time.monotonic() < until and Path(f"/proc/{child}").exists():
            time.sleep(0.05)
        assert not Path(f"/proc/{child}").exists()

    def test_without_a_server_it_says_what_to_do(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", "")
        assert embedded.server().endswith("valkey-server")
        monkeypatch.setattr(embedded, "_packaged", lambda: "")
        with pytest.raises(OperatorError, match="set REDIS_URL"):
            embedded.start(tmp_path / "r")
