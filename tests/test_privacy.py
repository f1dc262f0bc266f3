"""A canary goes through a whole run: its number, words, town and pin can be read nowhere, nor any digest of them.

Looked at: Redis (every type, decompressed), the append-only file, the dump, logs, output, temporary files, jobs and the
numbers for operators. Each detector is shown to fire on a planted trace in the same run.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import random
import statistics
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from carrier import FORM, body, message, signed
from faults import traces
from faults.days import pass_a_day
from faults.line import Line, Message, write
from faults.place import METRICS, Place
from faults.run import ENDLESS
from processes import ask

from bot.storage import keyring, keys
from bot.storage.connect import Connection
from bot.storage.sealing import Sealer
from bot.storage.sessions import Redis

NUMBER, TOWN, LATITUDE, LONGITUDE = "+355690777123", "Gramsh", "40.86978", "20.18471"
WORDS = "kanarina ime e verdhë quhet zgjua"
WAITING = "+355690777321"  # her check-in is still to come
SECRETS = (NUMBER, WAITING, TOWN, LATITUDE, LONGITUDE, WORDS)


class Whole:
    """A place whose temporary files lie below its directory too, and what a thief would take from it."""

    def __init__(self, directory: Path) -> None:
        (directory / "tmp").mkdir()
        os.environ["TMPDIR"] = str(directory / "tmp")
        try:
            self.place = Place(directory, webs=1)
        finally:
            del os.environ["TMPDIR"]
        self.directory, self.line = directory, Line(self.place, random.Random(1))
        self.ring = keyring.load(directory / "keys")
        self.store = Redis(Connection(self.place.settings["REDIS_URL"], limit=2.0), self.ring)

    def say(self, text: str, channel: str = "sms", number: str = NUMBER, **more: str) -> Message:
        sent = write(number, channel, text, **more)
        self.line.deliver(sent)
        return sent

    def loot(self) -> dict[str, bytes]:
        """Everything but the key file, which lies elsewhere."""
        client = self.place.client()
        client.config_set("rdbcompression", "no")
        client.save()
        found = traces.stored(client) | traces.files(self.directory)
        del found[str(self.directory / "keys")]
        for path in ("/metrics", "/readyz", "/healthz"):
            status, page = ask(self.place.ports[0], "GET", path, Authorization=f"Bearer {METRICS}")
            assert status == 200
            found[path] = page
        return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    whole = Whole(tmp_path_factory.mktemp("whole"))
    try:
        live(whole)
        yield whole
    finally:
        whole.place.close()


def live(whole: Whole) -> None:
    """All that can happen to a person here, by a canary: talks, a check-in, trouble, and what is refused."""
    place, port = whole.place, whole.place.ports[0]
    for text in ("my husband hits me", TOWN, "thanks", "1", "1"):
        whole.say(text)
    aged = pass_a_day(place.client(), whole.store, Sealer(whole.ring), NUMBER)
    assert aged is not None
    assert aged.address == NUMBER
    place.outside.mood = "garbage"
    end = time.monotonic() + 30
    while not place.outside.sent and time.monotonic() < end:
        time.sleep(0.1)
    assert [sent.to for sent in place.outside.sent] == [NUMBER]
    whole.say("1")
    for text in (WORDS, "my husband hits me", TOWN, "1", f"jam ne {TOWN}, {NUMBER}"):
        whole.say(text)
    whole.say("", "whatsapp", Latitude=LATITUDE, Longitude=LONGITUDE, ProfileName=WORDS, WaId=NUMBER[1:])
    whole.say(WORDS, "whatsapp", NumMedia="1", MediaUrl0=f"http://127.0.0.1:9/{TOWN}", MediaContentType0="image/jpeg")
    refused(port)
    place.freeze_store(1.0)  # nothing waits meanwhile; the next messages find it gone
    place.store.process.kill()
    for number in range(4):
        whole.say(f"{WORDS} {number}")
    place.kill_store(0)
    place.client().config_set("maxmemory", "1mb")
    whole.say(f"po me rreh {TOWN}")
    place.client().config_set("maxmemory", "0")
    time.sleep(2.1)  # the breaker lets one through again
    whole.say(WORDS)
    for text in ("my husband hits me", TOWN, "thanks", "1", "1"):
        whole.say(text, "sms", WAITING)


def refused(port: int) -> None:
    """Requests that are nobody's, with the canary in every part of them."""
    form = message(WORDS, 1, NUMBER)
    for path in ("/twilio/message", f"/twilio/message?From={NUMBER}", f"/{TOWN}", "/twilio/status", "/demo/"):
        ask(
            port,
            "POST",
            path,
            body(form),
            Content_Type=FORM,
            X_Twilio_Signature="x" * 28,
            User_Agent=f"{TOWN} {NUMBER}",
        )
        ask(port, "GET", path, Referer=f"http://{TOWN}/{NUMBER}")
    for headers in (signed(form, "/twilio/status"), signed(form) | {"Content-Type": "application/json"}):
        ask(
            port,
            "POST",
            "/twilio/status",
            body(form),
            **{name.replace("-", "_"): text for name, text in headers.items()},
        )
    ask(port, "POST", "/twilio/message", body(form) * 2000, Content_Type=FORM)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("POST", "/twilio/message", body(form), signed(form) | {"Content-Length": "99999"})
    connection.close()


