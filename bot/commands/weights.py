"""`python -m bot weights`: what is learned from word lists and labelled messages, written to `locales/weights.json`.

Owns: which messages are learned from, and where an alarm and the question begin. Never: the sums (they are in
`understanding/learning`). Run it after changing the lexicon; it takes some seconds and gives the same file every time.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec

from bot.authoring import lexicon
from bot.settings import LOCALES
from bot.understanding.folding import fold
from bot.understanding.learning import Sample, held_out, languages, opinion, weights_of
from bot.understanding.lexicon import Lexicon, Weights
from bot.understanding.meaning import NEEDS
from bot.understanding.need_learning import learn
from bot.understanding.need_opinion import NeedWeights
from bot.understanding.opinion import SHARE, grams_of
from bot.understanding.places import PlaceNames
from bot.understanding.reader import Reader
from bot.understanding.weighing import PREFIX

HELP = "learn again from the word lists and the labelled messages how much words weigh"
MESSAGES = Path("tests/data/understanding")
LEARNED = ("pairs_*.jsonl", "seen*.jsonl", "more_*.jsonl")  # never the dev set: it stays a check
NEEDS_ONLY = "needs_*.jsonl"  # what needs alone are learned from: with them danger was told apart less well
HARM = ("domestic_violence", "child_at_risk", "trafficking_exploitation", "labour_exploitation", "suicide_self_harm")
NEVER = ("immediate_danger",)  # only a line, or the weighing of danger, tells it
ALARMED, ASKED = 0.035, 0.12  # of harmless messages that were held out; sayings and "not" still take some of them back
DOUBT = 0.3  # so far below an alarm a long message is asked, though a line found danger in it
HUSH = 1.7  # so far below it is not even asked: all else in it speaks against danger
LASTING = 0.3  # how much a message of harm that does not happen now counts as one of no danger now

EVERYDAY = (
    "education_training", "family_support", "legal_aid", "job_income", "housing", "return_migration",
    "prevention_info", "counselling", "online_abuse", "text_only", "no_call", "no_text_after", "personal",
)  # fmt: skip
PAIR, WORD, SAID = "&", "=", ">"  # marks, so that a word and a group of the same name are two
BETWEEN = 5e-5  # no sum of weights ends so: none lies on an edge, where the order of adding would decide
LIGHT = 0.02  # lighter pairs and words are left out

Told = tuple[str, str]  # a message and its risk: now, ongoing, none
Labelled = tuple[str, dict[str, Any]]  # a message and its labels


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where the word lists and the messages are."""
    parser.add_argument("--locales", type=Path, default=LOCALES, help="the folder of the languages")
    parser.add_argument("--messages", type=Path, default=MESSAGES, help="the folder with labelled messages")


def run(args: argparse.Namespace) -> int:
    """Learns and writes, and says what the weights do to messages that they were not learned from."""
    rows = list(labelled(args.messages))
    more = list(labelled(args.messages, patterns=(NEEDS_ONLY,)))
    words, share = taught(lexicon.load(args.locales), rows, more)
    path = args.locales / "weights.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(words.weights), indent=0) + b"\n")
    cues, grams = len(words.weights.cues), len(words.weights.grams)
    print(f"{path}: {len(rows)} messages, {cues} groups of words, {grams} runs of letters.")
    print(f"Of danger now, held out: {share:.3f} by weights alone with {ALARMED:.0%} false alarms.")
    path = args.locales / "need_weights.json"
    path.write_bytes(msgspec.json.encode(words.need_weights).replace(b"]],", b"]],\n") + b"\n")
    print(f"{path}: {len(rows) + len(more)} messages, {len(words.need_weights.sums)} words, stems and classes.")
    return 0


def taught(words: Lexicon, rows: Sequence[Labelled], more: Sequence[Labelled]) -> tuple[Lexicon, float]:
    """The word lists with weights learned from them and from labelled messages, and what `learned` says of danger.

    more: messages that only needs are learned from.
    """
    bare = msgspec.structs.replace(words, weights=Weights(), need_weights=NeedWeights())
    weights, share = learned(bare, [(text, labels["risk"]) for text, labels in rows])
    weighed = msgspec.structs.replace(bare, weights=weights)
    reader = Reader(weighed, PlaceNames.build(()), {})
    samples = [(reader.counted(text), needs) for text, needs in needed(weighed, reader, [*rows, *more])]
    needs = learn(samples, [need for need in NEEDS if need not in NEVER], frozenset(HARM))
    return msgspec.structs.replace(weighed, need_weights=needs), share


