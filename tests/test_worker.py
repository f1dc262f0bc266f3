"""The worker on real parts: a due check-in, through sweep, RQ and HTTP, and all that may hold it back."""

from __future__ import annotations

import pickle
import time
import zlib
from pathlib import Path

import pytest
from checkin_gates import IDENT, TAKEN
from checkin_rig import ACCOUNT, ADDRESS, Rig
from processes import zone_at
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from bot.dialogue.store import Change
from bot.storage import keys


def test_one_neutral_message_to_the_right_address_when_it_is_due(rig: Rig) -> None:
    rig.work()
    rig.consent(opens=3)
    assert rig.twilio.requests == []
    before = time.time()
    assert rig.sent() == 1
    [(path, fields)] = rig.twilio.requests
    assert time.time() - before < 15
    assert path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert fields["To"] == ADDRESS
    assert fields["From"] == "+355690000001"
    assert fields["Body"] == "Pershendetje. Shkruani 1 per te vazhduar ose 2 per ta mbyllur."
    left = rig.session()
    assert left is not None
    assert (left.language, left.step, left.facts, left.history, left.last_inbound) == ("sq", "checkin.reply", {}, (), 0)
    rig.stop()
    kinds = {name.decode().split(":")[2] for name in rig.client.scan_iter("b:*")}
    assert kinds == {"session", "seen", "hits", "counts", "pulse"}
    assert not [name for name in rig.client.scan_iter("rq:job:*")]


@pytest.mark.parametrize("command", ["claim", "confirm"])
def test_forgotten_while_it_is_on_its_way(steady: Rig, command: str) -> None:
    steady.gate.arm(command, "pause")
    steady.consent()
    assert steady.gate.reached.wait(20)
    steady.store.forget(steady.store.texter(ADDRESS))
    steady.gate.go.set()
    steady.settled()
    assert steady.twilio.requests == []
    assert steady.session() is None


def test_stopped_while_it_is_on_its_way(steady: Rig) -> None:
    steady.gate.arm("confirm", "pause")
    steady.consent()
    assert steady.gate.reached.wait(20)
    texter, dedup = steady.store.texter(ADDRESS), steady.store.dedup("whatsapp", "SM9")
    assert steady.store.commit(texter, "whatsapp", dedup, 0, Change(session=None, ttl=0, opt_out=True)) is None
    steady.gate.go.set()
    steady.settled()
    assert steady.twilio.requests == []


REFUSED = {"code": 21610, "message": f"Attempt to send to unsubscribed recipient {ADDRESS}", "status": 400}


def test_an_opt_out_at_the_carrier_is_kept(steady: Rig) -> None:
    steady.twilio.answers = [(400, REFUSED)]
    steady.consent()
    assert steady.sent() == 1
    opened = steady.store.open(steady.store.texter(ADDRESS), "sms", "0" * 32)
    assert opened.opted_out
    assert opened.session is None


def test_an_outage_of_the_carrier_is_never_made_up_for(steady: Rig) -> None:
    steady.twilio.answers = [(503, {})]
    steady.consent()
    assert steady.sent() == 1
    steady.twilio.answers = [(201, {"sid": "SM" + "2" * 32})]
    steady.sweep_twice()
    assert len(steady.twilio.requests) == 1


def test_what_was_surely_not_taken_is_tried_again(steady: Rig) -> None:
    steady.twilio.answers = [(429, {"code": 20429}), TAKEN]
    steady.consent()
    assert steady.sent() == 2
    assert steady.session() is not None


def test_an_answer_that_never_came_is_never_asked_for_again(steady: Rig) -> None:
    steady.twilio.hold = "received"
    steady.consent()
    assert steady.sent() == 1
    steady.twilio.hold = ""
    steady.sweep_twice()
    assert len(steady.twilio.requests) == 1
    assert steady.session() is not None, "it may have arrived, and may be answered"


def test_a_carrier_that_cannot_be_reached_ends_it(rig: Rig) -> None:
    rig.twilio.close()
    rig.consent()
    rig.work()
    rig.settled(30)
    assert rig.twilio.requests == []
    assert rig.session() is None


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


def test_it_does_not_wait_at_the_carrier_beyond_its_window(steady: Rig) -> None:
    steady.consent(closes=600)
    assert steady.sent() == 1
    [(_, fields)] = steady.twilio.requests
    assert 500 < int(fields["ValidityPeriod"]) <= 600


def test_nothing_goes_at_night(rig: Rig) -> None:
    """The same ticket, where the clock on the wall says 3: it waits, and is not taken from its place."""
    rig.environment["TIMEZONE"] = zone_at(3)
    rig.consent()
    rig.work()
    rig.sweep_twice()
    rig.sweep_twice()
    assert rig.twilio.requests == []
    assert rig.store.tickets.waiting()[0] == 1


def test_the_address_is_in_no_job_no_log_and_no_unsealed_byte(rig: Rig) -> None:
    """Twilio's refusal quotes the number; the worker meets errors on the way; a job waits in the queue."""
    rig.twilio.answers = [(400, REFUSED)]
    rig.consent()
    rig.work()
    assert rig.sent() == 1
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


def test_a_job_holds_a_shard_and_a_random_id_only(steady: Rig) -> None:
    steady.gate.arm("look", "pause")
    steady.consent()
    assert steady.gate.reached.wait(20)
    [name] = steady.client.keys("rq:job:*")
    job = Job.fetch(name.decode().removeprefix("rq:job:"), connection=steady.client, serializer=JSONSerializer)
    shard = keys.shard_of(steady.store.texter(ADDRESS))
    assert (job.func_name, list(job.args), job.kwargs) == ("bot.jobs.checkin", [shard, IDENT], {})
    assert job.id == f"checkin-{shard}-{IDENT}"
    assert (job.description, job.result_ttl, job.timeout) == ("checkin", 0, 60)
    assert 0 < (job.failure_ttl or 0) <= 86400
    steady.gate.go.set()
    assert steady.sent() == 1


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
    assert rig.sent() >= 1
    assert {path for path, _ in rig.twilio.requests} == {f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"}


def test_signs_of_life(steady: Rig) -> None:
    steady.sweep_twice()
    for name in ("worker", "sweep"):
        assert abs(float(steady.client.get(keys.pulse(name))) - time.time()) < 20
        assert 0 < steady.client.ttl(keys.pulse(name)) <= keys.PULSE_TTL


def test_without_settings_it_says_what_is_missing(rig: Rig) -> None:
    del rig.environment["REDIS_URL"]
    worker = rig.work()
    assert worker.wait(15) == 1
    rig.workers.clear()
    assert "REDIS_URL" in rig.log.read_text()
    assert "Traceback" not in rig.log.read_text()
