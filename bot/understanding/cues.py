"""The little words around a place: in, from, now, "I live", street, born, club.

Owns: what the words before a name make of it. Never: names (`places`), the words themselves (`[place]` of the lexicon).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

BEFORE: Final = 5  # words before a name that are looked at
_NONE: Final[frozenset[str]] = frozenset()


class Around(msgspec.Struct, frozen=True):
    """Where a word stands."""

    at: int
    before: tuple[str, ...]  # up to five words before it, in the same clause
    near: str  # the word right before it, or ""
    first: bool  # it opens a clause
    ends: frozenset[int]  # positions of words that open a clause

    @classmethod
    def of(cls, words: Sequence[str], at: int, breaks: frozenset[int]) -> Around:
        """The surroundings of a word; `breaks` count from 1."""
        start = max((mark - 1 for mark in breaks if mark - 1 <= at), default=0)
        before = tuple(words[max(start, at - BEFORE) : at])
        return cls(at, before, before[-1] if before else "", at == start, frozenset(mark - 1 for mark in breaks))


class Cues:
    """The cues of all languages."""

    def __init__(self, words: Mapping[str, frozenset[str]]) -> None:
        self.within = words.get("in", _NONE)
        self.origin = words.get("from", _NONE)
        self.be = words.get("be", _NONE)
        self.self = words.get("self", _NONE)
        self.was = words.get("was", _NONE)
        self.now = words.get("now", _NONE)
        self.want = words.get("want", _NONE)
        self.back = words.get("back", _NONE)
        self.offer = words.get("offer", _NONE)
        self.denial = words.get("denial", _NONE)
        self.bound = words.get("bound", _NONE)
        self.spoken = words.get("spoken", _NONE)
        self.of = words.get("of", _NONE)
        self.towns = words.get("towns", _NONE)
        self.never = words.get("never", _NONE)
        self.venue = words.get("venue", _NONE)
        self.loose = words.get("loose", _NONE)
        self.topic = words.get("topic", _NONE)
        self.write = words.get("write", _NONE)
        self.after = words.get("never_after", _NONE)
        self.ordinary = words.get("ordinary", _NONE)
        self.hard = words.get("hard", _NONE)
        self.fill = words.get("fill", _NONE)
        self.capital = words.get("capital", _NONE)

    def no_place(self, around: Around, after: Sequence[str]) -> bool:
        """A street, a club, somebody's name or birthplace."""
        if around.near in self.venue:  # "hotel Durrësi", not "a hotel in Durrës"
            return True
        return any(word in self.never for word in around.before[-2:]) or any(word in self.after for word in after)

    def inside(self, around: Around) -> bool:
        """ "in Durrës", "the town of Durrës"."""
        if around.near in self.within:
            return True
        return around.near in self.of and len(around.before) > 1 and around.before[-2] in self.towns

    def lives(self, around: Around) -> bool:
        """Somebody is or lives there."""
        return any(word in self.be or word in self.self or word in self.now for word in around.before)

    def sought(self, around: Around) -> bool:
        """ "Work in Has": right before "in" stands what is looked for."""
        return any(word in self.offer for word in around.before[-2:-1])

    def leaving(self, around: Around) -> bool:
        """Somebody goes or is taken there, or may: they are not there yet."""
        return around.near in self.loose or any(word in self.bound for word in around.before)

    def speaks(self, around: Around) -> bool:
        """The person speaks of where they themselves are."""
        return any(word in self.self for word in around.before)

    def strength(self, around: Around) -> int:
        """How sure it is that the person is there: 8 now, 7 I am, 6 somebody is, 5 in, 3 was."""
        before = around.before
        if any(word in self.was for word in before):
            return 3
        if any(word in self.now for word in before):
            return 8
        return 7 if any(word in self.self for word in before) else 6 if any(word in self.be for word in before) else 5

    def wants_back(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """ "I want to come back from …", "writing from …"."""
        if any(word in self.write for word in (*before[-3:], *after)):
            return True
        return any(word in self.want for word in before) and any(word in self.back for word in before)
