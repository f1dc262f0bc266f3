"""The line behind the demo page, and the command that runs the demonstration."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faults import place
from flask.testing import FlaskClient
from processes import Demonstration, answers, besa, free_port, until

from bot import build, settings
from bot.app import create_app
from bot.demo import talk
from bot.demo.pace import Pace
from bot.dialogue.store import Change, Opened
from bot.storage.memory import Memory


class Untouched(Memory):
    """The real store: the demonstration must not come near it."""

    def open(self, texter: str, channel: str, dedup: str) -> Opened:
        raise AssertionError("the demonstration read the real store")

    def commit(self, texter: str, channel: str, dedup: str, version: int, change: Change) -> Opened | None:
        raise AssertionError("the demonstration wrote to the real store")


@pytest.fixture(scope="module")
def house() -> build.House:
    return build.house(settings.read({}), Untouched())


@pytest.fixture
def web(house: build.House) -> FlaskClient:
    return create_app(house, settings.read({})).test_client()


def say(web: FlaskClient, text: str, token: str = "", key: str = "1", channel: str = "sms", **more: Any) -> Any:
    return web.post("/demo/message", json={"channel": channel, "key": key, "token": token, "text": text, **more})


def test_a_talk_travels_in_the_token(web: FlaskClient) -> None:
    first = say(web, "hello").json
    second = say(web, "2", first["token"], "2").json
    assert second["text"] != first["text"]
    assert say(web, "2", "", "2").json["text"] != second["text"]
    assert second["form"] == "text"
    assert second["encoding"] == "GSM-7"
    assert second["parts"] >= 1


def test_the_same_message_again_is_answered_the_same(web: FlaskClient) -> None:
    token = say(web, "hello").json["token"]
    answer = say(web, "2", token, "2").json
    assert say(web, "2", answer["token"], "2").json["text"] == answer["text"]


def test_a_token_that_is_foreign_changed_or_of_the_other_channel_begins_anew(web: FlaskClient) -> None:
    first = say(web, "hello").json
    token = first["token"]
    for other in ("x", "é", token[:-4] + "AAAA", token[10:], "A" * 5000):
        assert say(web, "hello", other, "2").json["text"] == first["text"]
    assert talk.unseal(token, "sms") is not None
    assert talk.unseal(token, "whatsapp") is None


def test_a_token_tells_nothing_and_ends(house: build.House, web: FlaskClient) -> None:
    token = say(web, "hello").json["token"]
    session = talk.unseal(token, "sms")
    assert session is not None
    assert house.script.hash not in token
    assert talk.unseal(talk.seal(session, "sms", -2000), "sms") is None
    lengths = {len(say(web, text).json["token"]) for text in ("hello", "burri me rreh", "0")}
    assert all(length % 4 == 0 for length in lengths)


def test_whatsapp_taps_and_pins_are_taken(web: FlaskClient) -> None:
    first = say(web, "hello", channel="whatsapp").json
    assert first["form"] in {"buttons", "list"}
    payload = first["options"][-1]["payload"]
    second = say(web, "", first["token"], "2", "whatsapp", payload=payload).json
    assert second["text"] != first["text"]
    third = say(web, "", second["token"], "3", "whatsapp", latitude=41.1125, longitude=20.0822).json
    assert third["text"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b'{"channel": "fax", "key": "1"}', b'{"channel": "sms"}', b"\xff",
        b'{"channel": "sms", "key": 1}', b'{"channel": "sms", "key": "1", "latitude": 1e999, "longitude": 0}',
        b'{"channel": "sms", "key": "1", "latitude": 91, "longitude": 0}',
        b'{"channel": "sms", "key": "1", "at": -1}', b'{"channel": "sms", "key": "1", "at": 1e18}',
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(web: FlaskClient, body: bytes) -> None:
    assert web.post("/demo/message", data=body, content_type="application/json").status_code == 400


def test_other_types_and_too_long_requests_are_refused(web: FlaskClient) -> None:
    assert web.post("/demo/message", data="text=hello").status_code == 415
    assert say(web, "x" * 70_000).status_code == 413
    assert web.get("/demo/message").status_code == 405


def test_it_is_braked(house: build.House) -> None:
    checked = settings.read({})
    web = create_app(house, checked).test_client()
    codes = [say(web, "hello").status_code for _ in range(checked.limits.demo_minute + 5)]
    assert codes == [200] * checked.limits.demo_minute + [429] * 5


def test_the_brake_forgets_with_the_minute() -> None:
    now = [0.0]
    pace = Pace(2, lambda: now[0])
    assert [pace.allows("a") for _ in range(3)] == [True, True, False]
    assert pace.allows("b")
    now[0] = 60.0
    assert pace.allows("a")


def test_the_page_allows_itself_nothing_from_elsewhere(web: FlaskClient) -> None:
    page = web.get("/demo/")
    assert page.status_code == 200
    rules = dict(rule.split(" ", 1) for rule in page.headers["Content-Security-Policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert all("*" not in rule and "http" not in rule and "unsafe" not in rule for rule in rules.values())
    assert page.headers["Cache-Control"] == "no-store"
    assert web.get("/demo").status_code == 308
    assert b'lang="en"' in web.get("/demo/?lang=en").data
    assert b'lang="sq"' in web.get("/demo/?lang=<script>").data


def test_every_text_of_the_page_is_there_in_every_language(house: build.House, web: FlaskClient) -> None:
    from bot.settings import HERE

    template = (HERE / "demo/templates/phone.html").read_text(encoding="utf-8")
    for language, phrases in house.script.phrases.items():
        page = web.get(f"/demo/?lang={language}").get_data(as_text=True)
        own = {name: text for name, text in phrases.items() if name.startswith("system.demo_")}
        assert own.keys() == {n for n in house.script.phrases["en"] if n.startswith("system.demo_")}
        assert "{" not in page.partition("</script>")[2], "a placeholder was left unfilled"
    for name in {part.split("}")[0].strip() for part in template.split("{{ texts.")[1:]}:
        assert f"system.demo_{name}.say" in house.script.phrases["en"]


# --- the command ------------------------------------------------------------------------------------------------


@pytest.fixture
def demonstration(tmp_path: Path) -> Iterator[Demonstration]:
    started = Demonstration(tmp_path)
    yield started
    if started.process.poll() is None:
        started.process.kill()
        started.process.communicate()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demonstration, Path]]:
    """One that runs on, and where it keeps its store."""
    home = tmp_path_factory.mktemp("lasting")
    started = Demonstration(home)
    yield started, home
    if started.process.poll() is None:
        started.stop()


def family(home: Path) -> list[int]:
    """Processes that have this directory in their command line or environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            known = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(home).encode() in known and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def test_told_to_end_it_takes_every_child_along_and_the_second_start_is_quick(tmp_path: Path) -> None:
    first = Demonstration(tmp_path)
    assert len(family(tmp_path)) >= 3
    assert first.line.count("http://127.0.0.1:") == 1
    assert first.stop(signal.SIGINT) == (0, "", "")
    assert family(tmp_path) == []
    second = Demonstration(tmp_path)
    took = place.seconds(second.process.pid)
    assert second.stop(signal.SIGTERM) == (0, "", "")
    assert family(tmp_path) == []
    assert took < 5


