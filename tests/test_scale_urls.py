"""Which stores can be named, what is refused with its reason, and that replicas are waited for. See `make scale`."""

from __future__ import annotations

import pytest
import redis
from redis.sentinel import SentinelConnectionPool

from bot import settings
from bot.errors import OperatorError, StorageUnavailable
from bot.storage import clients, keyring
from bot.storage.connect import Breaker, Connection
from bot.storage.embedded import Embedded
from bot.storage.sessions import Redis

CLUSTER = "redis+cluster://127.0.0.1:7000,127.0.0.1:7001"
SENTINEL = "redis+sentinel://:secret@127.0.0.1:26379,127.0.0.1:26380/besa/3"


@pytest.mark.parametrize(
    "url", [CLUSTER, SENTINEL, f"{CLUSTER}?replicas=1", f"{SENTINEL}?replicas=2", "redis://127.0.0.1:6379/0?replicas=1"]
)
def test_these_stores_can_be_named(url: str) -> None:
    assert settings.read({"REDIS_URL": url}).redis_url == url


@pytest.mark.parametrize(
    "url", [f"{CLUSTER}?replicas=x", f"{CLUSTER}?db=3", "redis+sentinel://127.0.0.1:26379", "redis+x://a"]
)
def test_these_are_refused(url: str) -> None:
    with pytest.raises(OperatorError, match="REDIS_URL"):
        settings.read({"REDIS_URL": url})


def test_the_queue_cannot_lie_in_a_cluster_and_the_reason_is_said() -> None:
    with pytest.raises(OperatorError, match="QUEUE_REDIS_URL: RQ cannot work in a cluster"):
        settings.read({"REDIS_URL": CLUSTER, "QUEUE_REDIS_URL": CLUSTER}, running=True)
    with pytest.raises(OperatorError, match=r"QUEUE_REDIS_URL: Missing\. RQ cannot work in a cluster"):
        settings.read({"REDIS_URL": CLUSTER}, running=True)
    found = settings.read({"REDIS_URL": CLUSTER, "QUEUE_REDIS_URL": SENTINEL}, running=True)
    assert found.queue_redis_url == SENTINEL
    assert settings.read({"REDIS_URL": SENTINEL}).queue_redis_url == SENTINEL


def test_a_sentinel_set_is_asked_for_its_master() -> None:
    reached = clients.reach(f"{SENTINEL}?replicas=2", 0.3)
    pool = reached.client.connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    assert pool.service_name == "besa"
    assert reached.replicas == 2
    assert pool.connection_kwargs["db"] == 3
    assert pool.connection_kwargs["password"] == "secret"
    assert pool.connection_kwargs["socket_timeout"] == 0.3


def test_a_cluster_that_is_away_is_trouble_of_the_store_and_not_of_the_start() -> None:
    store = Redis(Connection("redis+cluster://127.0.0.1:9", breaker=Breaker(failures=1)), keyring.random())
    for _ in range(2):
        with pytest.raises(StorageUnavailable):
            store.open(store.texter("+355690000001"), "sms", "0" * 32)


def test_where_no_replica_has_it_nothing_is_acknowledged(valkey: Embedded) -> None:
    redis.Redis.from_url(valkey.url).flushall()
    from bot.dialogue.store import Change

    store = Redis(Connection(f"{valkey.url}?replicas=1"), keyring.random())
    texter = store.texter("+355690000001")
    assert store.open(texter, "sms", "0" * 32).version == 0, "reading waits for nobody"
    with pytest.raises(StorageUnavailable):
        store.commit(texter, "sms", "0" * 32, 0, Change(session=None, ttl=0))
