"""Restarts and releases while people are in the middle of a talk: nobody loses an answer, or her language."""

from __future__ import annotations

import itertools
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from carrier import body, message, signed
from faults.place import seconds
from faults.run import Run
from processes import ask

from bot import build, settings
from bot.channels.message import Inbound
from bot.dialogue import session as stored
from bot.dialogue.session import Session
from bot.directory.answers import Answers
from bot.helpline import Heard, Helpline
from bot.storage.memory import Memory

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
OLD = Path(__file__).parent / "data" / "stored"
number = itertools.count(1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with Run(tmp_path_factory.mktemp("run"), 11, 20) as run:
        yield run


def test_a_rolling_restart_of_web_and_worker_under_load_loses_nothing(run: Run) -> None:
    def roll() -> None:
        for web in range(len(run.place.webs)):
            run.place.restart_web(web)
            run.place.ready()
        run.place.restart_worker()
        run.over.set()

    thread = threading.Thread(target=roll)
    thread.start()
    while not run.over.is_set():
        run._waves(time.time() + 0.5, 20)
    thread.join()
    assert run.talks.findings.broken == []
    assert run.talks.findings.counts["conversations"] > 20
    assert all(one.accepted for one in run.line.history), "somebody was left to the carrier's fallback"
    static = [one for one in run.line.history if one.texts and run.talks.script(one) is None]
    assert static == [], "somebody got less than she would have got without the restart"


def test_ops_06_from_a_cold_start_to_the_first_good_reply(run: Run) -> None:
    run.place.kill_web(0)
    run.place.ready()
    form = message("hello", next(number), "+355690009999")
    headers = {name.replace("-", "_"): text for name, text in signed(form).items()}
    status, said = ask(run.place.ports[0], "POST", "/twilio/message", body(form), **headers)
    assert status == 200
    assert b"Shqip" in said
    assert seconds(run.place.webs[0].process.pid) < 10


def test_ops_03_told_to_stop_it_answers_what_is_under_way(run: Run) -> None:
    """Fifty at once, a store that takes its time, and SIGTERM in the middle."""
    port, web = run.place.ports[0], run.place.webs[0]
    forms = [message("my husband hits me", next(number), f"+35569000{n:04}") for n in range(50)]

    def post(form: dict[str, str]) -> int:
        headers = {name.replace("-", "_"): text for name, text in signed(form).items()}
        return ask(port, "POST", "/twilio/message", body(form), **headers)[0]

    with ThreadPoolExecutor(51) as pool:
        pool.submit(run.place.slow_store, 0.2)
        answers = [pool.submit(post, form) for form in forms]
        time.sleep(0.15)
        began = time.monotonic()
        web.process.send_signal(signal.SIGTERM)
        codes = [answer.result() if not answer.exception() else type(answer.exception()).__name__ for answer in answers]
    assert web.process.wait(15) == 0
    assert time.monotonic() - began < 10
    # what reached it was answered; a connection it never took is refused, and the carrier tries again elsewhere
    assert set(codes) <= {200, "ConnectionRefusedError", "ConnectionResetError"}
    assert codes.count(200) >= 4


# --- a release that changes something under a talk --------------------------------------------------------------------


@pytest.fixture(scope="module")
def house() -> build.House:
    return build.house(settings.read({}), Memory())


def say(helpline: Helpline, text: str, address: str = "+355690000001") -> Heard:
    return helpline.hear(Inbound(channel="sms", address=address, dedup=f"SM{next(number)}", text=text), NOW)


def other(house: build.House, store: Memory, **change: Any) -> Helpline:
    """The same helpline after a release."""
    return Helpline(replace(house.helpline.parts, **change), store)


@pytest.mark.parametrize("path", sorted(OLD.glob("*.json")), ids=lambda path: path.stem)
def test_sessions_of_earlier_releases_are_read(path: Path) -> None:
    session = stored.load(path.read_bytes().strip())
    assert session is not None
    assert (session.language, session.step, session.facts["need"]) == ("en", "result.choose", "domestic_violence")
    assert session.recent[-1].says[-1].step == "result.choose"


def test_there_is_a_stored_form_for_every_version() -> None:
    assert {int(path.stem.split("-")[0].removeprefix("v")) for path in OLD.glob("*.json")} == set(
        range(1, stored.VERSION + 1)
    )


def test_what_a_newer_release_added_does_not_hurt_the_one_before() -> None:
    data = msgspec.json.decode(stored.dump(Session(script="x", language="en", step="intake.need")))
    assert stored.load(msgspec.json.encode(data | {"added": {"later": [1]}})) == Session(
        script="x", language="en", step="intake.need"
    )


@pytest.mark.parametrize("way", [["hello", "2"], ["hello", "2", "my husband hits me"], ["hello", "2", "2"]])
def test_cfg_04_a_change_of_flows_keeps_the_language_at_least(house: build.House, way: list[str]) -> None:
    store = Memory()
    before = other(house, store)
    for text in way:
        say(before, text)
    script = house.script
    steps = {name: step for name, step in script.steps.items() if not name.startswith(("result.", "place."))}
    after = other(house, store, script=msgspec.structs.replace(script, hash="later"))
    assert steps
    heard = say(after, "good day")
    assert heard.turn is not None
    assert heard.turn.language == "en"
    assert heard.outbound is not None
    assert "Përshëndetje. 1" not in heard.outbound.text
    assert say(after, "my husband hits me").turn.language == "en"  # type: ignore[union-attr]


def test_an_answer_to_a_check_in_survives_a_release(house: build.House) -> None:
    store = Memory()
    texter = store.texter("+355690000001")
    step = house.script.entries["checkin_reply"]
    waiting = Session(script="earlier", language="en", channel="sms", step=step)
    from bot.dialogue.store import Change

    assert store.commit(texter, "sms", "0" * 32, 0, Change(session=waiting, ttl=1000)) is None
    heard = say(other(house, store), "1")
    assert heard.turn is not None
    assert heard.turn.session is not None
    assert heard.turn.session.step == "intake.menu" or heard.turn.session.step.startswith("intake.")


def without(house: build.House, org: str) -> build.House:
    """A directory from which one organisation was taken, as a release of the data would."""
    known = house.answers.directory
    organizations = {name: one for name, one in known.organizations.items() if name != org}
    offers = {key: offer for key, offer in known.offers.items() if offer.organization.id != org}
    by_need = {
        need: tuple(offer for offer in rows if offer.organization.id != org) for need, rows in known.by_need.items()
    }
    directory = msgspec.structs.replace(known, organizations=organizations, offers=offers, by_need=by_need)
    answers = Answers(directory, house.answers.texts, house.answers.assurance)
    return replace(house, answers=answers)


@pytest.mark.parametrize("next_words", ["1", "2", "3", "7", "again", "numbers", "thanks", "zzqx", "Gramsh"])
def test_a_service_that_is_taken_away_in_the_middle_of_a_talk_is_not_named_again(
    house: build.House, next_words: str
) -> None:
    store = Memory()
    parts = house.helpline.parts
    for text in ("hello", "2", "my husband hits me", "Elbasan"):
        offered = say(Helpline(parts, store), text)
    assert offered.turn is not None
    assert offered.turn.session is not None
    key = offered.turn.session.shown[-1]
    org = key.partition(".")[0]
    phones = {phone.number for phone in house.answers.directory.organizations[org].phones}
    later = without(house, org)
    lookups = {**later.answers.lookups, "checkin": parts.lookups["checkin"]}
    values = later.answers.values
    after = Helpline(replace(parts, lookups=lookups, values=values, place_at=later.answers.place_at), store)
    heard = say(after, next_words)
    assert heard.outcome == "reply"
    assert heard.outbound is not None
    assert not any(phone and phone in heard.outbound.text for phone in phones)
    assert say(after, "0").outbound is not None


def test_said_again_after_a_release_it_is_still_an_answer(house: build.House) -> None:
    """A repeated delivery after a service was taken away: rendered anew, without what is gone, and nothing breaks."""
    store, parts = Memory(), house.helpline.parts
    for text in ("hello", "2", "my husband hits me"):
        say(Helpline(parts, store), text)
    sent = Inbound(channel="sms", address="+355690000001", dedup="again", text="Elbasan")
    first = Helpline(parts, store).hear(sent, NOW)
    assert first.turn is not None
    assert first.turn.session is not None
    later = without(house, first.turn.session.shown[-1].partition(".")[0])
    again = Helpline(replace(parts, values=later.answers.values), store).hear(sent, NOW)
    assert again.outcome == "repeat"
    assert again.outbound is not None
