"""Random conversations over the real flows, directory and reader: nothing raises, nothing is left without a way on.

Seeded; `RANDOM_SEED` and `RANDOM_TALKS` in the environment choose others. What no talk visits is a failure.
"""

from __future__ import annotations

import os
import random
import re
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot import build, settings
from bot.channels import payload, sms
from bot.channels.message import Inbound
from bot.dialogue.engine import fresh
from bot.dialogue.script import Script
from bot.dialogue.store import Change
from bot.dialogue.turn import Turn
from bot.directory.load import load
from bot.helpline import Heard, Helpline, Parts
from bot.storage.memory import Memory

SEED = int(os.environ.get("RANDOM_SEED", "7"))
TALKS = int(os.environ.get("RANDOM_TALKS", "10000"))
NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)

TEXTS = tomllib.loads((Path(__file__).parent / "data" / "random_texts.toml").read_text(encoding="utf-8"))
POOLS = [TEXTS[name] for name in ("needs", "needs", "places", "words", "words", "danger")]
SPECIAL: tuple[dict[str, Any], ...] = (
    *({"kind": kind} for kind in ("photo", "voice", "file", "empty")),
    {"kind": "location", "latitude": 41.11, "longitude": 20.08},
    {"kind": "location", "latitude": 41.9, "longitude": 12.5},
    {"kind": "location", "latitude": 0.0, "longitude": 0.0},
    {"kind": "location"},  # a pin that cannot be read
    {"kind": "choice", "payload": "besa.00000000.no.step.gone"},
)
NUMBER = re.compile(r"(?<![a-z\d])\+?\d[\d ]+\d")
SHORT = re.compile(r"\b(116 11[17]|12[79])\b")  # what can be dialled in Albania alone
KILOMETRES = re.compile(r"\(\w+ \d+ km\)")
# Replies that end a talk without a number: bland on purpose (I8).
BLAND = {"leaving.close", "leaving.delete", "checkin.wipe", "leaving.stop"}


def said(rng: random.Random, script: Script, last: Turn | None) -> dict[str, Any]:
    """What a person does next: mostly an answer, often words, now and then anything at all."""
    step = script.steps.get(last.session.step) if last and last.session else None
    dice = rng.random()
    if step and step.address == "result.choose" and dice < 0.3:  # helped: thanks lead to the check-in; or the cost
        return {"text": "flm" if dice < 0.26 else "a eshte falas"}
    if step and step.choices and dice < 0.40:
        number = rng.randrange(len(step.choices))
        if rng.random() < 0.2:
            return {"kind": "choice", "payload": payload.write(script.hash, step.address, step.choices[number].id)}
        return {"text": str(number + 1)}
    if step and step.ask == "place" and dice < 0.45:
        return {"text": rng.choice(TEXTS["places"])}
    if dice < 0.55:
        return {"text": rng.choice(("0", "7", "8", "9", "1", "2", "3", "4", "5", "6"))}
    if dice < 0.60:
        return dict(rng.choice(SPECIAL))
    return {"text": rng.choice(rng.choice(POOLS))}


class Coverage:
    """What the talks visited: steps, choices, rows."""

    def __init__(self, script: Script) -> None:
        self.script, self.steps, self.choices, self.free, self.all = script, Counter[str](), Counter[str](), 0, 0

    def turn(self, turn: Turn) -> None:
        self.steps.update(address for address in turn.trace if address in self.script.steps)

    def chosen(self, before: Turn | None, heard: Heard) -> None:
        step = self.script.steps.get(before.session.step) if before and before.session else None
        if step and heard.reading and heard.reading.choice and not heard.reading.step:
            self.choices[f"{step.address}.{heard.reading.choice}"] += 1

    def missing(self) -> list[str]:
        steps = [address for address in self.script.steps if not self.steps[address]]
        choices = [
            f"{step.address}.{choice.id}"
            for step in self.script.steps.values()
            for choice in step.choices
            if not self.choices[f"{step.address}.{choice.id}"]
        ]
        return steps + choices