def called(demonstration: Demonstration, word: bytes) -> list[int]:
    """Those it started whose command line has this between its words: a parent before its children, as numbers
    of processes begin again from below."""
    started = place.family(demonstration.process.pid)
    lines = {pid: b"\0" + Path(f"/proc/{pid}/cmdline").read_bytes() for pid in started}
    return [pid for pid, line in lines.items() if word in line]


@pytest.mark.parametrize(("victim", "log"), [("web", "web.log"), ("store", "store/server.log")])
def test_when_a_part_crashes_it_says_so_and_ends(
    demonstration: Demonstration, tmp_path: Path, victim: str, log: str
) -> None:
    os.kill(called(demonstration, b"\0serve\0" if victim == "web" else b" unixsocket:")[0], signal.SIGKILL)
    out, err = demonstration.process.communicate(timeout=30)
    assert demonstration.process.returncode == 1
    assert out == ""
    assert f"The {victim}" in err
    assert str(tmp_path / log) in err
    until(lambda: family(tmp_path) == [], 15, "no process is left")


def test_a_part_of_the_web_process_that_crashes_is_replaced(lasting: tuple[Demonstration, Path]) -> None:
    demonstration, _ = lasting
    port = int(demonstration.address.split(":")[2].partition("/")[0])
    parent, child = called(demonstration, b"\0serve\0")
    os.kill(child, signal.SIGKILL)
    until(lambda: called(demonstration, b"\0serve\0") not in ([parent], [parent, child]), 15, "another took its place")
    until(lambda: answers(port), 15, "it answers again")


def test_a_taken_port_and_a_second_demonstration_are_explained(
    lasting: tuple[Demonstration, Path], tmp_path: Path
) -> None:
    demonstration, home = lasting
    port = int(demonstration.address.split(":")[2].partition("/")[0])
    assert answers(port)
    done = besa("demo", "--port", str(port), "--keep", str(tmp_path / "other"))
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    done = besa("demo", "--port", str(free_port()), "--keep", str(home))
    assert done.returncode == 1
    assert "in use" in done.stderr
    assert answers(port)


def test_killed_it_takes_every_child_along(lasting: tuple[Demonstration, Path]) -> None:
    """The last one that `lasting` serves."""
    demonstration, home = lasting
    assert len(family(home)) >= 3
    demonstration.process.kill()
    demonstration.process.wait()
    until(lambda: family(home) == [], 15, "no process is left")


def test_nothing_real_of_the_environment_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = {"TWILIO_ACCOUNT_SID": "AC1", "REDIS_URL": "redis://real", "BESA_KEY_FILE": "/real", "METRICS_TOKEN": "real"}
    for name, text in (real | {"DEMO": "off", "DEFAULT_LANGUAGE": "en"}).items():
        monkeypatch.setenv(name, text)
    environment = settings.demo_environment(REDIS_URL="unix:///own")
    assert real.keys() & environment.keys() == {"REDIS_URL"}
    assert environment["REDIS_URL"] == "unix:///own"
    assert (environment["DEMO"], environment["DEFAULT_LANGUAGE"]) == ("on", "en")
