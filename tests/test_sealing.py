"""Sealed values and the key file: what opens, and above all what does not."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import cli
from bot.errors import OperatorError
from bot.storage import keyring, keys
from bot.storage.keyring import Keyring
from bot.storage.sealing import SLACK, STEP, Sealer

NAME = "b:{07}:session:aa:sms"
RING = keyring.random()


class Clock:
    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@given(st.binary(max_size=2000))
def test_what_is_sealed_opens_again(plain: bytes) -> None:
    sealer = Sealer(RING)
    sealed = sealer.seal("session", NAME, plain, 60)
    assert sealer.open("session", NAME, sealed) == plain
    assert len(sealed) % STEP == 41 % STEP  # head, nonce and tag around a padded value


def test_equal_values_are_sealed_differently_and_equally_long() -> None:
    sealer = Sealer(RING)
    sealed = {sealer.seal("session", NAME, b"x" * length, 60) for length in (0, 1, 100, 252, 1)}
    assert len(sealed) == 5
    assert len({len(value) for value in sealed}) == 1


def test_a_value_opens_for_its_key_and_purpose_only() -> None:
    sealer = Sealer(RING)
    sealed = sealer.seal("session", NAME, b"x", 60)
    assert sealer.open("session", "b:{07}:session:bb:sms", sealed) is None
    assert sealer.open("session", "b:{07}:session:aa:whatsapp", sealed) is None
    assert sealer.open("ticket", NAME, sealed) is None
    assert Sealer(keyring.random()).open("session", NAME, sealed) is None


def test_no_cut_no_flipped_bit_and_no_garbage_opens() -> None:
    sealer = Sealer(RING)
    sealed = sealer.seal("session", NAME, b"needs: shelter", 60)
    for length in range(len(sealed)):
        assert sealer.open("session", NAME, sealed[:length]) is None
    for place in range(len(sealed)):
        assert sealer.open("session", NAME, sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]) is None
    assert sealer.open("session", NAME, sealed + b"\0") is None
    assert sealer.open("session", NAME, None) is None


@given(st.binary(max_size=400))
def test_garbage_is_never_an_exception(garbage: bytes) -> None:
    assert Sealer(RING).open("session", NAME, garbage) is None


def test_a_value_does_not_outlive_its_time_even_if_redis_keeps_it() -> None:
    clock = Clock()
    sealer = Sealer(RING, clock)
    sealed = sealer.seal("session", NAME, b"x", 1800)
    clock.now += 1800 + SLACK
    assert sealer.open("session", NAME, sealed) == b"x"
    clock.now += 3
    assert sealer.open("session", NAME, sealed) is None
    longer = sealed[:5] + (2**40).to_bytes(8, "big") + sealed[13:]
    assert sealer.open("session", NAME, longer) is None


def test_a_rotation_reads_the_old_and_writes_the_new() -> None:
    clock = Clock()
    first = keyring.fresh(0)
    old = Sealer(Keyring(first, clock=clock), clock)
    sealed = old.seal("session", NAME, b"x", 60)
    second = keyring.make("session", int(clock.now) + 600)
    both = Keyring((*first, second), clock=clock)
    new = Sealer(both, clock)
    assert both.current("session") == next(epoch for epoch in first if epoch.purpose == "session")
    clock.now += 600
    assert both.current("session") == second
    clock.now -= 590
    assert new.open("session", NAME, sealed) == b"x"
    clock.now += 590
    fresh = new.seal("session", NAME, b"y", 60)
    assert old.open("session", NAME, fresh) is None
    pruned = Sealer(Keyring((*(e for e in first if e.purpose != "session"), second), clock=clock), clock)
    assert pruned.open("session", NAME, fresh) == b"y"
    assert pruned.open("session", NAME, sealed) is None


def test_a_texter_keeps_the_old_id_behind_the_new_one() -> None:
    clock = Clock()
    first = keyring.fresh(0)
    before = keys.Names(Keyring(first, clock=clock)).texter("+355691234567")
    after = keys.Names(Keyring((*first, keyring.make("id", 1)), clock=clock)).texter("+355691234567")
    assert after.split(".")[1:] == [before]
    assert 0 <= int(keys.shard_of(after)) < 64


def test_keys_new_makes_a_file_that_only_its_owner_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "keys"
    assert cli.main(["keys", "new", str(path)]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    ring = keyring.load(path)
    epochs = keyring.read(path)
    assert len({epoch.key for epoch in epochs}) == len({epoch.id for epoch in epochs}) == len(keyring.PURPOSES)
    said = capsys.readouterr()
    assert not any(epoch.key in said.out + said.err + repr(epochs) + repr(ring) for epoch in epochs)
    before = path.read_bytes()
    assert cli.main(["keys", "new", str(path)]) == 1
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["keys"]


def test_two_key_files_have_nothing_in_common(tmp_path: Path) -> None:
    for name in ("a", "b"):
        cli.main(["keys", "new", str(tmp_path / name)])
    a, b = (keys.Names(keyring.load(tmp_path / name)).texter("+355691234567") for name in ("a", "b"))
    assert a != b


def test_a_seed_of_64_hex_digits_is_a_key_file(tmp_path: Path) -> None:
    path = tmp_path / "seed"
    path.write_text("ab" * 32 + "\n")
    one, two = keyring.load(path), keyring.load(path)
    assert keys.Names(one).texter("+355691234567") == keys.Names(two).texter("+355691234567")
    assert Sealer(two).open("session", NAME, Sealer(one).seal("session", NAME, b"x", 60)) == b"x"
    assert len({one.current(purpose).key for purpose in keyring.PURPOSES}) == len(keyring.PURPOSES)


def _key_file(**change: object) -> str:
    epochs = [
        {"purpose": p, "id": "0" * 7 + str(n), "since": 0, "key": "0" * 64} for n, p in enumerate(keyring.PURPOSES)
    ]
    return json.dumps({"besa_keys": 1, "epochs": [epochs[0] | change, *epochs[1:]]})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no key file"),
        ("ab" * 31, "no key file"),
        ("ab" * 33, "no key file"),
        ("{}", "no key file"),
        ('{"besa_keys": 1, "epochs": []}', "no key for id, optout, seen, session, ticket"),
        (_key_file(key="SECRETz"), "no key file"),
        (_key_file(key="abcd"), "64 hex digits"),
        (_key_file(purpose="other"), "no key for id"),
    ],
)
def test_a_wrong_key_file_is_refused_with_the_remedy_and_without_its_content(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "keys"
    path.write_text(text)
    with pytest.raises(OperatorError) as caught:
        keyring.load(path)
    assert said in str(caught.value)
    assert "keys new FILE" in str(caught.value)
    assert "SECRET" not in str(caught.value)
    assert "abcd" not in str(caught.value)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="cannot be read"):
        keyring.load(tmp_path / "none")


def test_a_rotated_file_is_taken_over_without_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys"
    first = keyring.fresh(0)
    keyring.write(path, first)
    ring = keyring.load(path)
    second = keyring.make("session", 1)
    keyring.write(path, (*first, second), replace=True)
    os.utime(path, ns=(1, 1))
    assert ring.current("session") != second
    monkeypatch.setattr(keyring, "RELOAD", 0.0)
    assert ring.current("session") == second
    path.chmod(0o600)
    path.write_text("broken")
    assert ring.current("session") == second
