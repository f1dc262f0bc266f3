"""The lexicon: the word lists of every language, as values.

Owns: the types. Never: reading files (`authoring/lexicon` does), matching (`patterns`), a list of words in Python.
All languages are read at once, so one lexicon holds them all; `Line.language` says where a line stands.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bot.understanding.need_opinion import NeedWeights


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a word list: an example, and the pattern of words by which it is known."""

    example: str  # a message as somebody might type it: the line's own test
    pattern: str  # see `patterns`
    level: str  # now | ask | harmless | sign | need | wish
    group: str  # a code of data/needs.toml, or the kind of danger, idiom or sign
    dialect: str  # standard | gheg | tosk | loan | english
    language: str  # sq | en


class Saying(msgspec.Struct, frozen=True, kw_only=True):
    """A whole message with one fixed meaning."""

    words: str  # folded
    kind: str  # command | yes | no | number | ordinal
    value: str = ""  # the command
    number: int = -1  # 0..99
    language: str = ""


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """What is learned: how much each group of words weighs, and the small second opinion on runs of letters."""

    cue_bias: float = 0.0
    cues: Mapping[str, float] = {}  # group of words -> what it adds to the weight of a message
    pairs: Mapping[str, Mapping[str, float]] = {}  # group -> group that sorts behind it -> what both add together
    words: Mapping[str, float] = {}  # word or stem ("rreht*") -> the same
    said: Mapping[str, float] = {}  # what lines of the lexicon said ("now.violence", "taken back") -> the same
    alarm: float = 1e9  # a weight from here on is an alarm without a line that says so
    doubt: float = -1e9  # below it a longer message is only asked, although a line says that it is danger
    hush: float = -1e9  # below it a longer message is not even asked where a line only doubts
    ask: float = 1e9  # weight and second opinion together from here on: is the person safe?
    bias: float = 0.0
    grams: Mapping[str, float] = {}
    albanian: Mapping[str, float] = {}  # runs of letters -> how much more Albanian than English they are


class Lexicon(msgspec.Struct, frozen=True, kw_only=True):
    """Every word list. Keys and words are folded."""

    lines: tuple[Line, ...] = ()
    classes: Mapping[str, tuple[str, ...]] = {}  # name -> words, stems ("rreh*") and phrases, all languages together
    sayings: tuple[Saying, ...] = ()  # commands, yes, no, number words
    polite: Mapping[str, str] = {}  # words that may stand around a short answer -> their language, "" for several
    counters: Mapping[str, str] = {}  # words before a number that is a choice ("nr", "opsioni") -> the same
    shorthand: Mapping[str, str] = {}  # "flm" -> "faleminderit"
    short_not: tuple[str, ...] = ()  # verbs that grow together with "s'": "kam" for "skam"
    implies: Mapping[str, tuple[str, ...]] = {}  # kind of danger -> needs that go with it
    implies_with: Mapping[str, Mapping[str, tuple[str, ...]]] = {}  # class -> kind -> needs, where one of it is named
    nots: frozenset[str] = frozenset()  # "nuk", "not": takes a rule back
    joints: frozenset[str] = frozenset()  # "qe", "because": where a "not" no longer reaches
    hints: Mapping[str, frozenset[str]] = {}  # language -> words that only that language has
    place_words: Mapping[str, frozenset[str]] = {}  # in | from | now | not_before | ordinary …: cues around a name
    aliases: Mapping[str, str] = {}  # "tr" -> "tirane": only as the whole message
    spellings: Mapping[str, str] = {}  # "valona" -> "vlore", "laprake" -> "tirane": anywhere in a message
    countries: Mapping[str, str] = {}  # folded name of a country or a big city abroad -> ISO 3166-1 alpha-2
    abroad: Mapping[str, str] = {}  # those of `countries` that one language alone calls so -> that language
    weights: Weights = Weights()
    need_weights: NeedWeights = NeedWeights()
