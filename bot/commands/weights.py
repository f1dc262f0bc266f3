"""`python -m bot weights`: what is learned from the word lists, written to `locales/weights.json`.

Owns: which messages are learned from, and where the second opinion begins to ask. Never: the sums (they are in
`understanding/learning`). Run it after changing the lexicon; it takes some seconds and gives the same file every time.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bot.authoring import lexicon
from bot.settings import LOCALES
from bot.understanding.learning import languages, opinion
from bot.understanding.lexicon import Lexicon, Weights

HELP = "learn again from the word lists which letters are Albanian and which sound like danger"
PAIRS = Path("tests/data/understanding")
ASK = 0.0  # score from which on the second opinion asks: one in twenty harmless messages it has not learned from
HARM = ("domestic_violence", "child_at_risk", "trafficking_exploitation", "labour_exploitation", "suicide_self_harm")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where the word lists and the pairs are."""
    parser.add_argument("--locales", type=Path, default=LOCALES, help="the folder of the languages")
    parser.add_argument("--pairs", type=Path, default=PAIRS, help="the folder with pairs_*.jsonl to learn from")


def run(args: argparse.Namespace) -> int:
    """Learns and writes."""
    words = lexicon.load(args.locales)
    samples = [*lines(words), *pairs(args.pairs)]
    bias, grams = opinion(samples)
    weights = Weights(bias=bias, ask=ASK, grams=grams, albanian=languages(words))
    path = args.locales / "weights.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(weights), indent=0) + b"\n")
    print(f"{path}: {len(samples)} messages, {len(grams)} runs of letters, {len(weights.albanian)} for the language.")
    return 0


def lines(words: Lexicon) -> Iterator[tuple[str, bool]]:
    """The examples of the lexicon: danger and harm against everyday sayings, plain needs and short answers."""
    for line in words.lines:
        if line.level in ("now", "ask"):
            yield line.example, True
        elif line.level == "harmless":
            yield line.example, False
        elif line.level == "need" and line.group != "supporter":
            yield line.example, line.group in HARM
    for saying in words.sayings:
        yield saying.words, False


def pairs(folder: Path) -> Iterator[tuple[str, bool]]:
    """The minimal pairs, where they are at hand: danger and lasting harm against the harmless."""
    for path in sorted(folder.glob("pairs_*.jsonl")):
        for row in path.read_bytes().splitlines():
            told = msgspec.json.decode(row)
            yield told["text"], told["labels"]["risk"] != "none"