def test_prv_01_no_trace_of_the_canary_is_left_and_every_detector_fires(whole: Whole) -> None:
    loot = whole.loot()
    assert {"string", "hash", "zset"} <= {name.split()[0] for name in loot}
    assert any(name.endswith(".aof") for name in loot)
    assert any(name.endswith("dump.rdb") for name in loot)
    assert any(name.endswith("web0.log") and content for name, content in loot.items())
    assert traces.find(loot, SECRETS) == []
    client, planted = whole.place.client(), whole.directory / "tmp" / "planted"
    for name, plant in plants(client, planted).items():
        plant()
        assert traces.find(whole.loot(), SECRETS), f"not seen: {name}"
        client.delete("planted")
        planted.unlink(missing_ok=True)
        clean(whole)
    assert traces.find(whole.loot(), SECRETS) == []


def clean(whole: Whole) -> None:
    """Takes what was planted out of the append-only file."""
    client = whole.place.client()
    client.bgrewriteaof()
    end = time.monotonic() + 10
    while client.info("persistence")["aof_rewrite_in_progress"] and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(0.05)


def plants(client: redis.Redis, file: Path) -> dict[str, object]:
    """One trace of each kind, in each kind of place."""
    digest = hashlib.sha256(NUMBER[1:].encode())
    packed = zlib.compress(b'["bot.jobs.checkin", "' + NUMBER.encode() + b'"]')
    return {
        "a string": lambda: client.set("planted", WORDS.upper()),
        "a name of a key": lambda: client.set(f"b:{TOWN}", 1, ex=1),
        "a field of a hash": lambda: client.hset("planted", NUMBER, 1),
        "a list": lambda: client.rpush("planted", f"whatsapp:{NUMBER}"),
        "a set": lambda: client.sadd("planted", LATITUDE),
        "a sorted set": lambda: client.zadd("planted", {TOWN.lower(): 1}),
        "a stream": lambda: client.xadd("planted", {"at": LONGITUDE}),
        "a packed job": lambda: client.hset("planted", "data", packed),
        "a log": lambda: file.write_text(f"from=%2B{NUMBER[1:]} ok"),
        "Base64": lambda: file.write_bytes(base64.b64encode(b"xy" + NUMBER.encode() + b"z")),
        "UTF-16": lambda: file.write_bytes(WORDS.encode("utf-16-le")),
        "hex": lambda: file.write_text(TOWN.encode().hex()),
        **{f"{name} in hex": _digest(file, name) for name in traces.HASHES},
        "SHA-256, raw": lambda: client.set("planted", digest.digest()),
        "SHA-256, cut": lambda: client.set("planted", digest.digest()[:10]),
        "SHA-256 in Base64": lambda: client.set("planted", base64.b64encode(digest.digest())),
        "CRC-32 in hex": lambda: file.write_text(f"id={zlib.crc32(NUMBER.encode()):08x};"),
        "CRC-32 in decimal": lambda: file.write_text(f"id={zlib.crc32(TOWN.encode())}\n"),
    }


def _digest(file: Path, name: str):  # type: ignore[no-untyped-def]
    digest = hashlib.new(name, f"whatsapp:{NUMBER}".encode(), usedforsecurity=False)
    return lambda: file.write_text(f"id={digest.hexdigest()}")


