"""Whatever is typed, a reading comes back: in bounded time, the same each time, and only with words of closed lists."""

from __future__ import annotations

import random
import time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from understanding_score import PAIR_FILES, real, rows

from bot.dialogue.reading import COMMANDS, INTENTS, Expecting, Reading
from bot.understanding.meaning import NEEDS
from bot.understanding.reader import Reader

CI = 50_000
LONG = 1_000_000
ODD = "\u200b\u202e\ufeff\u0301\u0000\ud83d’`ëËçÇ１²①🙏🏽🔪ﷺ\U0001d5d4"
CHOICE = Expecting(asks="choice", step="menu.first", choices=(("yes", frozenset({"po"})), ("no", frozenset({"jo"}))))
PLACE = Expecting(asks="place", step="place.ask", offered=("m-lezhe", "m-lushnje"))


@cache
def reader() -> Reader:
    return real().reader


@cache
def words() -> tuple[str, ...]:
    return tuple(sorted({word for name in PAIR_FILES for row in rows(name) for word in row["text"].split()}))


def text(dice: random.Random) -> str:
    """Letters of anywhere, or words that people do type, in any order and with slips."""
    if dice.random() < 0.4:
        ranges = ((32, 127), (32, 0x24F), (0x20, 0x2FFF), (0x1F300, 0x1FAFF))
        return "".join(chr(dice.randrange(*dice.choice(ranges))) for _ in range(dice.randrange(120)))
    said = dice.choices(words(), k=dice.randrange(1, 25))
    if dice.random() < 0.3:
        said.insert(dice.randrange(len(said)), dice.choice(ODD) * dice.randrange(1, 9))
    joined = dice.choice((" ", "", "  ", "\n", ", ")).join(said)
    return joined.upper() if dice.random() < 0.1 else joined


def sound(reading: Reading) -> bool:
    """Whether every field is of its closed list."""
    return (
        reading.intent in INTENTS
        and reading.command in {"", *COMMANDS}
        and reading.language in ("", "sq", "en", "mixed")
        and reading.danger in ("none", "ask", "now")
        and set(reading.needs) <= set(NEEDS)
        and ("immediate_danger" in reading.needs) == (reading.danger == "now")
        and reading.place.kind in ("none", "one", "which", "abroad", "unknown")
        and (reading.place.kind != "which" or 2 <= len(reading.place.ids) <= 6)
    )


def run(times: int, seed: int) -> None:
    dice = random.Random(seed)
    for number in range(times):
        asked = text(dice)
        expecting = (Expecting(), CHOICE, PLACE)[number % 3]
        assert sound(reader().read(asked, expecting)), asked


def test_fifty_thousand_random_strings() -> None:
    run(CI, seed=20261125)


@pytest.mark.long
def test_a_million_random_strings() -> None:
    run(LONG, seed=4)


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_a_reading_is_the_same_twice(anything: str) -> None:
    assert reader().read(anything) == reader().read(anything)
    assert sound(reader().read(anything))


@pytest.mark.parametrize("piece", ["burri me rreh ", "a", "ﷺ", "\U0001d5d4", "\u0301", "nuk ", "n'", "1️⃣", "'"])
def test_a_megabyte_costs_no_more_than_its_first_thousand_characters(piece: str) -> None:
    huge = piece * (1_000_000 // len(piece.encode()) + 1)
    assert reader().read(huge) == reader().read(huge[:1000])
    spent = []
    for _ in range(3):
        start = time.thread_time()
        reader().read(huge)
        spent.append(time.thread_time() - start)
    assert min(spent) < 0.02
