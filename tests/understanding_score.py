"""How well messages are understood: the measures, and `python -m tests.understanding_score` that prints them.

All of them have been seen while the lexicon was written, and but for the dev set and the kept ones the weights were
learned from them.
"""

from __future__ import annotations

import gc
import json
import math
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from bot.commands.explain import Shelf, shelf
from bot.commands.understand import told, urgent_needs
from bot.directory.places import Places
from bot.understanding.folding import fold
from bot.understanding.places import ORDER, PlaceName

DATA = Path(__file__).parent / "data" / "understanding"
# Seat and municipality are one place; words that are no evidence of a language.
SAME = {"peshkopi": "diber", "rreshen": "mirdite", "bajram curri": "tropoje", "krume": "has", "ballsh": "mallakaster",
        "corovode": "skrapar", "bilisht": "devoll", "erseke": "kolonje", "burrel": "mat", "koplik": "malesi e madhe",
        "lac": "kurbin", "prrenjas": "perrenjas"}  # fmt: skip
SEEN_FILES = (
    "seen_danger.jsonl", "seen_general.jsonl", "seen2_danger.jsonl", "seen2_mix.jsonl", "seen3_danger.jsonl",
    "seen3_mix.jsonl",
)  # fmt: skip
# Never learned from, as the dev set.
KEPT_FILES = (
    "kept_manner.jsonl", "kept_second.jsonl", "kept_mix.jsonl", "kept_danger.jsonl", "kept_indirect.jsonl",
)  # fmt: skip
PAIR_FILES = sorted(path.name for path in DATA.glob("pairs_*.jsonl"))
NEUTRAL = frozenset(["ok", "stop", "sos", "start", "info", "menu", "operator", "restart", "test", "quit", "qwerty"])
Row = dict[str, Any]


@cache
def real() -> Shelf:
    """The reader as it is, built once in a process."""
    made = shelf()
    gc.freeze()
    return made


def rows(name: str) -> list[Row]:
    """The labelled messages of one file."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines() if line]


def read(messages: list[Row], books: Shelf | None = None) -> list[Row]:
    """What `python -m bot understand` says of each."""
    books = books or real()
    urgent = urgent_needs(books.data)
    return [told(books, books.reader.read(row["text"]), urgent) for row in messages]


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not of:
        return (0.0, 1.0)
    share, z = hits / of, 1.96
    middle = share + z * z / (2 * of)
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (max(0.0, (middle - reach) / (1 + z * z / of)), min(1.0, (middle + reach) / (1 + z * z / of)))


def measures(gold: list[Row], said: list[Row]) -> dict[str, tuple[int, int]]:
    """Measure -> (hits, of how many); for F1 (2·right, 2·right + wrong + missed)."""
    pairs = list(zip(gold, said, strict=True))
    now = [(row, told_) for row, told_ in pairs if row["labels"]["danger"]]
    harmless = [(row, told_) for row, told_ in pairs if row["labels"]["risk"] == "none"]
    needs = Counter[str]()
    places = Counter[str]()
    for row, told_ in pairs:
        _count(needs, set(row["labels"]["needs"]), set(told_["needs"]))
        _count(places, _place(row["labels"]["place"]), _place(told_["place"]))
    spoken = [(row, told_) for row, told_ in pairs if _speaks(row)]
    disclosed = [told_ for row, told_ in pairs if row["labels"]["risk"] != "none"]
    return {
        "danger: alarm": (sum(said_["danger"] for _, said_ in now), len(now)),
        "danger: alarm or question": (sum(said_["danger"] or said_["ask_safety"] for _, said_ in now), len(now)),
        "alarms on harmless": (sum(said_["danger"] for _, said_ in harmless), len(harmless)),
        "needless questions": (
            sum(said_["ask_safety"] and not said_["danger"] for _, said_ in harmless),
            len(harmless),
        ),
        "disclosures read as a command": (
            sum(said_["command"] not in (None, "help", "contact_wish") for said_ in disclosed),
            len(disclosed),
        ),
        "needs, micro-F1": (2 * needs["right"], 2 * needs["right"] + needs["wrong"] + needs["missed"]),
        "places, F1": (2 * places["right"], 2 * places["right"] + places["wrong"] + places["missed"]),
        "language": (sum(row["lang"] == said_["lang"] for row, said_ in spoken), len(spoken)),
        "intent": (sum(row["labels"]["intent"] == said_["intent"] for row, said_ in pairs), len(pairs)),
    }


def _count(counts: Counter[str], wanted: set[str], got: set[str]) -> None:
    counts.update(right=len(wanted & got), wrong=len(got - wanted), missed=len(wanted - got))


def _place(name: str | None) -> set[str]:
    """A town or village counts as its municipality: some authors labelled the one, some the other."""
    if not name:
        return set()
    if name.startswith("abroad"):
        return {name.lower()}
    folded = fold(name.replace("-", " "))
    return {_municipalities().get(folded) or SAME.get(folded, folded)}


@cache
def _municipalities() -> dict[str, str]:
    """The folded name of a town or village -> that of its municipality, where towns or all places of the name lie in
    one."""
    within: dict[str, set[tuple[int, str]]] = {}
    for row in Places((real().data / "places.csv").read_text(encoding="utf-8")).names():
        name = PlaceName(*row)
        folded, municipality = (fold(one.replace("-", " ")) for one in (name.forms[0], name.municipality))
        within.setdefault(folded, set()).add((min(ORDER.get(name.kind, 9), 2), municipality))
    big = {name: [place for order, place in found if order == min(found)[0]] for name, found in within.items()}
    return {name: found[0] for name, found in big.items() if len(found) == 1 and name not in SAME.values()}


def _speaks(row: Row) -> bool:
    letters = any(char.isalpha() for char in row["text"])
    return letters and row["lang"] in ("sq", "en") and fold(row["text"]) not in NEUTRAL


def table(name: str, books: Shelf | None = None) -> str:
    """The measures of one file, with their intervals."""
    gold = rows(name)
    lines = [f"{name}: {len(gold)} messages"]
    for measure, (hits, of) in measures(gold, read(gold, books)).items():
        low, high = wilson(hits, of)
        lines.append(f"  {measure:32s} {hits / of if of else 0:6.3f}   {low:.3f}–{high:.3f}   {hits}/{of}")
    return "\n".join(lines)


if __name__ == "__main__":
    named = sys.argv[1:] or ["devset.jsonl", *KEPT_FILES, *SEEN_FILES, *PAIR_FILES]
    for file in named:
        print(table(file))