def learned(words: Lexicon, told: Sequence[Told]) -> tuple[Weights, float]:
    """The weights, and how much danger they alone find among messages that were held out."""
    reader = Reader(words, PlaceNames.build([]), {})
    known: list[Sample] = [(weighed(reader, text), now, share) for text, now, share in plain(words)]
    runs: list[Sample] = [(grams_of(fold(text)), harm, 1.0) for text, harm in lines(words)]
    first, begin = len(known), len(runs)
    known.extend((weighed(reader, text), risk == "now", LASTING if risk == "ongoing" else 1.0) for text, risk in told)
    runs.extend((grams_of(fold(text)), risk != "none", 1.0) for text, risk in told)
    alone = held_out(known, weights_of, range(first, len(known)))
    letters = held_out(runs, opinion, range(begin, len(runs)))
    harmless = [at for at, (_, risk) in enumerate(told) if risk == "none"]
    now = [at for at, (_, risk) in enumerate(told) if risk == "now"]
    alarm = _edge([alone[first + at] for at in harmless], ALARMED)
    found = sum(alone[first + at] >= alarm for at in now)
    ask = _edge([alone[first + at] + SHARE * letters[begin + at] for at in harmless], ASKED)
    bias, grams = opinion(runs)
    edges = Weights(
        alarm=alarm, doubt=round(alarm - DOUBT, 5), hush=round(alarm - HUSH, 5), ask=ask, bias=bias, grams=grams
    )
    edges = msgspec.structs.replace(edges, albanian=languages(words))
    return _sorted(edges, words, *weights_of(known)), found / max(1, len(now))


def weighed(reader: Reader, text: str) -> frozenset[str]:
    """All that is weighed of one message, each kind with its mark."""
    groups, words, said = reader.weighed(text)
    pairs = (f"{one}{PAIR}{other}" for one, other in combinations(sorted(groups), 2))
    return frozenset([*groups, *pairs, *(WORD + word for word in words), *(SAID + group for group in said)])


def _sorted(edges: Weights, words: Lexicon, bias: float, weights: Mapping[str, float]) -> Weights:
    """The weights of `weighed`, each kind in its place."""
    pairs: dict[str, dict[str, float]] = {}
    for name, weight in weights.items():
        if PAIR in name and abs(weight) >= LIGHT:
            one, _, other = name.partition(PAIR)
            pairs.setdefault(one, {})[other] = weight
    return msgspec.structs.replace(
        edges,
        cue_bias=bias,
        cues={name: weights.get(name, 0.0) for name in sorted(words.classes) if name.startswith(PREFIX)},
        pairs=pairs,
        words={name[1:]: weight for name, weight in weights.items() if name[0] == WORD and abs(weight) >= LIGHT},
        said={name[1:]: weight for name, weight in weights.items() if name[0] == SAID},
    )


def _edge(scores: Sequence[float], share: float) -> float:
    """The score that no more than a share of these reaches."""
    ranked = sorted(scores, reverse=True)
    return round(round(ranked[int(len(ranked) * share)] + 0.01, 2) + BETWEEN, 5) if ranked else 1e9


def needed(words: Lexicon, reader: Reader, rows: Iterable[Labelled]) -> Iterator[tuple[str, frozenset[str]]]:
    """Messages with the needs that they tell of."""
    for line in words.lines:
        if line.level not in ("sign", "wish"):
            own = {line.group} if line.level == "need" else set()
            yield line.example, frozenset({*own, *reader.read(line.example).needs})
    for saying in words.sayings:
        yield saying.words, frozenset()
    for text, labels in rows:
        if "needs" in labels:
            yield text, frozenset(labels["needs"])


def plain(words: Lexicon) -> Iterator[tuple[str, bool, float]]:
    """The examples of the lexicon that are danger now, harm that may last, or surely none; and how much each counts."""
    for line in words.lines:
        if line.level in ("now", "harmless", "wish") or line.group in EVERYDAY:
            yield line.example, line.level == "now", 1.0
        elif line.level == "need" and line.group in HARM:
            yield line.example, False, LASTING


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


def labelled(folder: Path, without: str = "", patterns: Sequence[str] = LEARNED) -> Iterator[Labelled]:
    """Every message that is learned from, with its labels; none where the files are not at hand.

    Files whose names begin with `without` are left out, so that what was not learned from can be measured.
    """
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            for row in () if without and path.name.startswith(without) else path.read_bytes().splitlines():
                told = msgspec.json.decode(row)
                yield told["text"], told["labels"]