@lru_cache(maxsize=1)
def numbers() -> frozenset[str]:
    """Every number the directory holds, as digits: no other may be said."""
    directory = load(settings.DATA)
    phones = [phone.number for org in directory.organizations.values() for phone in org.phones]
    lines = [line.number for line in directory.lines.values()]
    countries = [n for c in directory.countries.values() for n in (c.emergency, c.police, c.ambulance)]
    return frozenset("".join(filter(str.isdigit, number)) for number in (*phones, *lines, *countries) if number)


def check(heard: Heard, channel: str, script: Script) -> None:
    """What must hold for every reply."""
    assert heard.turn is not None
    assert heard.outbound is not None
    text = heard.outbound.text
    assert 0 < len(text) <= 1600
    assert "{" not in text
    for number in NUMBER.findall(KILOMETRES.sub("", text)):
        digits = "".join(filter(str.isdigit, number))
        assert len(digits) < 3 or digits in numbers(), f"{number} is not in the directory: {text}"
    assert re.search(r"[.:,] ?[,.]", text) is None, text
    if channel == "sms":
        counted = sms.parts(text)
        assert counted.encoding == "GSM-7", text
        assert counted.parts <= 2, text
    if heard.turn.session and heard.turn.session.facts.get("placed") == "abroad":
        assert not SHORT.search(text), f"a short number of Albania for somebody abroad: {text}"
    told = heard.turn.session.told if heard.turn.session else 3
    for one in heard.turn.says:
        assert script.tells.get(one.say, 0) <= told, f"{one.say} tells more than was told"
    ends = heard.turn.trace[-1]
    if script.steps.get(ends) and script.steps[ends].end and ends not in BLAND:
        assert re.search(r"\d{3}|(^|\D)0\D", text), f"{ends} ends without a number: {text}"


def talk(rng: random.Random, helpline: Helpline, address: str, coverage: Coverage) -> None:
    script = helpline.parts.script
    channel = rng.choice(("sms", "whatsapp"))
    now, last = NOW + timedelta(minutes=rng.randrange(100000)), None
    if rng.random() < 0.05:  # a check-in was sent, and its session waits
        step = script.entries["checkin_reply"]
        waiting = msgspec.structs.replace(fresh(script, "sq", channel, now), step=step)
        last = Turn(session=waiting, says=(), language="sq", trace=(step,))
        texter = helpline.store.texter(address)
        helpline.store.commit(texter, channel, "", 0, Change(session=waiting, ttl=172800))
        coverage.turn(last)
    for number in range(rng.randrange(2, 14)):
        fields = said(rng, script, last)
        coverage.all += 1
        coverage.free += len(fields.get("text", "")) > 2
        inbound = Inbound(channel=channel, address=address, dedup=f"{address}-{number}", **fields)
        now += timedelta(minutes=rng.choice((0.5, 0.5, 1, 25)))
        heard = helpline.hear(inbound, now)
        if heard.outbound is None:
            assert heard.outcome == "live_location", heard.outcome
            continue
        check(heard, channel, script)
        coverage.chosen(last, heard)
        last = heard.turn
        assert last is not None
        coverage.turn(last)


def address(number: int) -> str:
    """Every fourth writes from a number of another country."""
    return f"+{('39', '30', '44', '49')[number // 4 % 4]}69{number:07d}" if number % 4 == 0 else f"+35569{number:07d}"


@pytest.fixture(scope="module")
def kinds() -> list[Parts]:
    """What a demonstration shows, and what real people get: only numbers that somebody of ours has dialled."""
    return [
        build.house(settings.read(environ={"SMS_TWO_WAY": "yes", "ASSURANCE": assurance}), Memory()).helpline.parts
        for assurance in ("listed", "strict")
    ]


def test_ten_thousand_talks(kinds: list[Parts], capsys: pytest.CaptureFixture[str]) -> None:
    rng, coverage = random.Random(SEED), Coverage(kinds[0].script)
    for number in range(TALKS):
        talk(rng, Helpline(kinds[number % 3 == 0], Memory(clock=NOW.timestamp)), address(number), coverage)
    share = coverage.free / coverage.all
    with capsys.disabled():
        visited = len([a for a in coverage.steps if coverage.steps[a]])
        print(f"\nseed {SEED}: {TALKS} talks, {coverage.all} messages, {share:.0%} free text, {visited} steps visited")
    assert share >= 0.30
    assert not coverage.missing(), f"never visited: {', '.join(coverage.missing())}"
