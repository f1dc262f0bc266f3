"""Second implementations: Twilio's calculator counts what we count, twilio-node signs what we accept."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path

from bot import settings
from bot.authoring import assemble
from bot.carriers.twilio.signature import valid
from bot.channels.smart import SMART
from bot.channels.sms import parts, plain
from bot.understanding.folding import fold

Ask = Callable[[str, Iterable[object]], list[str]]
DATA = Path(__file__).parent.parent / "data"
POOLS = (
    "abc ëç\n",
    "ABCëËçÇ €[]{}~^|\\`’“”…–\u00a0",
    "abcdefghijklmnopqrstuvwxyz ,.",
    "ë💙❤\ufe0f\u200d👨👩👧👍🏽🏿🇦🇱🇽🇰♂♀",
    "e\u0308c\u0327n\u0303ж日한\u1100\u1161\u11a8\r\n\f\t",
    "نمعا\u064b\u0651हिन्दी\u0e33ไทย\u200b\u200c\u2028",
)


def texts(count: int) -> list[str]:
    """Texts of every kind of letter, long enough to cross several borders of parts."""
    chance = random.Random(36)
    made = []
    for _ in range(count):
        pool = "".join(chance.sample(POOLS, chance.choice([1, 1, 1, 2, 3])))
        made.append("".join(chance.choices(pool, k=chance.choice([5, 30, 60, 66, 68, 72, 135, 155, 165, 310]))))
    return made


def agree(ask: Ask, given: list[str]) -> int:
    """Asserts that both count the same, every second text with Twilio's smart letters; how many were compared."""
    lines = [{"text": text, "smart": bool(at % 2)} for at, text in enumerate(given)]
    told = [json.loads(line) for line in ask("parts.js", lines)]
    assert len(told) == len(lines)
    for line, theirs in zip(lines, told, strict=True):
        ours = parts(line["text"].translate(SMART) if line["smart"] else line["text"])
        assert (ours.encoding, ours.parts) == (theirs["encoding"], theirs["parts"]), line
    return len(told)


def test_twilios_calculator_agrees_on_20_000_random_texts(ask: Ask) -> None:
    assert agree(ask, texts(20_000)) == 20_000


ODD = (
    "🇽🇦\ufe0f\u0327" * 30,  # a flag with two marks
    "👍\ufe0f\ufe0f🏽" * 30,  # a tone behind two marks
    "👩\ufe0f\u200d👩🏽" * 30,  # and behind a joined person
    "é" * 60 + "👩" + "\u200d👩" * 20 + "e" + "👨" + "\u200d👨" * 30,  # signs that fill a part each
)


def test_twilios_calculator_agrees_on_odd_signs(ask: Ask) -> None:
    assert agree(ask, [text for text in ODD for _ in range(2)]) == 2 * len(ODD)


def test_twilios_calculator_agrees_on_the_vectors(ask: Ask) -> None:
    vectors = json.loads((DATA / "segment_vectors.json").read_text("utf-8"))["vectors"]
    assert agree(ask, [vector["text"] for vector in vectors for _ in range(2)]) == 72


def test_twilios_calculator_agrees_on_every_phrase_as_sent(ask: Ask) -> None:
    script = assemble.script_of(settings.FLOWS, settings.LOCALES, fold)
    phrases = sorted({text for phrases in script.phrases.values() for text in phrases.values()})
    assert len(phrases) > 100
    assert agree(ask, [plain(text) for text in phrases] + phrases) == 2 * len(phrases)


def test_twilio_node_signs_what_we_accept(ask: Ask) -> None:
    data = json.loads((DATA / "signature_vectors.json").read_text("utf-8"))
    asked = [
        (data["auth_token"], vector["url"], [tuple(pair) for pair in vector["form"]]) for vector in data["vectors"]
    ]
    chance = random.Random(11)
    for _ in range(2000):
        word = lambda: "".join(chance.choice("abcABC ë💙&=+%\n0") for _ in range(chance.randint(0, 9)))  # noqa: E731
        form = [
            (chance.choice(["Body", "From", "Reason", "ReasonX"]) + word()[:1], word())
            for _ in range(chance.randint(1, 9))
        ]
        query = chance.choice(["", "?a=b", "?a=%2F&b=c%20d"])
        asked.append((f"token{chance.random()}", f"https://help.example.org/twilio/message{query}", form))
    lines = [{"token": token, "url": url, "form": _grouped(form)} for token, url, form in asked]
    for (token, url, form), signature in zip(asked, ask("sign.js", lines), strict=True):
        assert valid(url, form, signature, (token,)), (url, form)
        assert not valid(url, form, signature, (token + "x",))


def _grouped(form: list[tuple[str, str]]) -> dict[str, str | list[str]]:
    """As a web framework for Node hands a form on: a list only where a name is repeated."""
    values: dict[str, list[str]] = {}
    for name, value in form:
        values.setdefault(name, []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}
