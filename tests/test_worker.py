"""The worker on real parts: a due check-in, through sweep, RQ and HTTP; and the worker killed at every point of it."""

from __future__ import annotations

import os
import pickle
import signal
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkin_rig import ACCOUNT, ADDRESS, IDENT, POINTS, TAKEN, Rig
from processes import zone_at
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from bot.dialogue.session import Session
from bot.dialogue.store import Change
from bot.storage import embedded, keys


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with embedded.start(tmp_path / "redis") as server:
        rig = Rig(server, tmp_path)
        yield rig
        rig.close()


def sent(rig: Rig, patience: float = 20) -> int:
    """Waits for a first message, and then a little for a second."""
    until = time.monotonic() + patience
    while not rig.twilio.requests and time.monotonic() < until:
        time.sleep(0.05)
    rig.settled()
    return len(rig.twilio.requests)


def session_of(rig: Rig) -> Session | None:
    return rig.store.open(rig.store.texter(ADDRESS), "sms", "0" * 32).session


def test_one_neutral_message_to_the_right_address_when_it_is_due(rig: Rig) -> None:
    rig.work()
    rig.consent(opens=3)
    assert rig.twilio.requests == []
    before = time.time()
    assert sent(rig) == 1
    [(path, fields)] = rig.twilio.requests
    assert time.time() - before < 15
    assert path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert fields["To"] == ADDRESS
    assert fields["From"] == "+355690000001"
    assert fields["Body"] == "Pershendetje. Shkruani 1 per te vazhduar ose 2 per ta mbyllur."
    left = session_of(rig)
    assert left is not None
    assert (left.language, left.step, left.facts, left.history, left.last_inbound) == ("sq", "checkin.reply", {}, (), 0)
    rig.stop()
    kinds = {name.decode().split(":")[2] for name in rig.client.scan_iter("b:*")}
    assert kinds == {"session", "seen", "hits", "counts", "pulse"}
    assert not [name for name in rig.client.scan_iter("rq:job:*")]


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_every_point(rig: Rig, point: str) -> None:
    assert rig.die_at(point) in POINTS[point]
    assert rig.store.tickets.waiting() == (0, 0)
    assert not rig.client.exists(keys.ticket(keys.shard_of(rig.store.texter(ADDRESS)), IDENT))


def test_killed_between_being_taken_and_being_enqueued(rig: Rig) -> None:
    """The sweep took it and died: it comes back with the lease."""
    rig.consent()
    assert len(rig.store.tickets.take(time.time(), 90)) == 1
    rig.work()
    rig_pulse(rig)
    assert rig.twilio.requests == []
    rig.pass_lease()
    assert sent(rig) == 1


def rig_pulse(rig: Rig) -> None:
    """Waits for two rounds of the sweep."""
    for _ in range(2):
        rig.client.delete(keys.pulse("sweep"))
        until = time.monotonic() + 15
        while not rig.client.exists(keys.pulse("sweep")):
            assert time.monotonic() < until, rig.log.read_text()[-2000:]
            time.sleep(0.05)


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
    assert sent(rig) == 1


def test_a_restart_of_redis_under_a_waiting_ticket(rig: Rig) -> None:
    rig.work()
    rig.consent(opens=6)
    rig_pulse(rig)
    rig.server.stop()
    time.sleep(1)
    with embedded.start(rig.directory / "redis"):
        assert sent(rig, 30) == 1


def test_two_sweeps_and_two_workers_send_each_once(rig: Rig) -> None:
    addresses = [f"+3556944455{number:02d}" for number in range(24)]
    for number, address in enumerate(addresses):
        rig.consent(address=address, ident=f"{number:032x}", opens=3)
    rig.work()
    rig.work()
    until = time.monotonic() + 30
    while len(rig.twilio.requests) < len(addresses) and time.monotonic() < until:
        time.sleep(0.1)
    rig.settled()
    assert sorted(fields["To"] for _, fields in rig.twilio.requests) == addresses


@pytest.mark.parametrize("command", ["claim", "confirm"])
def test_forgotten_while_it_is_on_its_way(rig: Rig, command: str) -> None:
    rig.gate.arm(command, "pause")
    rig.consent()
    rig.work()
    assert rig.gate.reached.wait(20)
    rig.store.forget(rig.store.texter(ADDRESS))
    rig.gate.go.set()
    rig.settled()
    assert rig.twilio.requests == []
    assert session_of(rig) is None


