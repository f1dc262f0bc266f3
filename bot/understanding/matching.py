"""Where the words of a rule stand in a message: in their order, with no more between them than the pattern allows.

Owns: a message as words with what each of them is, and the search for one rule in it. Never: which rules are worth a
search (`patterns`), what a match means (`meaning`), any word of a language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from bot.understanding.lexicon import Line

Row = tuple[tuple[int, int], ...]
Places = dict[int, list[int]]
Spans = Mapping[int, list[tuple[frozenset[int], int]]]
_NOTHING: frozenset[int] = frozenset()


class Rule(msgspec.Struct, frozen=True, eq=False):
    """One compiled pattern: parts in any order, each a row of (element, words that may stand before it)."""

    line: Line
    parts: tuple[Row, ...]
    elements: frozenset[int]
    anchors: tuple[int, ...]  # for each part the position of its rarest element
    level: str  # of its line
    group: str
    said: str  # level and group in one, as they are weighed
    guarded: bool  # a "not" around it takes it back; false where the pattern holds a "not" itself


class Match(msgspec.Struct, frozen=True, eq=False):
    """One rule found in a message, with the positions of its words."""

    rule: Rule
    at: tuple[int, ...]


class Tokens(msgspec.Struct, frozen=True, eq=False):
    """A message as words, with the elements that each word is, and the marks before it."""

    words: tuple[str, ...]
    elements: tuple[frozenset[int], ...]  # of each word by itself
    breaks: frozenset[int]  # positions of words that stand behind a stop or a comma
    spans: Spans  # position -> (elements, words) of the phrases that begin there
    begun: tuple[tuple[int, frozenset[int]], ...]  # the same phrases, one behind the other: (position, elements)
    mask: int  # every element of the message as bits
    calls: tuple[int, ...]  # the elements that call up rules, in the order of the words

    def holds(self, at: int, element: int) -> bool:
        """Whether an element stands at a position, as a word or as a phrase that begins there."""
        return element in self.elements[at] or any(element in held for held, _ in self.spans.get(at, ()))


def find(rule: Rule, places: Places, tokens: Tokens) -> tuple[int, ...]:
    """The positions of all words of a rule, or () where they do not stand as it wants."""
    found: list[int] = []
    for part, anchor in zip(rule.parts, rule.anchors):  # noqa: B905 (they are of one length, and this is hot)
        for start in _at(part[anchor][0], places, tokens):
            row = _row(part, anchor, start, places, tokens)
            if row:
                found += row
                break
        else:
            return ()
    return tuple(sorted(set(found))) if len(rule.parts) > 1 else tuple(sorted(found))


def again(tokens: Tokens, matches: Iterable[Match], masked: frozenset[int]) -> list[Match]:
    """What is left of some matches where the words at `masked` positions count as unread."""
    elements = tuple(_NOTHING if at in masked else held for at, held in enumerate(tokens.elements))
    spans = {
        at: [(held, length) for held, length in phrases if at + length - 1 not in masked]
        for at, phrases in tokens.spans.items()
        if at not in masked
    }
    left = msgspec.structs.replace(tokens, elements=elements, spans=spans, begun=begun(spans))
    places: Places = {}
    kept = []
    for match in matches:
        where = match.at if masked.isdisjoint(match.at) else find(match.rule, places, left)
        if where:
            kept.append(Match(match.rule, where))
    return kept


def begun(spans: Spans) -> tuple[tuple[int, frozenset[int]], ...]:
    """Phrases as they are searched for an element."""
    return tuple([(at, elements) for at, phrases in spans.items() for elements, _ in phrases])


def _length(at: int, element: int, tokens: Tokens) -> int:
    """Of how many words an element is where it stands; the shortest phrase counts."""
    if at not in tokens.spans or element in tokens.elements[at]:
        return 1
    return min([length for elements, length in tokens.spans[at] if element in elements], default=1)


def _at(element: int, places: Places, tokens: Tokens) -> list[int]:
    """Every position where an element stands."""
    found = places.get(element)
    if found is None:
        found = [at for at, held in enumerate(tokens.elements) if element in held]
        more = [at for at, held in tokens.begun if element in held]
        places[element] = found = sorted({*found, *more}) if more else found
    return found


def _row(part: Row, anchor: int, start: int, places: Places, tokens: Tokens) -> list[int]:
    """The positions of one part around the place of its rarest element, or []."""
    spans = tokens.spans
    last = start if start not in spans else start + _length(start, part[anchor][0], tokens) - 1
    row = [start] if last == start else list(range(start, last + 1))
    for element, gap in part[anchor + 1 :]:
        for at in _at(element, places, tokens):
            if last < at <= last + 1 + gap:
                break
        else:
            return []
        last = at if at not in spans else at + _length(at, element, tokens) - 1
        row += (at,) if last == at else range(at, last + 1)
    return row if not anchor else _backwards(part, anchor, row, places, tokens)


def _backwards(part: Row, anchor: int, row: list[int], places: Places, tokens: Tokens) -> list[int]:
    """The same for what stands before the rarest element."""
    spans = tokens.spans
    first = row[0]
    for index in range(anchor - 1, -1, -1):
        element, gap = part[index][0], part[index + 1][1]
        for at in reversed(_at(element, places, tokens)):
            end = at if at not in spans else at + _length(at, element, tokens) - 1
            if first - 1 - gap <= end < first:
                break
        else:
            return []
        row += (at,) if end == at else range(at, end + 1)
        first = at
    return row
