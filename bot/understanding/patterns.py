"""Patterns: how a line of the lexicon says which words matter, and how a message is searched for all of them at once.

Owns: the little pattern language and its index. Never: where the words of a rule stand (`matching`), what a match means
(`meaning`), any word of a language.

    burri rreh*        words in this order; up to two others may stand between; `*` is any ending
    nuk|s|jo_nuk       `|` one of these; `_` makes a phrase of words that stand side by side
    {partner} {hits}   `{…}` one word of a class (classes.toml)
    thike ... dore     `...` up to six other words
    {hits} & femij*    `&` both somewhere in the message, in any order
    ^ ndihme $         `^` the message begins here, `$` it ends here
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import chain
from typing import Final

from bot.understanding.folding import bare, fold, letters
from bot.understanding.lexicon import Line
from bot.understanding.matching import Match, Places, Rule, Tokens, begun, find
from bot.understanding.vocabulary import Vocabulary

GAP: Final = 2  # other words that may stand between two words of a pattern
WIDE: Final = 6  # the same for `...`
_EDGE_START: Final = "\x02"
_EDGE_END: Final = "\x03"
_EDGES: Final = {"^": _EDGE_START, "$": _EDGE_END}

Piece = tuple[str, int]  # one word of a pattern, and how many others may stand before it


class Index:
    """All patterns, found in a message in one go. Built once; searching changes nothing.

    Elements are numbered so that those that most messages hold come first: a rule is called up by its rarest element,
    and the bits of its others make a small number, which is what costs.
    """

    def __init__(self, lines: Iterable[Line], classes: Mapping[str, Sequence[str]], nots: frozenset[str]) -> None:
        self._classes = classes
        self._class_forms: dict[str, list[str]] = {}
        lines = tuple(lines)
        parts = [_parts(line.pattern) for line in lines]
        own = dict.fromkeys(f"{{{name}}}" for name in classes)
        texts = dict.fromkeys([*own, *(text for rows in parts for row in rows for text, _ in row)])
        self._all_forms = {text: self._forms(text) for text in texts}
        forms = set(chain.from_iterable(self._all_forms.values()))
        self._not_within = {form: not nots.isdisjoint(form.replace("_", " ").split()) for form in forms}
        counts = Counter(word for line in lines for word in bare(letters(line.example)).split())
        common = _common(self._all_forms, forms, counts)
        calls = [_rarest(rows, common) for rows in parts]
        others = {
            text for call, rows in zip(calls, parts, strict=True) for row in rows for text, _ in row if text != call
        }
        ranked = sorted(texts, key=lambda text: (text not in own, text not in others, -common[text]))
        self._ids = {text: rank for rank, text in enumerate(ranked)}
        self.rules = tuple(self._rule(line, rows, common) for line, rows in zip(lines, parts, strict=True))
        self._by_call: dict[int, tuple[tuple[int, Rule], ...]] = {}  # rarest element -> rules, each with its others
        for rule, called in zip(self.rules, calls, strict=True):
            call = self._ids[called]
            bits = sum(1 << element for element in rule.elements - {call})
            self._by_call[call] = (*self._by_call.get(call, ()), (bits, rule))
        self.vocabulary = Vocabulary()
        for form, elements in self._held().items():
            self.vocabulary.add(form, elements)
        self.vocabulary.close(counts, self._by_call.keys(), len(own.keys() | others))

    def class_element(self, name: str) -> int:
        """The element that a word is if it belongs to a class; those of all classes come before all others."""
        return self._ids[f"{{{name}}}"]

    def _forms(self, text: str) -> list[str]:
        forms: list[str] = []
        for part in text.split("|"):
            if part.startswith("{"):
                forms.extend(self._forms_of_class(part))
            else:
                forms.append(_EDGES.get(part, part))
        return forms

    def _forms_of_class(self, part: str) -> list[str]:
        forms = self._class_forms.get(part)
        if forms is None:
            forms = [form for row in self._classes[part[1:-1]] for form in self._forms(row)]
            self._class_forms[part] = forms
        return forms

    def _held(self) -> dict[str, set[int]]:
        """Form -> every element that it is. A class stands in many elements: its words are looked at once for all."""
        held: dict[str, set[int]] = {}
        for text, element in self._ids.items():
            for part in text.split("|"):
                held.setdefault(part, set()).add(element)
        for name in [part for part in held if part.startswith("{")]:
            elements = held.pop(name)
            for form in self._forms_of_class(name):
                held.setdefault(form, set()).update(elements)
        return {_EDGES.get(form, form): elements for form, elements in held.items()}

    def _rule(self, line: Line, parts: list[list[Piece]], common: Mapping[str, int]) -> Rule:
        rows = tuple(tuple((self._ids[text], gap) for text, gap in row) for row in parts)
        anchors = tuple(min(range(len(row)), key=lambda at: common[row[at][0]]) for row in parts)
        elements = frozenset(element for row in rows for element, _ in row)
        holds_not = any(self._is_not(part.split(), line.level != "need") for part in line.pattern.split(" & "))
        said = f"{line.level}.{line.group}"
        return Rule(line, rows, elements, anchors, line.level, line.group, said, not holds_not)

    def _is_not(self, pieces: Sequence[str], strict: bool) -> bool:
        """Whether a part is about a "not": "nuk dal"; strictly not where "nuk" is one of many words."""
        for piece in pieces:
            if piece == "...":
                continue
            forms = self._all_forms[piece]
            held = sum([self._not_within[form] for form in forms])
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
        spans: dict[int, list[tuple[frozenset[int], int]]] = {}
        calls = [word.calls for word in known if word.calls]
        mask = 0
        for at, word in enumerate(known):
            mask |= word.mask
            if word.tails or word.open_tails:
                phrases = phrases_at(framed, at, word)
                for tail in phrases:
                    mask |= tail.mask
                    calls.append(tail.calls)
                if phrases:
                    spans[at] = [(tail.elements, tail.length) for tail in phrases]
        elements = tuple([word.elements for word in known])
        called = tuple(dict.fromkeys(chain.from_iterable(calls)))
        return Tokens(framed, elements, breaks, spans, begun(spans) if spans else (), mask, called)

    def find(self, tokens: Tokens) -> list[Match]:
        """Every rule that the message holds."""
        mask, by_call = tokens.mask, self._by_call
        places: Places = {}
        found = []
        for element in tokens.calls:
            for others, rule in by_call[element]:
                if others & mask == others:
                    where = find(rule, places, tokens)
                    if where:
                        found.append(Match(rule, where))
        return found


def _parts(pattern: str) -> list[list[Piece]]:
    """A pattern as rows of words, each with the gap before it."""
    parts: list[list[Piece]] = [[]]
    gap = GAP
    for piece in pattern.split():
        if piece == "&":
            parts.append([])
        elif piece == "...":
            gap = WIDE
            continue
        else:
            at_edge = piece == "$" or [text for text, _ in parts[-1]] == ["^"]
            parts[-1].append((piece, 0 if at_edge else gap))
        gap = GAP
    return [part for part in parts if part]


def _rarest(parts: list[list[Piece]], common: Mapping[str, int]) -> str:
    """The word by which a rule is called up."""
    return min((text for row in parts for text, _ in row), key=lambda text: common[text])


def _common(all_forms: Mapping[str, Sequence[str]], forms: Set[str], counts: Counter[str]) -> dict[str, int]:
    """How often each element stands in the examples."""
    begins: Counter[str] = Counter()
    for word, times in counts.items():
        for size in range(1, len(word) + 1):
            begins[word[:size]] += times
    met: dict[str, int] = {}
    for form in forms:
        met[form] = 0 if "_" in form else (begins if form[-1] == "*" else counts)[fold(form)]
    return {text: sum([met[form] for form in {*held}]) for text, held in all_forms.items()}