def test_stopped_while_it_is_on_its_way(rig: Rig) -> None:
    rig.gate.arm("confirm", "pause")
    rig.consent()
    rig.work()
    assert rig.gate.reached.wait(20)
    texter, dedup = rig.store.texter(ADDRESS), rig.store.dedup("whatsapp", "SM9")
    assert rig.store.commit(texter, "whatsapp", dedup, 0, Change(session=None, ttl=0, opt_out=True)) is None
    rig.gate.go.set()
    rig.settled()
    assert rig.twilio.requests == []


REFUSED = {"code": 21610, "message": f"Attempt to send to unsubscribed recipient {ADDRESS}", "status": 400}


def test_an_opt_out_at_the_carrier_is_kept(rig: Rig) -> None:
    rig.twilio.answers = [(400, REFUSED)]
    rig.consent()
    rig.work()
    assert sent(rig) == 1
    opened = rig.store.open(rig.store.texter(ADDRESS), "sms", "0" * 32)
    assert opened.opted_out
    assert opened.session is None


def test_an_outage_of_the_carrier_is_never_made_up_for(rig: Rig) -> None:
    rig.twilio.answers = [(503, {})]
    rig.consent()
    rig.work()
    assert sent(rig) == 1
    rig.twilio.answers = [(201, {"sid": "SM" + "2" * 32})]
    rig_pulse(rig)
    assert len(rig.twilio.requests) == 1


def test_what_was_surely_not_taken_is_tried_again(rig: Rig) -> None:
    rig.twilio.answers = [(429, {"code": 20429}), TAKEN]
    rig.consent()
    rig.work()
    assert sent(rig) == 2
    assert session_of(rig) is not None


def test_an_answer_that_never_came_is_never_asked_for_again(rig: Rig) -> None:
    rig.twilio.hold = "received"
    rig.consent()
    rig.work()
    assert sent(rig) == 1
    rig.twilio.hold = ""
    rig_pulse(rig)
    assert len(rig.twilio.requests) == 1
    assert session_of(rig) is not None, "it may have arrived, and may be answered"


def test_a_carrier_that_cannot_be_reached_ends_it(rig: Rig) -> None:
    rig.twilio.close()
    rig.consent()
    rig.work()
    rig.settled(30)
    assert rig.twilio.requests == []
    assert session_of(rig) is None


WHATSAPP = f"whatsapp:{ADDRESS}"


@pytest.mark.parametrize(("hours", "template"), [(1, ""), (1, "HX" + "a" * 32), (24, "HX" + "a" * 32), (24, "")])
def test_whatsapp_within_a_day_or_by_template_only(rig: Rig, hours: int, template: str) -> None:
    rig.environment |= {"TWILIO_WHATSAPP_FROM": "whatsapp:+355690000002"}
    rig.environment |= {"TWILIO_CHECKIN_CONTENT_SID": template} if template else {}
    rig.consent(address=WHATSAPP, ago=hours * 3600)
    rig.work()
    rig.settled()
    if hours == 24 and not template:
        assert rig.twilio.requests == []
        return
    [(_, fields)] = rig.twilio.requests
    assert (fields["To"], fields["From"]) == (WHATSAPP, "whatsapp:+355690000002")
    assert ("Body" in fields, fields.get("ContentSid")) == ((True, None) if hours == 1 else (False, template))
    assert "ContentVariables" not in fields


def test_it_does_not_wait_at_the_carrier_beyond_its_window(rig: Rig) -> None:
    rig.consent(closes=600)
    rig.work()
    assert sent(rig) == 1
    [(_, fields)] = rig.twilio.requests
    assert 500 < int(fields["ValidityPeriod"]) <= 600


def test_a_worker_that_was_down_over_the_window_sends_nothing(rig: Rig) -> None:
    rig.consent(opens=-8000, closes=-4000, ago=90_000)
    rig.work()
    rig.settled()
    assert rig.twilio.requests == []
    assert rig.client.keys("b:*:ticket:*") == []


def test_nothing_goes_at_night(rig: Rig) -> None:
    """The same ticket, where the clock on the wall says 3: it waits, and is not taken from its place."""
    rig.environment["TIMEZONE"] = zone_at(3)
    rig.consent()
    rig.work()
    rig_pulse(rig)
    rig_pulse(rig)
    assert rig.twilio.requests == []
    assert rig.store.tickets.waiting()[0] == 1