def test_prv_02_every_key_ends_but_a_named_few(whole: Whole) -> None:
    client = whole.place.client()
    assert [name for name in traces.endless(client) if not ENDLESS.fullmatch(name)] == []
    client.set("b:{00}:session:planted:sms", "x")
    assert "b:{00}:session:planted:sms" in [name for name in traces.endless(client) if not ENDLESS.fullmatch(name)]
    client.delete("b:{00}:session:planted:sms")


WAYS = (
    ["hello"], ["hello", "2"], ["hello", "1", "1"], ["my husband hits me"], ["my husband hits me", "Elbasan"],
    ["my husband hits me", "Elbasan", "1"], ["my husband hits me", "Elbasan", "thanks"],
    ["my husband hits me", "Elbasan", "thanks", "1"], ["my husband hits me", "Elbasan", "thanks", "1", "1"],
    ["NDAL"], ["8"], ["zzqx", "zzqx", "zzqx"], ["0"], ["help"],
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=" / ".join)
def test_prv_03_after_forget_me_nothing_is_left_at_any_point_of_a_talk(whole: Whole, way: list[str]) -> None:
    number = f"+3556907{WAYS.index(way):05}"
    for text in way:
        whole.say(text, "sms", number)
    whole.say("hello", "whatsapp", number)
    (part,) = keys.parts(whole.store.texter(number))
    client, mine = whole.place.client(), [*keys.personal(part), keys.held(part)]
    assert client.exists(*mine)
    (said,) = whole.say("FSHI", "sms", number).texts
    assert said
    assert client.exists(*mine) == 0
    left = [name.decode() for name in client.scan_iter() if part.encode() in name]
    assert left == []


def test_prv_04_after_forget_me_and_a_rewrite_no_byte_of_the_ticket_is_in_the_file(whole: Whole) -> None:
    number = "+355690700099"
    for text in ("my husband hits me", "Elbasan", "thanks", "1", "1"):
        whole.say(text, "sms", number)
    (part,) = keys.parts(whole.store.texter(number))
    client, shard = whole.place.client(), keys.shard_of(whole.store.texter(number))
    ticket = client.get(keys.ticket(shard, client.get(keys.held(part)).decode()))
    aof = whole.directory / "store" / "appendonlydir"
    assert any(ticket in content for content in traces.files(aof).values())
    whole.say("FSHI", "sms", number)
    clean(whole)
    assert not any(ticket in content for content in traces.files(aof).values())


def test_prv_08_a_known_number_is_answered_as_an_unknown_one(whole: Whole) -> None:
    """The same bytes, and nothing to tell from the time it takes."""
    known = "+355690700100"
    for text in ("my husband hits me", "Elbasan", "8"):
        whole.say(text, "sms", known)
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    said = set()
    for number in range(30):
        for who, address in (("known", known), ("unknown", f"+3556908{number:05}")):
            sent = whole.say("who is this", "sms", address)
            said |= set(sent.texts)
            took[who].append(sent.tries[0].ended - sent.tries[0].began)
            whole.say("8", "sms", address)
    assert len(said) == 1
    assert abs(statistics.median(took["known"]) - statistics.median(took["unknown"])) < 0.02


def test_prv_09_what_a_backup_of_yesterday_holds_cannot_be_opened(whole: Whole) -> None:
    number, tomorrow = "+355690700101", time.time() + 86400
    whole.say("my husband hits me", "sms", number)
    texter, dedup = whole.store.texter(number), whole.store.dedup("sms", "x")
    assert whole.store.open(texter, "sms", dedup).session is not None
    later = Redis(Connection(whole.place.settings["REDIS_URL"], limit=2.0), whole.ring, clock=lambda: tomorrow)
    assert later.open(texter, "sms", dedup).session is None


def test_prv_05_nobody_without_the_keys_can_try_numbers(whole: Whole) -> None:
    """Ids are keyed: the same number under another key file is another id, and its digests fit no name in the store."""
    names = b"\n".join(name for name in whole.place.client().scan_iter())
    (part,) = keys.parts(whole.store.texter(NUMBER))
    assert part.encode() in names
    (other,) = keys.parts(keys.Names(keyring.random()).texter(NUMBER))
    assert other.encode() not in names
    for number in (NUMBER, *(f"+35569077{n:04}" for n in range(7000, 7200))):
        assert not [form for form in traces.digests(number).values() if form in names]
