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

from bot.understanding.folding import bare, letters
from bot.understanding.lexicon import Line
from bot.understanding.vocabulary import Vocabulary

GAP: Final = 2  # other words that may stand between two words of a pattern
WIDE: Final = 6  # the same for `...`
_EDGE_START: Final = "\x02"
_EDGE_END: Final = "\x03"


Row = tuple[tuple[int, int], ...]
Places = dict[int, list[int]]
Spans = Mapping[int, list[tuple[frozenset[int], int]]]


class Rule(msgspec.Struct, frozen=True, eq=False):
    """One compiled pattern: parts in any order, each a row of (element, words that may stand before it)."""

    line: Line
    parts: tuple[Row, ...]
    mask: int  # all its elements as bits
    elements: frozenset[int]
    anchors: tuple[int, ...]  # for each part the position of its rarest element
    guarded: bool  # a "not" around it takes it back; false where the pattern holds a "not" itself


class Match(msgspec.Struct, frozen=True, eq=False):
    """One rule found in a message, with the positions of its words."""

    rule: Rule
    at: tuple[int, ...]


class Tokens(msgspec.Struct, frozen=True, eq=False):
    """A message as words, with the elements that each word is, and the marks before it."""

    words: tuple[str, ...]
    elements: tuple[frozenset[int], ...]
    breaks: frozenset[int]  # positions of words that stand behind a stop or a comma
    spans: Spans  # position -> (elements, words) of the phrases that begin there and are no single word
    mask: int  # every element of the message as bits


class Index:
    """All patterns, found in a message in one go. Built once; searching changes nothing."""

    def __init__(self, lines: Iterable[Line], classes: Mapping[str, Sequence[str]], nots: frozenset[str]) -> None:
        self._classes = classes
        self._nots = nots
        self._ids: dict[str, int] = {}
        self.vocabulary = Vocabulary()
        lines = tuple(lines)
        parts = [self._parts(line.pattern) for line in lines]
        for name in classes:
            self._ids.setdefault(f"{{{name}}}", len(self._ids))
        self._all_forms = {text: self._forms(text) for text in self._ids}
        for text, element in self._ids.items():
            for form in self._all_forms[text]:
                self.vocabulary.add(form, element)
        counts = Counter(word for line in lines for word in bare(letters(line.example)).split())
        self.vocabulary.close(counts)
        common = self._common(counts)
        self.rules = tuple(self._rule(line, rows, common) for line, rows in zip(lines, parts, strict=True))
        self._by_anchor: dict[int, tuple[Rule, ...]] = {}
        for rule in self.rules:
            ends = [part[anchor][0] for part, anchor in zip(rule.parts, rule.anchors, strict=True)]
            rarest = min(ends, key=lambda element: common[element])
            self._by_anchor[rarest] = (*self._by_anchor.get(rarest, ()), rule)
        self._anchors = 0
        for element in self._by_anchor:
            self._anchors |= 1 << element

    def _common(self, counts: Counter[str]) -> Counter[int]:
        """How often each element stands in the examples: a rule is called up by its rarest."""
        common: Counter[int] = Counter()
        for word, times in counts.items():
            for element in self.vocabulary.word(word).elements:
                common[element] += times
        return common

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
        mask = 0
        for element in elements:
            mask |= 1 << element
        holds_not = any(self._is_not(part.split(), line.level != "need") for part in line.pattern.split(" & "))
        return Rule(line, rows, mask, elements, anchors, not holds_not)

    def _is_not(self, pieces: Sequence[str], strict: bool) -> bool:
        """Whether a part is about a "not": "nuk dal"; strictly not where "nuk" is one of many words."""
        for piece in pieces:
            if piece == "...":
                continue
            forms = [form.replace("_", " ").split() for form in self._all_forms[piece]]
            held = sum(not self._nots.isdisjoint(form) for form in forms)
            alone = strict and (len(pieces) == 1 or "{" in piece)
            if held and (not alone or 2 * held >= len(forms)):
                return True
        return False

    def elements(self, word: str) -> frozenset[int]:
        """The elements of one folded word."""
        return self.vocabulary.word(word).elements

    def tokens(self, words: Sequence[str], breaks: frozenset[int]) -> Tokens:
        """Words with their elements, the edges of the message included."""
        framed = (_EDGE_START, *words, _EDGE_END)
        look_up, phrases_at = self.vocabulary.word, self.vocabulary.phrases_at
        known = [look_up(word) for word in framed]
        elements = [word.elements for word in known]
        spans: dict[int, list[tuple[frozenset[int], int]]] = {}
        mask = 0
        for at, word in enumerate(known):
            mask |= word.mask
            if word.tails or word.open_tails:
                phrases = phrases_at(framed, at, word)
                for tail in phrases:
                    mask |= tail.mask
                    elements[at] |= tail.elements
                if phrases:
                    spans[at] = [(tail.elements - word.elements, tail.length) for tail in phrases]
        return Tokens(framed, tuple(elements), breaks, spans, mask)

    def find(self, tokens: Tokens) -> list[Match]:
        """Every rule that the message holds."""
        mask, by_anchor = tokens.mask, self._by_anchor
        places: Places = {}
        found = []
        for element in _bits_of(mask & self._anchors):
            for rule in by_anchor[element]:
                if rule.mask & mask == rule.mask:
                    where = _where(rule, places, tokens)
                    if where:
                        found.append(Match(rule, where))
        return found

    def again(self, tokens: Tokens, matches: Iterable[Match], masked: frozenset[int]) -> list[Match]:
        """What is left of some matches where the words at `masked` positions count as unread."""
        elements = tuple(
            frozenset() if at in masked else _unmasked(held, at, tokens.spans, masked)
            for at, held in enumerate(tokens.elements)
        )
        left = msgspec.structs.replace(tokens, elements=elements)
        places: Places = {}
        kept = []
        for match in matches:
            where = match.at if masked.isdisjoint(match.at) else _where(match.rule, places, left)
            if where:
                kept.append(Match(match.rule, where))
        return kept


