"""Patterns: how a line of the lexicon says which words matter, and how a message is searched for all of them at once.

Owns: the little pattern language and its index. Never: what a match means (`danger`, `needs`), any word of a language.

    burri rreh*        words in this order; up to two others may stand between; `*` is any ending
    nuk|s|jo_nuk       `|` one of these; `_` makes a phrase of words that stand side by side
    {partner} {hits}   `{…}` one word of a class (classes.toml)
    thike ... dore     `...` up to six other words
    {hits} & femij*    `&` both somewhere in the message, in any order
    ^ ndihme $         `^` the message begins here, `$` it ends here
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from bot.understanding.folding import fold
from bot.understanding.lexicon import Line

GAP: Final = 2  # other words that may stand between two words of a pattern
WIDE: Final = 6  # the same for `...`
_EDGE_START: Final = "\x02"
_EDGE_END: Final = "\x03"


Row = tuple[tuple[int, int], ...]


class Rule(msgspec.Struct, frozen=True):
    """One compiled pattern: parts in any order, each a row of (element, words that may stand before it)."""

    line: Line
    parts: tuple[Row, ...]
    elements: frozenset[int]
    anchors: tuple[int, ...]  # for each part the position of its rarest element
    guarded: bool  # a "not" around it takes it back; false where the pattern holds a "not" itself


class Match(msgspec.Struct, frozen=True):
    """One rule found in a message, with the positions of its words."""

    rule: Rule
    at: tuple[int, ...]


class Tokens(msgspec.Struct, frozen=True):
    """A message as words, with the elements that each word is, and the marks before it."""

    words: tuple[str, ...]
    elements: tuple[frozenset[int], ...]
    breaks: frozenset[int]  # positions of words that stand behind a stop or a comma
    lengths: Mapping[tuple[int, int], int]  # (position, element) -> words, where an element is a phrase


Phrase = tuple[tuple[tuple[str, bool], ...], int]  # (word, whether any ending will do) behind the first, element


class Vocabulary:
    """Which elements a word is: whole words, stems, and phrases of several words."""

    def __init__(self) -> None:
        self.exact: dict[str, set[int]] = {}
        self.stems: dict[str, set[int]] = {}
        self.lengths: tuple[int, ...] = ()
        self.phrases: dict[str, list[Phrase]] = {}  # by their first word
        self.open_phrases: dict[str, list[Phrase]] = {}  # by the stem they begin with
        self.open_lengths: tuple[int, ...] = ()

    def add(self, form: str, element: int) -> None:
        """One alternative of an element: "burri", "rreh*", "im shoq" or "ne rrezik*"."""
        first, *rest = ((fold(word) or word.strip("*"), word.endswith("*")) for word in form.replace("_", " ").split())
        word, is_stem = first
        if rest:
            book = self.open_phrases if is_stem else self.phrases
            book.setdefault(word, []).append((tuple(rest), element))
            self.open_lengths = tuple(sorted({len(stem) for stem in self.open_phrases}))
        elif is_stem:
            self.stems.setdefault(word, set()).add(element)
            self.lengths = tuple(sorted({len(stem) for stem in self.stems}))
        else:
            self.exact.setdefault(word, set()).add(element)

    def of(self, word: str) -> frozenset[int]:
        """Every element that a single word is."""
        found = set(self.exact.get(word, ()))
        size = len(word)
        for length in self.lengths:
            if length > size:
                break
            hit = self.stems.get(word[:length])
            if hit:
                found |= hit
        return frozenset(found)

    def means(self, word: str) -> bool:
        """Whether the lexicon surely means a word, which does not only begin like one: "shkalle", not "golem"."""
        return word in self.exact or any(
            word[: len(word) - cut] in self.stems for cut in range(4) if len(word) - cut > 4
        )

    def phrases_at(self, words: Sequence[str], at: int) -> list[tuple[int, int]]:
        """The (element, words) of every phrase that begins at a word."""
        word = words[at]
        found = []
        for rest, element in self.phrases.get(word, ()):
            if _follows(rest, words, at + 1):
                found.append((element, len(rest) + 1))
        for length in self.open_lengths:
            if length > len(word):
                break
            for rest, element in self.open_phrases.get(word[:length], ()):
                if _follows(rest, words, at + 1):
                    found.append((element, len(rest) + 1))
        return found


def _follows(rest: tuple[tuple[str, bool], ...], words: Sequence[str], at: int) -> bool:
    if at + len(rest) > len(words):
        return False
    return all(
        words[at + index].startswith(word) if is_stem else words[at + index] == word
        for index, (word, is_stem) in enumerate(rest)
    )


class Index:
    """All patterns, found in a message in one go. Built once; searching changes nothing."""

    def __init__(self, lines: Iterable[Line], classes: Mapping[str, Sequence[str]], nots: frozenset[str]) -> None:
        self._classes = classes
        self._nots = nots
        self._ids: dict[str, int] = {}
        self.vocabulary = Vocabulary()
        drafts = [(line, self._parts(line.pattern)) for line in lines]
        for name in classes:
            self._ids.setdefault(f"{{{name}}}", len(self._ids))
        for text, element in self._ids.items():
            for form in self._forms(text):
                self.vocabulary.add(form, element)
        self._known: dict[str, frozenset[int]] = {}
        common: Counter[int] = Counter()
        for line, _ in drafts:
            for word in fold(line.example).split():
                common.update(self.elements(word))
        self.rules = tuple(self._rule(line, parts, common) for line, parts in drafts)
        self._by_anchor: dict[int, list[Rule]] = {}
        for rule in self.rules:
            rarest = min(
                (part[anchor][0] for part, anchor in zip(rule.parts, rule.anchors, strict=True)),
                key=lambda element: common[element],
            )
            self._by_anchor.setdefault(rarest, []).append(rule)

    def class_element(self, name: str) -> int:
        """The element that a word is if it belongs to a class."""
        return self._ids[f"{{{name}}}"]

    def _forms(self, text: str) -> list[str]:
        forms: list[str] = []
        for part in text.split("|"):
            if part.startswith("{"):
                for row in self._classes[part[1:-1]]:
                    forms.extend(self._forms(row))
            elif part in "^$":
                forms.append(_EDGE_START if part == "^" else _EDGE_END)
            else:
                forms.append(part)
        return forms

    def _parts(self, pattern: str) -> list[list[tuple[int, int]]]:
        parts: list[list[tuple[int, int]]] = [[]]
        gap = GAP
        for piece in pattern.split():
            if piece == "&":
                parts.append([])
            elif piece == "...":
                gap = WIDE
                continue
            else:
                element = self._ids.setdefault(piece, len(self._ids))
                near = 0 if piece == "$" or self._is_edge(parts[-1]) else gap
                parts[-1].append((element, near))
            gap = GAP
        return [part for part in parts if part]

    def _is_edge(self, part: list[tuple[int, int]]) -> bool:
        return len(part) == 1 and part[0][0] == self._ids.get("^")

    def _rule(self, line: Line, parts: list[list[tuple[int, int]]], common: Counter[int]) -> Rule:
        rows = tuple(tuple(part) for part in parts)
        anchors = tuple(min(range(len(row)), key=lambda at: common[row[at][0]]) for row in rows)
        elements = frozenset(element for row in rows for element, _ in row)
        holds_not = any(self._is_not(part.split(), line.level != "need") for part in line.pattern.split(" & "))
        return Rule(line, rows, elements, anchors, not holds_not)

    def _is_not(self, pieces: Sequence[str], strict: bool) -> bool:
        """Whether a part is about a "not": "nuk dal"; strictly not where "nuk" is one of many words."""
        for piece in pieces:
            if piece == "...":
                continue
            forms = [fold(form.replace("_", " ")).split() for form in self._forms(piece)]
            held = sum(not self._nots.isdisjoint(form) for form in forms)
            alone = strict and (len(pieces) == 1 or "{" in piece)
            if held and (not alone or 2 * held >= len(forms)):
                return True
        return False

    def elements(self, word: str) -> frozenset[int]:
        """The elements of one folded word."""
        known = self._known.get(word)
        return self.vocabulary.of(word) if known is None else known

    def learn(self, words: Iterable[str]) -> None:
        """Looks words up once, before any message comes."""
        for word in words:
            self._known[word] = self.vocabulary.of(word)

    def tokens(self, words: Sequence[str], breaks: frozenset[int]) -> Tokens:
        """Words with their elements, the edges of the message included."""
        framed = (_EDGE_START, *words, _EDGE_END)
        known, of = self._known, self.vocabulary.of
        elements = [known[word] if word in known else of(word) for word in framed]
        lengths: dict[tuple[int, int], int] = {}
        for at in range(len(framed)):
            for element, length in self.vocabulary.phrases_at(framed, at):
                if element not in elements[at]:
                    elements[at] |= {element}
                    lengths[at, element] = length
                elif (at, element) in lengths:
                    lengths[at, element] = min(length, lengths[at, element])
        return Tokens(framed, tuple(elements), breaks, lengths)

    def find(self, tokens: Tokens, masked: frozenset[int] = frozenset()) -> list[Match]:
        """Every rule that the message holds; words at `masked` positions count as unread."""
        places: dict[int, list[int]] = {}
        for at, elements in enumerate(tokens.elements):
            if at not in masked:
                for element in elements:
                    if not masked or at + tokens.lengths.get((at, element), 1) - 1 not in masked:
                        places.setdefault(element, []).append(at)
        present = places.keys()
        found = []
        for element in places:
            for rule in self._by_anchor.get(element, ()):
                if rule.elements <= present:
                    where = _where(rule, places, tokens.lengths)
                    if where:
                        found.append(Match(rule, where))
        return found


Places = Mapping[int, list[int]]
Lengths = Mapping[tuple[int, int], int]


def _where(rule: Rule, places: Places, lengths: Lengths) -> tuple[int, ...]:
    """The positions of all words of a rule, or () where they do not stand as it wants."""
    at: set[int] = set()
    for part, anchor in zip(rule.parts, rule.anchors, strict=True):
        for start in places[part[anchor][0]]:
            row = _row(part, anchor, start, places, lengths)
            if row:
                at.update(row)
                break
        else:
            return ()
    return tuple(sorted(at))


def _row(part: Row, anchor: int, start: int, places: Places, lengths: Lengths) -> list[int]:
    """The positions of one part around the place of its rarest element, or []."""
    last = start + lengths.get((start, part[anchor][0]), 1) - 1
    row = list(range(start, last + 1))
    for element, gap in part[anchor + 1 :]:
        at = next((at for at in places[element] if last < at <= last + 1 + gap), -1)
        if at < 0:
            return []
        last = at + lengths.get((at, element), 1) - 1
        row.extend(range(at, last + 1))
    first = start
    for index in range(anchor - 1, -1, -1):
        element, gap = part[index][0], part[index + 1][1]
        for at in reversed(places[element]):
            end = at + lengths.get((at, element), 1) - 1
            if first - 1 - gap <= end < first:
                break
        else:
            return []
        row.extend(range(at, end + 1))
        first = at
    return row
