"""The client behind a URL: one server, a Sentinel set or a cluster.

Owns: the URL schemes redis, rediss, unix, redis+sentinel and redis+cluster, and `?replicas=N` (so many replicas have to
have a write before it counts as done). Never: what is asked.
    redis+sentinel://host:26379,host:26379/service/0?replicas=1
    redis+cluster://host:7000,host:7001?replicas=1
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.retry import Retry
from redis.sentinel import Sentinel

SENTINEL: Final = "redis+sentinel"
CLUSTER: Final = "redis+cluster"


@dataclass(frozen=True)
class Reached:
    """`drop` closes idle connections, so that the next command opens new ones. `replicas`: see above."""

    client: Any  # redis.Redis, or a RedisCluster, which has the same commands
    drop: Callable[[], None]
    close: Callable[[], None]
    replicas: int = 0


def reach(url: str, limit: float, size: int = 16) -> Reached:
    """A client with a time limit for each command, in seconds. Nothing is connected yet, except for a cluster.

    Raises redis.RedisError where a cluster cannot be reached.
    """
    base, query = url.partition("?")[0], parse_qs(urlsplit(url).query)
    replicas = int(query.pop("replicas", ["0"])[0])
    if base.startswith(SENTINEL):
        return _sentinel(base, limit, size, replicas)
    if base.startswith(CLUSTER):
        return _cluster(base, limit, size, replicas)
    rest = "&".join(f"{name}={value}" for name, values in query.items() for value in values)
    pool = redis.BlockingConnectionPool.from_url(
        f"{base}?{rest}" if rest else base,
        max_connections=size,
        timeout=limit,
        socket_timeout=limit,
        socket_connect_timeout=limit / 2,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )
    return _over(redis.Redis(connection_pool=pool), replicas)


def plain(url: str, **options: Any) -> redis.Redis:
    """A client for the queue, which cannot live in a cluster: one server, or the master of a Sentinel set."""
    if url.startswith(SENTINEL):
        name, found = _set(url.partition("?")[0], 2.0)
        client: redis.Redis = found.master_for(name, **options)  # type: ignore[no-untyped-call]
        return client
    return redis.Redis.from_url(url.partition("?replicas=")[0], **options)


def waited(reached: Reached, name: str, asked: Callable[[Any], Any], limit: float) -> Any:
    """The answer to one writing command about the key `name`, once so many replicas have it too.

    Both go down one connection: WAIT counts what that connection wrote. Raises redis.TimeoutError where too few have
    it; the write itself may stand then.
    """
    node = reached.client
    if isinstance(node, RedisCluster):
        node = node.get_redis_connection(node.get_node_from_key(name))  # type: ignore[no-untyped-call]
    pipeline = node.pipeline(transaction=False)
    asked(pipeline)
    pipeline.execute_command("WAIT", reached.replicas, max(1, int(limit * 500)))
    answer, had = pipeline.execute(raise_on_error=False)
    if isinstance(answer, Exception):
        raise answer
    if isinstance(had, Exception):
        raise had
    if had < reached.replicas:
        raise redis.TimeoutError("too few replicas have it")
    return answer


def _sentinel(base: str, limit: float, size: int, replicas: int) -> Reached:
    name, found = _set(base, limit)
    options = {"socket_timeout": limit, "socket_connect_timeout": limit / 2, "retry": Retry(NoBackoff(), 0)}
    client = found.master_for(name, max_connections=size, **options)  # type: ignore[no-untyped-call]
    return _over(client, replicas)


def _over(client: redis.Redis, replicas: int) -> Reached:
    pool = client.connection_pool
    return Reached(client, lambda: pool.disconnect(inuse_connections=False), pool.disconnect, replicas)


def _set(base: str, limit: float) -> tuple[str, Sentinel]:
    """The name of a Sentinel set, and its sentinels."""
    parts = urlsplit(base)
    name, _, number = parts.path.strip("/").partition("/")
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, word = login.partition(":")
    known: dict[str, Any] = {"username": unquote(user) or None, "password": unquote(word)} if word else {}
    quick = {"socket_timeout": limit, "socket_connect_timeout": limit / 2}
    return name, Sentinel(_hosts(hosts, 26379), sentinel_kwargs=quick, db=int(number or 0), **known, **quick)  # type: ignore[no-untyped-call]


def _cluster(base: str, limit: float, size: int, replicas: int) -> Reached:
    login, _, hosts = urlsplit(base).netloc.rpartition("@")
    user, _, word = login.partition(":")
    known: dict[str, Any] = {"username": unquote(user) or None, "password": unquote(word)} if word else {}
    client = RedisCluster(
        startup_nodes=[ClusterNode(host, port) for host, port in _hosts(hosts, 6379)],  # type: ignore[no-untyped-call]
        socket_timeout=limit,
        socket_connect_timeout=limit / 2,
        max_connections=size,
        retry=Retry(NoBackoff(), 1),
        require_full_coverage=False,
        **known,
    )
    return Reached(client, client.nodes_manager.initialize, client.close, replicas)


def _hosts(text: str, port: int) -> list[tuple[str, int]]:
    found = (one.rpartition(":") if ":" in one else (one, "", str(port)) for one in text.split(","))
    return [(host, int(number)) for host, _, number in found]
