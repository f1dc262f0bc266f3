"""The names of places: towns and villages in every case ending, and which of them share a form.

Owns: forms, typos and homonyms of names. Never: which word of a message is the place (`whereabouts`),
how far away it is (`directory`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from bot.understanding.folding import fold
from bot.understanding.slips import holes, nearby

ORDER: Final = {"municipality": 0, "town": 1, "locality": 2, "village": 3}


class PlaceName(msgspec.Struct, frozen=True):
    """One row of the directory's places. `forms`: its own names (the name, its definite form …), then others."""

    id: str
    forms: tuple[str, ...]
    kind: str  # municipality | town | locality | village
    municipality: str  # the name of its municipality, to tell whether two rows are one place
    rank: int = 0  # the smaller, the sooner offered among rows of one kind
    own: int = 2  # so many of the forms, from the first, are its own


class Entry(msgspec.Struct, frozen=True):
    """What one folded form may mean."""

    names: tuple[PlaceName, ...]
    major: bool  # a municipality or town by its own name: believed in the middle of a sentence
    own: bool = True  # some place calls itself so, it is no former or foreign name


def endings(form: str) -> set[str]:
    """The case endings of a folded Albanian name: "elbasani" -> elbasan, elbasani, elbasanit, elbasanin …"""
    head, link, tail = form.partition(" e ")
    if link:
        return {f"{first} {word} {tail}" for first in endings(head) for word in ("e", "te", "se")}
    stem, last = form[:-1], form[-1:]
    if len(form) < 3:
        return {form}
    if last == "a":
        kept = {stem, stem + "e", form, stem + "es", stem + "en", stem + "s"}
        return kept if len(stem) > 3 else kept - {stem, stem + "s"}
    if last == "e":
        return {form, *endings(stem + "a")} if len(stem) > 2 else {form}
    if last in "iu":
        return {stem, form, form + "t", form + "n"} if len(stem) > 2 else {form, form + "t", form + "n"}
    vowel = "u" if last in "kgh" and form[-2:] not in ("sh", "zh", "dh", "th") else "i"
    return {form, form + vowel, form + vowel + "t", form + vowel + "n"}


class PlaceNames:
    """Every name by its folded forms. Built once."""

    def __init__(self, entries: dict[str, Entry], near: dict[str, tuple[str, ...]]) -> None:
        self._entries = entries
        self._near = near
        self._first = {form.split(" ", 1)[0]: 0 for form in entries if " " in form}
        for form in entries:
            head = form.split(" ", 1)[0]
            if head in self._first:
                self._first[head] = max(self._first[head], form.count(" ") + 1)
        # What a name may begin with that is written as two words: "shen" of "shengjin".
        self._heads = {
            form[:size] for form, entry in entries.items() if entry.major for size in range(3, len(form) - 2)
        }

    @classmethod
    def build(cls, names: Iterable[PlaceName]) -> PlaceNames:
        """The index of all forms of all names."""
        found: dict[str, dict[str, tuple[bool, PlaceName]]] = {}
        major: set[str] = set()
        for name in names:
            big = ORDER.get(name.kind, 9) < 2
            forms = dict.fromkeys(name.forms[name.own :], False) | dict.fromkeys(name.forms[: name.own], True)
            for form, own in forms.items():
                for ending in endings(fold(form)):
                    rows = found.setdefault(ending, {})
                    rows[name.id] = (own or (name.id in rows and rows[name.id][0]), name)
                    if own and big:
                        major.add(ending)
        found.pop("", None)
        entries = {form: _entry(rows, form in major) for form, rows in found.items()}
        return cls(entries, nearby(form for form in major if len(form) >= 5 and " " not in form))

    def entry(self, form: str) -> Entry | None:
        """What a folded form means, or None."""
        return self._entries.get(form)

    def is_major(self, word: str) -> bool:
        """Whether a word is a municipality or a town."""
        entry = self._entries.get(word)
        return entry is not None and entry.major

    def longest(self, words: Sequence[str], at: int) -> tuple[Entry, int] | None:
        """The name that begins at a word, the longest first, and of how many words it is."""
        first = words[at]
        if first in self._first:
            for size in range(min(self._first[first], len(words) - at), 1, -1):
                entry = self._entries.get(" ".join(words[at : at + size]))
                if entry:
                    return entry, size
        entry = self._entries.get(first)
        if first in self._heads and at + 1 < len(words) and (entry is None or not entry.major):  # "Shen Gjin"
            joined = self._entries.get(first + words[at + 1])
            if joined and joined.major and len(words[at + 1]) > 2:
                return joined, 2
        return (entry, 1) if entry else None

    def typo(self, word: str) -> tuple[Entry, ...]:
        """Big names one slip of the thumb away from a word of five letters or more."""
        if len(word) < 5:
            return ()
        forms: dict[str, None] = {}
        for key in holes(word):
            for form in self._near.get(key, ()):
                if form[0] == word[0] or sorted(form[:2]) == sorted(word[:2]):
                    forms[form] = None
        entries = {self._entries[form].names[0].id: self._entries[form] for form in forms}
        return tuple(entries.values())


def _entry(rows: Mapping[str, tuple[bool, PlaceName]], major: bool) -> Entry:
    """What a form means that these rows share."""
    if len(rows) == 1:
        own, name = next(iter(rows.values()))
        return Entry((name,), major, own)
    names = [name for _, name in sorted(_own(rows), key=_standing)]
    return Entry(_settle(names), major, any(own for own, _ in rows.values()))


def _own(rows: Mapping[str, tuple[bool, PlaceName]]) -> list[tuple[bool, PlaceName]]:
    """Villages that are called so themselves before those that were once called so; a town keeps all its names."""
    own = [row for row in rows.values() if row[0] or ORDER.get(row[1].kind, 9) < 2]
    return own or list(rows.values())


def _standing(row: tuple[bool, PlaceName]) -> tuple[int, bool, int]:
    own, name = row
    order = ORDER.get(name.kind, 9)
    return (order if own or order > 1 else 2, not own, name.rank)


def _settle(names: list[PlaceName]) -> tuple[PlaceName, ...]:
    """Who stays when several rows share a form: the big beat the small, and one municipality counts once."""
    big = [name for name in names if ORDER.get(name.kind, 9) < 2]
    kept: dict[str, PlaceName] = {}
    for name in big or names:
        kept.setdefault(name.municipality, name)
    return tuple(kept.values())
