"""The worker killed at every point, stopped, restarted, doubled: one message or none, and no process left behind."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from checkin_gates import IDENT, POINTS
from checkin_rig import ADDRESS, Rig
from processes import until
from rq import Queue
from rq.serializers import JSONSerializer

from bot.storage import embedded, keys


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_every_point(steady: Rig, point: str) -> None:
    """The worker that takes over is the next one to be killed."""
    assert steady.die_at(point) in POINTS[point]
    assert steady.store.tickets.waiting() == (0, 0)
    assert not steady.client.exists(keys.ticket(keys.shard_of(steady.store.texter(ADDRESS)), IDENT))


def test_killed_between_being_taken_and_being_enqueued(rig: Rig) -> None:
    """The sweep took it and died: it comes back with the lease."""
    rig.consent()
    assert len(rig.store.tickets.take(time.time(), 90)) == 1
    rig.work()
    rig.sweep_twice()
    assert rig.twilio.requests == []
    rig.pass_lease()
    assert rig.sent() == 1


def test_a_job_whose_worker_died_with_it_does_not_block_the_next(rig: Rig) -> None:
    queue = Queue("besa", connection=rig.client, serializer=JSONSerializer)
    rig.consent()
    [(shard, ident)] = rig.store.tickets.take(time.time(), 0)
    job = queue.enqueue_call(
        "bot.jobs.checkin", args=(shard, ident), job_id=f"checkin-{shard}-{ident}", description="checkin"
    )
    rig.client.delete("rq:queue:besa")
    job.set_status("started")
    rig.work()
    assert rig.sent() == 1


def test_a_restart_of_redis_under_a_waiting_ticket(rig: Rig) -> None:
    rig.work()
    rig.consent(opens=6)
    rig.sweep_twice()
    rig.server.stop()
    time.sleep(1)
    with embedded.start(rig.directory / "redis"):
        assert rig.sent(30) == 1


def test_two_sweeps_and_two_workers_send_each_once(rig: Rig) -> None:
    addresses = [f"+3556944455{number:02d}" for number in range(24)]
    for number, address in enumerate(addresses):
        rig.consent(address=address, ident=f"{number:032x}", opens=3)
    rig.work()
    rig.work()
    until(lambda: len(rig.twilio.requests) >= len(addresses), 30, "each was sent")
    rig.settled()
    assert sorted(fields["To"] for _, fields in rig.twilio.requests) == addresses


def test_a_worker_that_was_down_over_the_window_sends_nothing(rig: Rig) -> None:
    rig.consent(opens=-8000, closes=-4000, ago=90_000)
    rig.work()
    rig.settled()
    assert rig.twilio.requests == []
    assert rig.client.keys("b:*:ticket:*") == []


def test_a_sweep_that_dies_is_started_again(rig: Rig) -> None:
    worker = rig.work()
    rig.sweep_twice()
    [sweep] = sweeps(worker.pid)
    os.kill(sweep, signal.SIGKILL)
    rig.sweep_twice()
    assert sweeps(worker.pid) not in ([], [sweep])


def sweeps(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"sweep" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_a_clean_stop_leaves_no_process(rig: Rig) -> None:
    worker = rig.work()
    rig.sweep_twice()
    [sweep] = sweeps(worker.pid)
    began = time.monotonic()
    rig.stop()
    assert time.monotonic() - began < 10
    assert not Path(f"/proc/{sweep}").exists()
    assert rig.log.read_text() == ""


def test_a_stop_in_the_middle_of_a_send_lets_it_end(rig: Rig) -> None:
    rig.gate.arm("confirm", "pause")
    rig.consent()
    worker = rig.work()
    assert rig.gate.reached.wait(20)
    worker.terminate()
    assert worker.wait(15) == 0
    rig.workers.clear()
    assert len(rig.twilio.requests) == 1
    assert rig.session() is not None


def test_a_killed_worker_takes_its_sweep_along(rig: Rig) -> None:
    worker = rig.work()
    rig.sweep_twice()
    [sweep] = sweeps(worker.pid)
    worker.kill()
    worker.wait()
    until(lambda: not Path(f"/proc/{sweep}").exists(), 5, "the sweep ended")


def test_one_killed_as_soon_as_it_started_takes_its_sweep_along(rig: Rig) -> None:
    """The sweep is still reading its files then."""
    worker = rig.work()
    until(lambda: sweeps(worker.pid), 15, "the sweep was started")
    [sweep] = sweeps(worker.pid)
    worker.kill()
    worker.wait()
    until(lambda: not Path(f"/proc/{sweep}").exists(), 10, "the sweep ended")
