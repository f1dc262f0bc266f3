"""A run: people, faults and checks, by a seed; and its figures.

Owns: the order: everything well (the latency is measured here), then faults under load, then everything well again and
the last look at what is left. Never: traffic beyond loopback, or more than it was told.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import redis
from processes import ask, until

from bot import build, settings
from bot.jobs import QUEUE
from bot.storage import keys
from bot.storage.memory import Memory
from bot.webhook import LastResort

from . import people, traces
from .injector import Injector
from .line import Line, write
from .place import METRICS, Place
from .talks import Findings, Talks

SAMPLE = 3  # people whose numbers are looked for in every digest: what is made for one is made for all
GRACE = 6.0  # seconds in which a message that was on its way when she said no may still arrive
# Keys without a time to live: sums, what is due, and RQ's own lists of jobs and workers (ids only).
ENDLESS = re.compile(
    r"b:\{\d\d\}:(counts:\d{4}-\d\d|due)|rq:(queues|workers|queue:besa|workers:besa|\w+:besa)|rq:queue:besa:\w+"
)


@dataclass
class Figures:
    seed: int
    seconds: float
    findings: Findings
    faults: Counter[str]
    counts: Counter[str] = field(default_factory=Counter)
    p50: float = 0.0
    p99: float = 0.0

    @property
    def good(self) -> bool:
        return not self.findings.broken

    def text(self) -> str:
        counts, found = self.counts, self.findings.counts
        faults = ", ".join(f"{number} {name}" for name, number in sorted(self.faults.items()))
        given = f"{counts['script']} by the script, {counts['static']} static, {counts['silent']} named silences"
        rows = [
            ("seed", self.seed),
            ("seconds", f"{self.seconds:.0f}"),
            ("conversations", found["conversations"]),
            ("faults", f"{sum(self.faults.values())} ({faults})"),
            ("messages accepted (replies owed)", counts["owed"]),
            ("replies given", given),
            ("messages never accepted (fallback)", counts["fallback"]),
            ("unanswered", counts["unanswered"]),
            ("duplicates sent", found["duplicates sent"]),
            ("two answers to one message, silences without a name (I1)", found["I1"]),
            ("lost acknowledged messages or consents", found["lost"]),
            ("talks that could not be followed", found["lost sight of"]),
            ("check-ins due / sent", f"{found['check-ins due']} / {counts['checkins']}"),
            ("second check-ins", found["I3"]),
            ("sent after a no", f"{found['I5']} ({counts['raced']} were on their way)"),
            ("forgotten, with something left (I4)", f"{found['forgotten']}, {found['I4']}"),
            ("unsigned requests, taken (I9)", f"{counts['forged']}, {found['I9']}"),
            ("canary hits", found["I6"]),
            ("keys without an end", found["I7"]),
            ("endings without a way on (I8), telling too much (I11)", f"{found['I8']}, {found['I11']}"),
            ("latency without faults", f"p50 {self.p50 * 1000:.1f} ms, p99 {self.p99 * 1000:.1f} ms"),
        ]  # fmt: skip
        return "\n".join([*(f"{name}: {value}" for name, value in rows), *self.findings.broken[:20]])


class Run:
    def __init__(self, directory: Path, seed: int, seconds: float) -> None:
        self.rng, self.seed, self.seconds, self.began = random.Random(seed), seed, seconds, time.time()
        self.directory = directory
        self.place = Place(directory)
        checked = settings.read(self.place.settings)
        self.house = build.house(checked, Memory())
        answers = self.house.answers
        resort = LastResort(
            settings.FLOWS, answers.emergency, self.house.reader.read, self.house.lookups["hotline"], answers.values
        )
        self.line = Line(self.place, random.Random(self.rng.random()))
        self.talks = Talks(self.place, self.house, self.line, resort.reply)
        self.next, self.over = 1_000, threading.Event()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.place.close()

    def go(self) -> Figures:
        """The whole run. The place is closed in any case."""
        with self:
            return self._go()

    def _go(self) -> Figures:
        until = time.time() + self.seconds * 0.15
        self._waves(until, 4)
        calm = sorted(seconds for _, seconds in self.line.latencies)
        injector = Injector(self.place, random.Random(self.rng.random()))
        forger = threading.Thread(target=self._forge, daemon=True)
        forger.start()
        injector.start()
        self._waves(time.time() + self.seconds * 0.7, 50)
        injector.stop()
        self.over.set()
        forger.join()
        self._well_again()
        figures = Figures(self.seed, time.time() - self.began, self.talks.findings, injector.done)
        figures.p50, figures.p99 = calm[len(calm) // 2], calm[int(len(calm) * 0.99)]
        self._count(figures)
        self._sends(figures)
        self._leavings()
        return figures

    def _waves(self, end: float, most: int) -> None:
        """One to `most` people at once, wave after wave."""
        while time.time() < end:
            size = self.rng.randint(1, most)
            crowd = people.crowd(size, random.Random(self.rng.random()), self.next)
            self.next += size
            with ThreadPoolExecutor(size) as pool:
                list(pool.map(self.talks.talk, crowd))

    def _forge(self) -> None:
        number = 0
        while not self.over.wait(0.2):
            number += 1
            if self.talks.people:
                self.line.forge(self.talks.people[-1].number, "FSHI", number)

    def _well_again(self) -> None:
        """Everything answers again, by itself."""
        self.place.ready()
        self._waves(time.time() + 1, 4)
        for number, port in enumerate(self.place.ports):
            until(lambda at=port: b'"ok"' in ask(at, "GET", "/readyz")[1], 90, f"web {number} says that all is well")
        last = write(f"+35569{self.next:07}", "sms", "hello")
        self.line.deliver(last)
        if self.talks.script(last) is None:
            self.talks.findings.fail("I1", "no reply of the script after all faults are over")

    def _count(self, figures: Figures) -> None:
        history, counts = self.line.history, figures.counts
        counts["owed"] = sum(one.accepted for one in history)
        counts["fallback"] = len(history) - counts["owed"]
        counts["script"] = sum(self.talks.script(one) is not None for one in history)
        counts["static"] = sum(one.accepted and bool(one.texts) and self.talks.script(one) is None for one in history)
        counts["silent"] = self.talks.findings.counts["named silences"]
        counts["unanswered"] = counts["owed"] - counts["script"] - counts["static"] - counts["silent"]
        counts["forged"] = self.line.forged
        if self.line.refused < self.line.forged:
            self.talks.findings.fail("I9", f"{self.line.forged - self.line.refused} unsigned requests were taken")
        if counts["unanswered"]:
            self.talks.findings.fail("I1", f"{counts['unanswered']} accepted messages without an outcome")

    def _sends(self, figures: Figures) -> None:
        """I3 one message for a yes, I5 none after a no."""
        time.sleep(2)
        for person in self.talks.people:
            mine = [one for one in self.place.outside.taken() if one.to.removeprefix("whatsapp:") == person.number]
            figures.counts["checkins"] += len(mine)
            if len(mine) > person.consents:
                self.talks.findings.fail("I3", f"{len(mine)} messages for {person.consents} consents")
            for sent in mine:
                late = [at for at in person.no if at < sent.at and not any(yes > at for yes in person.yes)]
                figures.counts["raced"] += any(sent.at - at < GRACE for at in late)
                if any(sent.at - at >= GRACE for at in late):
                    self.talks.findings.fail("I5", f"a message {sent.at - max(late):.1f} s after a no")

    def _leavings(self) -> None:
        """I6 nothing can be read anywhere, I7 everything ends."""
        client = self.place.client()
        client.config_set("rdbcompression", "no")
        client.save()
        places = traces.stored(client) | traces.files(self.directory)
        del places[str(self.directory / "keys")]  # which no thief has
        places["the numbers"] = b"".join(
            ask(port, "GET", "/metrics", Authorization=f"Bearer {METRICS}")[1] for port in self.place.ports
        )
        # Six letters at least: four stand by chance in some megabytes of sealed values once in a few dozen runs.
        anybody = re.compile(rb"35569000\d{4}|husband|me rreh|lbasan|41\.1123|20\.0819|zzqxwv|automatic \d", re.I)
        for where, content in places.items():
            for hit in set(anybody.findall(content)):
                self.talks.findings.fail("I6", f"{hit!r} in {where}")
        sample = [person.number for person in self.talks.people[:: 1 + len(self.talks.people) // SAMPLE]]
        for trace in traces.find(places, sample):
            self.talks.findings.fail("I6", trace)
        for name in traces.endless(client):
            if not ENDLESS.fullmatch(name) and not _under_way(client, name):
                self.talks.findings.fail("I7", name)
        kinds = {name.decode().split(":")[2] for name in client.scan_iter("b:*")}
        if not kinds <= set(keys.PATTERNS):
            self.talks.findings.fail("I7", f"kinds of keys that nobody named: {kinds - set(keys.PATTERNS)}")


def _under_way(client: redis.Redis, name: str) -> bool:
    """A job that is being worked on, or was when its worker was killed: RQ ends it with the worker's lease."""
    ident = name.removeprefix("rq:job:")
    return ident != name and any(one.decode().startswith(ident) for one in client.zrange(f"rq:wip:{QUEUE}", 0, -1))
