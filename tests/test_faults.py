"""Sixty seconds of faults under load; and the checker's own checks: each is shown to fire on what it is there for.

By hand, for longer or with another seed: `make faults SEED=… MINUTES=…`.
"""

from __future__ import annotations

import dataclasses
import os
import random
import time
from pathlib import Path

import pytest
from faults.line import Line, Message, Try, said, write
from faults.model import Model, inbound
from faults.outside import Sent
from faults.people import Person
from faults.run import Figures, Run

from bot import build, settings
from bot.build import House
from bot.storage.memory import Memory

SEED = int(os.environ.get("FAULTS_SEED", "20261125"))
SECONDS = float(os.environ.get("FAULTS_SECONDS", "60"))


@pytest.fixture(scope="module")
def house() -> House:
    return build.house(settings.read({}), Memory())


def test_sixty_seconds_of_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = Run(tmp_path, SEED, SECONDS).go()
    with capsys.disabled():
        print(f"\n{figures.text()}")
    assert figures.findings.broken == []
    assert sum(figures.faults.values()) >= SECONDS / 6
    assert figures.counts["owed"] >= SECONDS * 5
    assert figures.counts["script"] > figures.counts["static"]
    assert figures.findings.counts["lost sight of"] <= figures.findings.counts["conversations"] / 100


# --- the checker ----------------------------------------------------------------------------------------------------


class Talk:
    """A talk in the model, with the replies that a right helpline would give."""

    def __init__(self, house: House) -> None:
        self.model, self.right = Model(house), Model(house)

    def reply(self, text: str) -> tuple[Message, str | None]:
        """The message and the right reply to it; the right state moves on."""
        sent = write("+355690000777", "sms", text)
        (state,) = self.right.states
        step = self.right.take(state, inbound(sent.form))
        self.right.states = {step.after}
        return sent, step.text

    def see(self, sent: Message, text: str | None) -> bool:
        return bool(self.model.see([(inbound(sent.form), text)]))


def test_a_right_talk_is_explained(house: House) -> None:
    talk = Talk(house)
    assert all(talk.see(*talk.reply(text)) for text in ("hello", "2", "my husband hits me", "Elbasan", "1", "thanks"))


def test_a_lost_step_is_seen(house: House) -> None:
    talk = Talk(house)
    talk.see(*talk.reply("hello"))
    before = set(talk.right.states)
    talk.see(*talk.reply("2"))
    talk.right.states = before  # the store forgot what was answered
    assert not talk.see(*talk.reply("1"))


def test_a_step_taken_twice_is_seen(house: House) -> None:
    talk = Talk(house)
    for text in ("hello", "2", "my husband hits me", "Elbasan"):
        talk.see(*talk.reply(text))
    talk.reply("1")  # one more service than was asked for
    assert not talk.see(*talk.reply("1"))


def test_a_static_reply_leaves_both_open_and_the_next_one_decides(house: House) -> None:
    talk = Talk(house)
    talk.see(*talk.reply("hello"))
    sent, _ = talk.reply("2")
    talk.see(sent, None)
    assert len(talk.model.states) == 2
    assert talk.see(*talk.reply("1"))
    assert len(talk.model.states) == 1


def test_two_at_once_may_come_in_either_order_and_in_no_other_way(house: House) -> None:
    talk = Talk(house)
    for text in ("hello", "2"):
        talk.see(*talk.reply(text))
    (one, first), (two, second) = talk.reply("my husband hits me"), talk.reply("Elbasan")
    assert talk.model.see([(inbound(two.form), second), (inbound(one.form), first)])
    assert not talk.model.see([(inbound(two.form), first), (inbound(one.form), second)])


def test_what_was_never_answered_may_come_between_two_at_once(house: House) -> None:
    talk = Talk(house)
    for text in ("hello", "2"):
        talk.see(*talk.reply(text))
    one, first = talk.reply("my husband hits me")
    late, _ = talk.reply("Elbasan")
    two, second = talk.reply("1")
    assert not talk.model.see([(inbound(one.form), first), (inbound(two.form), second)])
    talk.model.states, talk.model.pending = _before(house), [inbound(late.form)]
    assert talk.model.see([(inbound(one.form), first), (inbound(two.form), second)])


def _before(house: House) -> set[bytes]:
    """Where a talk stands after "hello" and "2"."""
    talk = Talk(house)
    for text in ("hello", "2"):
        talk.reply(text)
    return talk.right.states


@pytest.fixture
def finished() -> Run:
    """A run without processes, to judge a history that is made up."""
    run = Run.__new__(Run)
    run.place = type("Place", (), {"outside": type("Outside", (), {"taken": lambda self: self.sent, "sent": []})()})()
    run.line = Line.__new__(Line)
    run.line.history, run.line.forged, run.line.refused = [], 0, 0
    run.talks = type("Talks", (), {"people": [], "findings": Figures(1, 1, _none(), _none().counts).findings})()
    run.talks.script = lambda sent: next((text for text in sent.texts if text != "static"), None)  # type: ignore[method-assign]
    return run


def _none():  # type: ignore[no-untyped-def]
    from faults.talks import Findings

    return Findings()


def judged(run: Run) -> list[str]:
    figures = Figures(1, 1, run.talks.findings, run.talks.findings.counts)
    figures = dataclasses.replace(figures, counts=type(figures.faults)())
    run._count(figures)
    run._sends(figures)
    return [line.split(":")[0] for line in run.talks.findings.broken]


def person(**more: object) -> Person:
    return Person(number="+355690000777", kind="consenter", rng=random.Random(1), **more)  # type: ignore[arg-type]


def sent_at(at: float) -> Sent:
    return Sent(at=at, to="whatsapp:+355690000777", fields={}, mood="well")


def test_one_check_in_for_one_consent_is_right(finished: Run) -> None:
    finished.talks.people.append(person(consents=1, yes=[10.0]))
    finished.place.outside.sent.append(sent_at(time.time()))
    assert judged(finished) == []


def test_a_second_check_in_is_seen(finished: Run) -> None:
    finished.talks.people.append(person(consents=1, yes=[10.0]))
    finished.place.outside.sent += [sent_at(20.0), sent_at(21.0)]
    assert judged(finished) == ["I3"]


def test_a_check_in_after_a_no_is_seen(finished: Run) -> None:
    finished.talks.people.append(person(consents=1, yes=[10.0], no=[20.0]))
    finished.place.outside.sent.append(sent_at(30.0))
    assert judged(finished) == ["I5"]


def test_an_accepted_message_without_an_outcome_is_seen(finished: Run) -> None:
    silent = write("+355690000777", "sms", "hello")
    silent.tries.append(Try(began=0, ended=1, status=200, text=None))
    finished.line.history.append(silent)
    assert judged(finished) == ["I1"]


def test_an_unsigned_request_that_was_taken_is_seen(finished: Run) -> None:
    finished.line.forged = 1
    assert judged(finished) == ["I9"]


def test_what_was_said_is_read_as_the_carrier_reads_it() -> None:
    assert said(b'<?xml version="1.0" encoding="UTF-8"?><Response><Message>a &amp; b</Message></Response>') == "a & b"
    assert said(b"<Response/>") is None
