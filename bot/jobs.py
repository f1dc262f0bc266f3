"""What RQ calls by name, and the sweep that hands it what is due.

Owns: the one job, how it is enqueued, the loop of the sweep. Never: a decision on a check-in (`checkins`), an address,
a text or an error's own text in a job, a result or a log: a job holds a shard and a random id. RQ executes and does
not remember: the truth is the due set, and what is lost here comes back when its lease is over.
"""

from __future__ import annotations

import functools
import logging
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import FrameType
from typing import Final

import redis
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from bot import account, build, settings
from bot.authoring import assemble
from bot.carriers.outcome import Refused, Sent
from bot.carriers.twilio import requests
from bot.carriers.twilio.eraser import Eraser
from bot.carriers.twilio.outbox import outcome
from bot.channels.message import CAPABILITIES, Inbound, Outbound
from bot.channels.render import render
from bot.checkins import Checkins
from bot.dialogue.script import Script
from bot.dialogue.session import Said
from bot.dialogue.store import Ticket
from bot.erasing import Erasing
from bot.errors import OperatorError, StorageUnavailable
from bot.rounds import Rounds
from bot.settings import FLOWS, LOCALES, Settings
from bot.storage import clients, counts, pulse, tidy
from bot.storage.sessions import Redis
from bot.understanding.folding import fold

log = logging.getLogger("besa.jobs")

QUEUE: Final = "besa"
CHECKIN: Final = "bot.jobs.checkin"
ROUND: Final = "bot.jobs.make_round"
ERASE: Final = "bot.jobs.erase"
OURS: Final = frozenset({CHECKIN, ROUND, ERASE})  # the worker runs nothing else
TIMEOUT: Final = 60  # seconds a job may take
LEASE: Final = 90.0  # seconds until what was taken and not claimed is due again; longer than a job may take
PATIENCE: Final = 2.0  # seconds for one trip to the store: nobody waits here, and no claim is lost to a hiccup
STAYS: Final = frozenset({"early", "quiet", "talking", "clocks", "storage"})  # the ticket is where it was


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What jobs and sweep work with, joined once a process."""

    settings: Settings
    store: Redis
    queue: Queue
    checkins: Checkins


@functools.cache
def desk() -> Desk:
    """The desk of this process, from its environment."""
    return desk_of(settings.read(running=True))


def desk_of(checked: Settings) -> Desk:
    """Raises OperatorError or AdminError where something cannot be used."""
    patient = replace(checked, limits=replace(checked.limits, redis=PATIENCE))
    store = build.store_of(patient)
    if not isinstance(store, Redis):
        raise OperatorError("REDIS_URL: Missing. The worker shares its store with `serve`.")
    script = assemble.script_of(FLOWS, LOCALES, fold)
    queue = Queue(QUEUE, connection=clients.plain(checked.queue_redis_url), serializer=JSONSerializer)
    found = Checkins(
        rules=build.rules_of(checked),
        script=script,
        tickets=store.tickets,
        text=_text(script, checked),
        deliver=_deliver(checked),
        clock=time.time,
        pause=time.sleep,
    )
    return Desk(settings=checked, store=store, queue=queue, checkins=found)


def checkin(shard: str, ident: str) -> None:
    """The job: one check-in, at most. Whatever happens, nothing but its outcome's name leaves it."""
    here = desk()
    try:
        became = here.checkins.send(shard, ident)
    except StorageUnavailable:
        became = "storage"
    except Exception as error:
        log.error("checkin: %s", type(error).__name__)
        became = "broken"
    note(here, became)


def make_round() -> None:
    """The job: one round at the carrier. Only sums of it are kept."""
    _summed("round", lambda here: rounds_of(here.settings).go())


def erase() -> None:
    """The job: what is due is emptied or erased at the carrier. Only sums of it are kept."""
    _summed("erase", lambda here: erasing_of(here).go())


def _summed(name: str, go: Callable[[Desk], Counter[str]]) -> None:
    """A job that leaves nothing but sums. Whatever breaks, the next one comes: after a while, or after a lease."""
    here = desk()
    try:
        for became, number in go(here).items():
            counts.add(here.store.connection, f"{name}:{became}", time.time(), number)
    except Exception as error:
        log.error("%s: %s", name, type(error).__name__)


def erasing_of(here: Desk) -> Erasing:
    """What is to be emptied and erased, with our account."""
    eraser = Eraser(outbox=account.outbox(here.settings), sender=account.sender(here.settings))
    longest = here.settings.limits.kept_longest
    return Erasing(eraser=eraser, erasures=here.store.erasures, clock=time.time, longest=longest)


