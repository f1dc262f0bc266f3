"""A real cluster and a real Sentinel set on loopback, of redis-server and redis-sentinel as the system has them.

Owns: what it starts; the directory of the programs is in BESA_SCALE_BIN, else they are looked for on the PATH.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import redis
from processes import free_port, until

HOST = "127.0.0.1"


def program(name: str) -> str:
    """The path of a program of Redis; a link is not followed, they look at the name they are called by."""
    places = os.environ.get("BESA_SCALE_BIN", "")
    found = shutil.which(name, path=f"{places}:{os.environ['PATH']}" if places else None)
    assert found, f"{name} is not here: on Debian, apt-get install redis-server redis-sentinel redis-tools"
    return found


class Server:
    """One redis-server, append-only and synced, or one redis-sentinel with its file."""

    def __init__(self, directory: Path, *options: str, sentinel: str = "", port: int = 0) -> None:
        self.port, self.directory = port or free_port(), directory
        directory.mkdir(parents=True, exist_ok=True)
        if sentinel:
            file = directory / "sentinel.conf"
            file.write_text(f"port {self.port}\ndir {directory}\n{sentinel}")
            line = [program("redis-sentinel"), str(file)]
        else:
            line = [program("redis-server"), "--port", str(self.port), "--bind", HOST, "--dir", str(directory),
                    "--appendonly", "yes", "--appendfsync", "always", "--save", "",
                    "--repl-diskless-sync-delay", "0", *options]  # fmt: skip
        with (directory / "log").open("ab") as log:
            self.process = subprocess.Popen(line, stdout=log, stderr=log)
        self.client = redis.Redis(HOST, self.port, socket_timeout=2)
        until(self._answers, 20, f"the server on {self.port} answers")

    def _answers(self) -> bool:
        with contextlib.suppress(redis.RedisError):
            return bool(self.client.ping())
        return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class SentinelSet:
    """A master, two replicas, three sentinels that fail over after a second."""

    def __init__(self, directory: Path) -> None:
        self.master = Server(directory / "master")
        follow = ("--replicaof", f"{HOST} {self.master.port}")
        self.replicas = [Server(directory / f"replica{n}", *follow) for n in range(2)]
        watch = (
            f"sentinel monitor besa {HOST} {self.master.port} 2\nsentinel down-after-milliseconds besa 1000\n"
            "sentinel failover-timeout besa 5000\n"
        )
        self.sentinels = [Server(directory / f"sentinel{n}", sentinel=watch) for n in range(3)]
        until(lambda: online(self.master) == 2, 30, "both replicas follow")
        until(self._agreed, 20, "the sentinels know each other")
        hosts = ",".join(f"{HOST}:{one.port}" for one in self.sentinels)
        self.url = f"redis+sentinel://{hosts}/besa/0"

    def _agreed(self) -> bool:
        rows = [one.client.sentinel_masters()["besa"] for one in self.sentinels]
        return all(row["num-other-sentinels"] == 2 and row["num-slaves"] == 2 for row in rows)

    def close(self) -> None:
        for one in (*self.sentinels, *self.replicas, self.master):
            one.kill()


class Cluster:
    """Three masters with two replicas each, that fail over after a second."""

    def __init__(self, directory: Path) -> None:
        options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1000")
        ports = [port for port in (free_port() for _ in range(60)) if port < 55000][:9]
        self.servers = [Server(directory / f"node{n}", *options, port=port) for n, port in enumerate(ports)]
        line = [program("redis-cli"), "--cluster", "create", *(f"{HOST}:{one.port}" for one in self.servers),
                "--cluster-replicas", "2", "--cluster-yes"]  # fmt: skip
        subprocess.run(line, check=True, capture_output=True, timeout=60)
        until(self._whole, 30, "the cluster is whole")
        self.url = f"redis+cluster://{','.join(f'{HOST}:{one.port}' for one in self.servers)}"

    def _whole(self) -> bool:
        found = [one.client.execute_command("CLUSTER INFO") for one in self.servers]
        linked = all(one["cluster_state"] == "ok" and int(one["cluster_known_nodes"]) == 9 for one in found)
        return linked and all(online(one) == 2 for one in self.masters())

    def masters(self) -> list[Server]:
        return [one for one in self.servers if one.process.poll() is None and self._role(one) == "master"]

    def kill_master_of(self, name: str) -> None:
        """The server that holds this key."""
        slot = self.servers[0].client.cluster("KEYSLOT", name)
        client = redis.RedisCluster(HOST, self.servers[0].port)
        node = client.nodes_manager.get_node_from_slot(slot)
        next(one for one in self.servers if one.port == node.port).kill()

    def _role(self, one: Server) -> str:
        return str(one.client.info("replication")["role"])

    def close(self) -> None:
        for one in self.servers:
            one.kill()


def online(master: Server) -> int:
    """How many replicas have caught up with a master."""
    rows = [row for row in master.client.info("replication").values() if isinstance(row, dict)]
    return sum(row.get("state") == "online" for row in rows)
