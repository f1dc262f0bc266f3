"""What a server and its keys look like from outside: read only, for the operator's doctor.

Owns: the questions, and keys that should end and do not. Never: a value, or a word on what to do (`commands/doctor`).
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
import redis

from bot.storage import clients, keys
from bot.storage.connect import Connection

SCANNED: Final = 20_000  # keys that are looked at, at most


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """The store as it is. `ahead`: seconds by which its clock is ahead of ours. `limit`: bytes, 0 for none."""

    version: str
    append_only: bool
    fsync: str  # always | everysec | no | "" where it does not tell
    policy: str
    used: int
    limit: int
    replicas: int
    replica: bool  # of another: it cannot be written to
    password: bool
    write_ok: bool  # the last write to the append-only file worked
    ahead: float
    endless: tuple[str, ...]  # kinds of our keys that have no end and should have one
    strange: int  # keys that are neither ours nor the queue's


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """The queue: jobs that wait, and that failed."""

    waiting: int
    failed: int


def server(connection: Connection, now: float) -> Server:
    """Asks everything once. Raises StorageUnavailable."""
    return connection.do(lambda client: _server(client, now))


def queue(url: str, name: str) -> Line | None:
    """The queue of this name; None where its Redis does not answer."""
    try:
        client = clients.plain(url, socket_timeout=2, socket_connect_timeout=2)
        return Line(waiting=int(client.llen(f"rq:queue:{name}")), failed=int(client.zcard(f"rq:failed:{name}")))
    except (redis.RedisError, OSError):
        return None


def _server(client: redis.Redis, now: float) -> Server:
    found: dict[str, Any] = client.info("everything")
    settings = _config(client)
    seconds, micros = client.time()
    endless, strange = _keys(client)
    return Server(
        version=str(found.get("valkey_version") or found.get("redis_version", "")),
        append_only=bool(found.get("aof_enabled")),
        fsync=settings.get("appendfsync", ""),
        policy=str(found.get("maxmemory_policy", "")),
        used=int(found.get("used_memory", 0)),
        limit=int(found.get("maxmemory", 0)),
        replicas=int(found.get("connected_slaves", 0)),
        replica=found.get("role") == "slave",
        password=bool(settings.get("requirepass")) or _user(client) != "default",
        write_ok=found.get("aof_last_write_status", "ok") == "ok",
        ahead=seconds + micros / 1e6 - now,
        endless=endless,
        strange=strange,
    )


def _config(client: redis.Redis) -> dict[str, str]:
    """Managed servers do not tell: then nothing is known."""
    try:
        return {**client.config_get("appendfsync"), **client.config_get("requirepass")}  # type: ignore[dict-item]
    except redis.ResponseError:
        return {}


def _user(client: redis.Redis) -> str:
    try:
        return str(client.acl_whoami())
    except redis.ResponseError:
        return ""


def _keys(client: redis.Redis) -> tuple[tuple[str, ...], int]:
    endless, strange = set[str](), 0
    for number, raw in enumerate(client.scan_iter(count=500)):
        if number >= SCANNED:
            break
        name = raw.decode(errors="replace")
        found = re.match(r"b:\{[0-9]{2}\}:([a-z]+)", name)
        if found is None or found[1] not in keys.PATTERNS:
            strange += not name.startswith("rq:")
        elif keys.PATTERNS[found[1]].ttl and client.ttl(raw) == -1:
            endless.add(found[1])
    return tuple(sorted(endless)), strange