def test_the_address_is_in_no_job_no_log_and_no_unsealed_byte(rig: Rig) -> None:
    """Twilio's refusal quotes the number; the worker meets errors on the way; a job waits in the queue."""
    rig.twilio.answers = [(400, REFUSED)]
    rig.consent()
    rig.work()
    assert sent(rig) == 1
    rig.twilio.answers = [(503, {"message": ADDRESS})]
    rig.consent(ident="d" * 32)
    rig.gate.arm("confirm", "after")  # this one ends in an error
    rig.pass_lease()
    rig.settled()
    rig.stop()
    held = b"".join(path.read_bytes() for path in (rig.directory / "redis").rglob("*") if path.is_file())
    assert b"checkin-" in held, "the file tells of the jobs"
    assert [what for what in (ADDRESS[1:], ADDRESS[4:]) if what.encode() in held + rig.log.read_bytes()] == []
    rig.client.set("planted", f"to {ADDRESS}")
    held = b"".join(path.read_bytes() for path in (rig.directory / "redis").rglob("*") if path.is_file())
    assert ADDRESS.encode() in held, "the search must find what is there"


def test_a_job_holds_a_shard_and_a_random_id_only(rig: Rig) -> None:
    rig.gate.arm("look", "pause")
    rig.consent()
    rig.work()
    assert rig.gate.reached.wait(20)
    [name] = rig.client.keys("rq:job:*")
    job = Job.fetch(name.decode().removeprefix("rq:job:"), connection=rig.client, serializer=JSONSerializer)
    shard = keys.shard_of(rig.store.texter(ADDRESS))
    assert (job.func_name, list(job.args), job.kwargs) == ("bot.jobs.checkin", [shard, IDENT], {})
    assert job.id == f"checkin-{shard}-{IDENT}"
    assert (job.description, job.result_ttl, job.timeout) == ("checkin", 0, 60)
    assert 0 < (job.failure_ttl or 0) <= 86400
    rig.gate.go.set()
    assert sent(rig) == 1


def test_jobs_that_are_none_of_ours_are_thrown_away(rig: Rig, tmp_path: Path) -> None:
    marker = tmp_path / "executed"
    queue = Queue("besa", connection=rig.client, serializer=JSONSerializer)
    queue.enqueue_call("os.mkdir", args=(str(marker),))
    queue.enqueue_call("bot.jobs.no_such_job")
    queue.enqueue_call("bot.jobs.checkin", args=("only one",))
    pickled = queue.enqueue_call("os.mkdir", args=(str(marker),), job_id="pickled")
    data = zlib.compress(pickle.dumps(("os.mkdir", None, (str(marker),), {})))
    rig.client.hset(pickled.key, "data", data)
    rig.consent()
    rig.work()
    until = time.monotonic() + 20
    while not rig.twilio.requests and time.monotonic() < until:
        time.sleep(0.05)
    assert len(rig.twilio.requests) == 1
    assert not marker.exists()


def test_a_round_at_the_carrier_is_run(rig: Rig) -> None:
    queue = Queue("besa", connection=rig.client, serializer=JSONSerializer)
    queue.enqueue_call("bot.jobs.make_round", result_ttl=0)
    rig.work()
    assert sent(rig) >= 1
    assert {path for path, _ in rig.twilio.requests} == {f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"}


def test_a_sweep_that_dies_is_started_again(rig: Rig) -> None:
    worker = rig.work()
    rig_pulse(rig)
    [sweep] = sweeps(worker.pid)
    os.kill(sweep, signal.SIGKILL)
    rig_pulse(rig)
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
    rig_pulse(rig)
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
    assert session_of(rig) is not None


def test_a_killed_worker_takes_its_sweep_along(rig: Rig) -> None:
    worker = rig.work()
    rig_pulse(rig)
    [sweep] = sweeps(worker.pid)
    worker.kill()
    worker.wait()
    until = time.monotonic() + 5
    while Path(f"/proc/{sweep}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{sweep}").exists()


def test_signs_of_life(rig: Rig) -> None:
    rig.work()
    rig_pulse(rig)
    for name in ("worker", "sweep"):
        assert abs(float(rig.client.get(keys.pulse(name))) - time.time()) < 20
        assert 0 < rig.client.ttl(keys.pulse(name)) <= keys.PULSE_TTL


def test_without_settings_it_says_what_is_missing(rig: Rig) -> None:
    del rig.environment["REDIS_URL"]
    worker = rig.work()
    assert worker.wait(15) == 1
    rig.workers.clear()
    assert "REDIS_URL" in rig.log.read_text()
    assert "Traceback" not in rig.log.read_text()
