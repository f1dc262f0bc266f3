"""SMS parts and letters, against vectors made by Twilio's own calculator."""

from __future__ import annotations

import io
import json
import random
import sys
import unicodedata
from pathlib import Path

import pytest

from bot import cli
from bot.channels.graphemes import graphemes
from bot.channels.smart import SMART
from bot.channels.sms import parts, plain

VECTORS = json.loads((Path(__file__).parent / "data" / "segment_vectors.json").read_text("utf-8"))["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_parts_are_counted_as_twilio_counts_them(vector: dict) -> None:
    counted = parts(vector["text"])
    assert (counted.encoding, counted.parts) == (vector["encoding"], vector["segments"])
    if counted.encoding == "GSM-7":
        assert counted.units * 7 == vector["message_bits"]
    else:
        assert counted.units == vector["utf16_units"]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_smart_letters_are_twilios(vector: dict) -> None:
    counted = parts(vector["text"].translate(SMART))
    assert (counted.encoding, counted.parts) == (vector["smart_encoding"], vector["smart_segments"])


def test_there_are_36_vectors() -> None:
    assert len(VECTORS) == 36


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_plain_is_stable_and_never_dearer_in_albanian(vector: dict) -> None:
    once = plain(vector["text"])
    assert plain(once) == once
    if all(char in "ëçËÇ" or ord(char) < 0x7F for char in vector["text"].replace("\t", "")):
        assert parts(once).encoding == "GSM-7"
        assert parts(once).parts <= parts(vector["text"]).parts


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Nëse jeni në rrezik", "Nese jeni ne rrezik"),
        ("ËSHTË", "ESHTE"),
        ("çfarë, Çfarë", "cfare, Cfare"),
        (unicodedata.normalize("NFD", "Përshëndetje çdo"), "Pershendetje cdo"),
        ("s’je vetëm – “po”…", 's\'je vetem - "po"...'),
        ("1 Po\n2 Jo", "1 Po\n2 Jo"),
        ("è é ù ì ò stay", "è é ù ì ò stay"),
        ("", ""),
    ],
)
def test_plain_letters(text: str, sent: str) -> None:
    assert plain(text) == sent
    assert parts(sent).encoding == "GSM-7"


def test_an_extension_sign_is_never_cut_in_two() -> None:
    assert parts("a" * 152 + "€" + "a" * 10).parts == 2
    assert parts("a" * 152 + "€" + "a" * 152).parts == 3  # 152, then € and 151, then one more
    assert parts("a" * 153 + "a" * 153).parts == 2


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("e\u0308", ["e\u0308"]),
        ("👨\u200d👩\u200d👧", ["👨\u200d👩\u200d👧"]),
        ("🇦🇱🇽🇰🇦", ["🇦🇱", "🇽🇰", "🇦"]),
        ("👍🏽a🏽", ["👍🏽", "a", "🏽"]),
        ("❤\ufe0f!", ["❤\ufe0f", "!"]),
        ("한국", ["한", "국"]),
        ("\r\n", ["\r", "\n"]),
        ("", []),
    ],
)
def test_signs(text: str, signs: list[str]) -> None:
    assert graphemes(text) == signs


def test_signs_joined_are_the_text() -> None:
    chance = random.Random(8)
    for _ in range(2000):
        text = "".join(
            chr(chance.choice([65, 0xEB, 0x301, 0x200D, 0x1F468, 0x1F3FD, 0x1F1E6, 0xD800, 10])) for _ in range(12)
        )
        assert "".join(graphemes(text)) == text
        assert parts(text).parts >= 1


def test_the_command_counts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = "".join(json.dumps({"text": vector["text"]}) + "\n" for vector in VECTORS) + "\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    assert cli.main(["parts"]) == 0
    out = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["text"], one["encoding"], one["parts"]) for one in out] == [
        (vector["text"], vector["encoding"], vector["segments"]) for vector in VECTORS
    ]


def test_the_command_counts_as_sent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"text":"Në rrezik: 112"}\n{"text":"\\ud83d"}\n'))
    assert cli.main(["parts", "--as-sent"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == {"text": "Ne rrezik: 112", "encoding": "GSM-7", "parts": 1}
    assert second == {"text": "\ud83d", "encoding": "UCS-2", "parts": 1}


@pytest.mark.parametrize("line", ["no json", "[]", '{"text": 1}', "{}"])
def test_the_command_says_what_is_wrong(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(line + "\n"))
    assert cli.main(["parts"]) == 2
    assert "Line 1" in capsys.readouterr().err