def _bits_of(mask: int) -> list[int]:
    """The positions of the bits that are set."""
    bits = []
    while mask:
        low = mask & -mask
        bits.append(low.bit_length() - 1)
        mask ^= low
    return bits


def _unmasked(held: frozenset[int], at: int, spans: Spans, masked: frozenset[int]) -> frozenset[int]:
    """The elements of a word without the phrases that reach into a masked word."""
    for elements, length in spans.get(at, ()):
        if at + length - 1 in masked:
            held -= elements
    return held


def _length(spans: Spans, at: int, element: int) -> int:
    """Of how many words an element is where it stands; the shortest phrase counts."""
    if at not in spans:
        return 1
    lengths = [length for elements, length in spans.get(at, ()) if element in elements]
    return min(lengths, default=1)


def _at(element: int, places: Places, tokens: Tokens) -> list[int]:
    found = places.get(element)
    if found is None:
        found = places[element] = [at for at, held in enumerate(tokens.elements) if element in held]
    return found


def _where(rule: Rule, places: Places, tokens: Tokens) -> tuple[int, ...]:
    """The positions of all words of a rule, or () where they do not stand as it wants."""
    at: set[int] = set()
    for part, anchor in zip(rule.parts, rule.anchors, strict=True):
        for start in _at(part[anchor][0], places, tokens):
            row = _row(part, anchor, start, places, tokens)
            if row:
                at.update(row)
                break
        else:
            return ()
    return tuple(sorted(at))


def _row(part: Row, anchor: int, start: int, places: Places, tokens: Tokens) -> list[int]:
    """The positions of one part around the place of its rarest element, or []."""
    spans = tokens.spans
    last = start + _length(spans, start, part[anchor][0]) - 1
    row = list(range(start, last + 1))
    for element, gap in part[anchor + 1 :]:
        at = next((at for at in _at(element, places, tokens) if last < at <= last + 1 + gap), -1)
        if at < 0:
            return []
        last = at + _length(spans, at, element) - 1
        row.extend(range(at, last + 1))
    first = start
    for index in range(anchor - 1, -1, -1):
        element, gap = part[index][0], part[index + 1][1]
        for at in reversed(_at(element, places, tokens)):
            end = at + _length(spans, at, element) - 1
            if first - 1 - gap <= end < first:
                break
        else:
            return []
        row.extend(range(at, end + 1))
        first = at
    return row