def rounds_of(checked: Settings) -> Rounds:
    """The rounds; the house is built only when there is something to answer."""

    @functools.cache
    def house() -> build.House:
        return build.house(checked)

    def hear(inbound: Inbound, now: datetime) -> Outbound | None:
        heard = house().helpline.hear(inbound, now)
        return heard.outbound if heard.outcome == "reply" else None

    limits = checked.limits
    return Rounds(
        outbox=account.outbox(checked),
        sender=account.sender(checked),
        hear=hear,
        clock=time.time,
        youngest=limits.missed_youngest,
        oldest=limits.missed_oldest,
        kept=limits.kept_at_carrier,
        longest=limits.kept_longest,
    )


def note(here: Desk, became: str) -> None:
    """Counts an outcome that is final."""
    if became in STAYS:
        return
    try:
        counts.add(here.store.connection, f"checkin:{became}", time.time())
    except StorageUnavailable:
        log.warning("checkin: %s (not counted)", became)


def sweep_once(here: Desk, now: float, lease: float = LEASE) -> int:
    """Takes what is due and enqueues it; how many. Many sweeps side by side are safe."""
    taken = here.store.tickets.take(now, lease)
    for shard, ident in taken:
        enqueue(here, shard, ident, lease)
    pulse.beat(here.store.connection, "sweep", now)
    return len(taken)


def enqueue(here: Desk, shard: str, ident: str, lease: float = LEASE) -> None:
    """Puts one check-in into the queue, under an id of its own: if it is there already, it stays as it is."""
    _put(here, CHECKIN, (shard, ident), f"checkin-{shard}-{ident}", "checkin", lease)


def _put(here: Desk, job_name: str, args: tuple[str, ...], name: str, description: str, lease: float) -> None:
    try:
        job = Job.fetch(name, connection=here.queue.connection, serializer=JSONSerializer)
        if job.get_status() == JobStatus.QUEUED:
            return
        job.delete()  # its worker died: a job takes less time than the lease
    except NoSuchJobError:
        pass
    here.queue.enqueue_call(
        job_name,
        args=args,
        timeout=TIMEOUT,
        result_ttl=0,
        ttl=int(lease) + 1,
        failure_ttl=here.settings.limits.failed_job,
        description=description,
        job_id=name,
    )


def _erase_soon(here: Desk) -> float:
    """Enqueues the erasing if anything is due; seconds until the next look. Two never run at once: a job is over by
    its time limit."""
    if not here.store.erasures.waiting(time.time()):
        return here.settings.limits.erase
    _put(here, ERASE, (), "erase", "erase", LEASE)
    return TIMEOUT


def sweep(parent: int) -> None:
    """Sweeps until SIGTERM or SIGINT, or until `parent`, the process that started it, is gone: perhaps already now."""
    here, stop = desk(), threading.Event()

    def ended(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ended)
    signal.signal(signal.SIGINT, ended)
    trouble, tidied = "", time.monotonic()
    round_due, erase_due = time.time() + here.settings.limits.round, time.time()
    while not stop.is_set() and os.getppid() == parent:
        try:
            sweep_once(here, time.time())
            if here.settings.twilio and time.time() >= round_due:
                round_due = time.time() + here.settings.limits.round
                _put(here, ROUND, (), "round", "round", here.settings.limits.round)
            if here.settings.twilio and time.time() >= erase_due:
                erase_due = time.time() + _erase_soon(here)
            trouble = ""
            if time.monotonic() - tidied > tidy.EVERY:
                tidied = time.monotonic()
                tidy.rewrite(here.store.connection)
        except (StorageUnavailable, redis.RedisError, OSError) as error:
            if trouble != type(error).__name__:  # once, not every second
                trouble = type(error).__name__
                log.warning("sweep: %s", trouble)
        stop.wait(here.settings.limits.sweep)


def _text(script: Script, checked: Settings) -> Callable[[Ticket], str]:
    """The words of the message: those of the step that its answer will wait at, without its choices."""
    said = (Said(say=script.steps[script.entries["checkin_reply"]].say),)

    def text(ticket: Ticket) -> str:
        return render(
            script,
            said,
            language=ticket.language,
            child=False,
            capabilities=CAPABILITIES[ticket.channel],
            letters=checked.sms_letters,
            values=lambda *_: {},
            now=datetime.now(UTC),
        ).text

    return text


def _deliver(checked: Settings) -> Callable[[Ticket, str], str]:
    """One try at Twilio, as a word."""
    outbox, sender = account.outbox(checked), account.sender(checked)

    def deliver(ticket: Ticket, text: str) -> str:
        if not checked.twilio:
            return "config"
        now = int(time.time())
        call = requests.checkin(
            sender,
            ticket.address,
            text,
            last_inbound=ticket.last_inbound,
            now=now,
            window=checked.limits.whatsapp_window,
            validity=ticket.closes - now,
        )
        if call is None:
            return "outside_window"
        became = outcome(outbox.ask(call))
        return "sent" if isinstance(became, Sent) else became.kind if isinstance(became, Refused) else "unknown"

    return deliver
