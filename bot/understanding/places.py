"""Places: the towns and villages somebody names, in every case ending, and the countries abroad.

Owns: which word of a message is the place where help is wanted. Never: distances and coordinates (`directory`).
A name after "from" loses to one after "now in"; streets, clubs and everyday words are no places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from bot.dialogue.reading import PlaceReading
from bot.understanding.cues import Around, Cues
from bot.understanding.folding import fold
from bot.understanding.lexicon import Lexicon

ORDER: Final = {"municipality": 0, "town": 1, "locality": 2, "village": 3}
NOWHERE: Final = PlaceReading()
UNKNOWN: Final = PlaceReading(kind="unknown")
MOST: Final = 6  # names offered by "which one?"


class PlaceName(msgspec.Struct, frozen=True):
    """One row of the directory's places. `forms`: the name, its definite form, then other names (any spelling)."""

    id: str
    forms: tuple[str, ...]
    kind: str  # municipality | town | locality | village
    municipality: str  # the name of its municipality, to tell whether two rows are one place
    rank: int = 0  # the smaller, the sooner offered among rows of one kind


class Entry(msgspec.Struct, frozen=True):
    """What one folded form may mean."""

    names: tuple[PlaceName, ...]
    major: bool  # a municipality or town by its own name: believed in the middle of a sentence


def endings(form: str) -> set[str]:
    """The case endings of a folded Albanian name: "elbasani" -> elbasan, elbasani, elbasanit, elbasanin …"""
    head, link, tail = form.partition(" e ")
    if link:
        return {f"{first} e {tail}" for first in endings(head)}
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

    @classmethod
    def build(cls, names: Iterable[PlaceName]) -> PlaceNames:
        """The index of all forms of all names."""
        found: dict[str, dict[str, tuple[bool, PlaceName]]] = {}
        major: set[str] = set()
        for name in names:
            for number, form in enumerate(name.forms):
                own = number < 2
                for ending in endings(fold(form)):
                    rows = found.setdefault(ending, {})
                    rows[name.id] = (own or rows.get(name.id, (False,))[0], name)
                    if own and ORDER.get(name.kind, 9) < 2:
                        major.add(ending)
        entries = {
            form: Entry(_settle([row for _, row in sorted(rows.values(), key=_standing)]), form in major)
            for form, rows in found.items()
            if form
        }
        return cls(entries, _nearby(form for form in major if len(form) >= 5 and " " not in form))

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
        most = self._first.get(first, 1)
        for size in range(most, 1, -1):
            entry = self._entries.get(" ".join(words[at : at + size]))
            if entry:
                return entry, size
        entry = self._entries.get(first)
        return (entry, 1) if entry else None

    def typo(self, word: str) -> tuple[Entry, ...]:
        """Big names one slip of the thumb away from a word of five letters or more."""
        if len(word) < 5:
            return ()
        forms: dict[str, None] = {}
        for key in _holes(word):
            for form in self._near.get(key, ()):
                if form[0] == word[0] or sorted(form[:2]) == sorted(word[:2]):
                    forms[form] = None
        entries = {self._entries[form].names[0].id: self._entries[form] for form in forms}
        return tuple(entries.values())


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


def _holes(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _nearby(forms: Iterable[str]) -> dict[str, tuple[str, ...]]:
    near: dict[str, tuple[str, ...]] = {}
    for form in forms:
        for key in _holes(form):
            near[key] = (*near.get(key, ()), form)
    return near


class PlaceReader:
    """Finds the place in a message. `known` tells whether a word means anything else than a place."""

    def __init__(self, names: PlaceNames, lexicon: Lexicon, ordinary: frozenset[str], known: Callable[[str], bool]) -> None:
        self._names = names
        self._cues = Cues(lexicon.place_words)
        self._countries = _declined(lexicon.countries)
        self._country_words = frozenset(word.split(" ", 1)[0] for word in self._countries)
        self._aliases = lexicon.aliases
        self._everyday = self._cues.ordinary
        self._ordinary = frozenset(word for word in ordinary if not names.is_major(word)) | self._everyday
        self._known = known

    def whole(self, words: str, asked: bool) -> PlaceReading:
        """A message that is nothing but a name (and little words around it)."""
        entry = self._names.entry(self._aliases.get(words, words))
        if entry and (asked or (words not in self._everyday and (entry.major or self._strange(words)))):
            return _reading(entry)
        country = self._countries.get(words)
        if country:
            return PlaceReading(kind="abroad", country=country)
        return NOWHERE

    def _strange(self, words: str) -> bool:
        """Whether a village's name means nothing else, so that it is believed outside the question too."""
        return len(words) > 3 and not any(word in self._ordinary or self._known(word) for word in words.split())

    def read(self, words: Sequence[str], asked: bool, breaks: frozenset[int] = frozenset()) -> PlaceReading:
        """The place where help is wanted, from a whole message; `breaks` as the splitter gives them."""
        best, weight = NOWHERE, 0
        at = 0
        short = sum(word not in self._cues.fill for word in words) <= 2
        while at < len(words):
            size = 1
            around = Around.of(words, at, breaks)
            hit = self._names.longest(words, at)
            if hit is None and words[at][0] == "n" and len(words[at]) > 4:
                hit = self._glued(words[at])
                if hit and weight < 5:
                    best, weight = _reading(hit[0]), 5
            elif hit:
                size = hit[1]
                worth = self._worth(words, around, size, hit[0].major, short, asked)
                if worth > weight:
                    best, weight = _reading(hit[0]), worth
            if words[at] in self._country_words:
                code, length = self._country(words, at)
                worth = self._abroad(words, around, length, short) if code else 0
                if worth >= weight and code and worth:
                    best, weight, size = PlaceReading(kind="abroad", country=code), worth, length
            elif words[at] in self._cues.capital and weight < 4:
                best, weight = _reading(self._names.entry("tirane") or Entry((), False)), 4
            at += size
        return best if weight else self._slip(words, short, asked)

    def _glued(self, word: str) -> tuple[Entry, int] | None:
        """ "ntirane", "nelbasan", "netirane": the preposition grown onto the name."""
        for cut in (1, 2):
            entry = self._names.entry(word[cut:])
            if entry and entry.major and (cut == 1 or word.startswith("ne")) and len(word) - cut > 3:
                return entry, 1
        return None

    def _worth(self, words: Sequence[str], around: Around, size: int, major: bool, short: bool, asked: bool) -> int:
        """How much a name counts where it stands: 0 not at all, 8 "now in"."""
        cues, at = self._cues, around.at
        if cues.no_place(around, words[at + size : at + size + 2]):
            return 0
        plain = size > 1 or words[at] not in self._ordinary
        inside = cues.inside(around)
        if not major:
            alone = inside and plain and (size > 1 or self._strange(words[at]))
            return 3 if short and asked else 3 if alone and cues.lives(around) else 2 if alone or (inside and asked) else 0
        if inside or around.near in cues.now:
            if size == 1 and words[at] in cues.hard and not asked and not cues.lives(around):
                return 0
            return cues.strength(around)
        if around.near in cues.origin:
            beside = [*around.before[-3:], *words[at + size : at + size + 2]]
            return 1 if short or asked or any(word in cues.be for word in beside) else 0
        if size == 1 and words[at] in self._everyday:
            return 3 if asked and short else 0
        return 4 if short or plain else 0

    def _country(self, words: Sequence[str], at: int) -> tuple[str, int]:
        for size in (3, 2, 1):
            code = self._countries.get(" ".join(words[at : at + size]))
            if code:
                return code, size
        return "", 1

    def _abroad(self, words: Sequence[str], around: Around, size: int, short: bool) -> int:
        cues, at = self._cues, around.at
        if around.near in cues.origin:  # "I want to go home from Italy" is written there
            return 7 if cues.wants_back(words[max(0, at - 7) : at]) else 0
        if cues.no_place(around, words[at + size : at + size + 2]) or any(word in cues.was for word in around.before):
            return 0
        if any(word in cues.offer for word in around.before[-2:-1]) and not cues.speaks(around):
            return 0  # "a job in Dubai" is where somebody may go
        if around.near in cues.now:
            return 8
        if cues.inside(around):
            return cues.strength(around) if cues.lives(around) else 5 if at <= 2 or short else 0
        opening = at == 0 and (size > 1 or at + size in around.ends or words[at + 1 : at + 2] in (["greece"], ["italy"]))
        return 4 if short or opening else 0

    def _slip(self, words: Sequence[str], short: bool, asked: bool) -> PlaceReading:
        """A name with a typo: only where nothing else can be meant."""
        for at, word in enumerate(words):
            cued = at > 0 and words[at - 1] in self._cues.within
            never = any(cue in self._cues.never for cue in words[max(0, at - 2) : at])
            if len(word) < 5 or never or word in self._ordinary or self._names.entry(word) or not (cued or (short and (asked or len(words) <= 3))):
                continue
            entries = self._names.typo(word)
            if len(entries) == 1:
                return _reading(entries[0])
            if 1 < len(entries) <= MOST:
                return PlaceReading(kind="which", ids=tuple(entry.names[0].id for entry in entries))
        return UNKNOWN if asked and short and words else NOWHERE


def _declined(countries: Mapping[str, str]) -> dict[str, str]:
    """Countries with the endings of Albanian cases: "itali" -> "italis", "italise", "italine"."""
    forms = dict(countries)
    for name, code in countries.items():
        if len(name) > 4 and " " not in name and name[-1] in "ie":
            for ending in ("s", "se", "n", "ne", "a", "es", "en") if name[-1] == "i" else ("s", "n"):
                forms.setdefault(name + ending, code)
            if name[-1] == "e":
                forms.setdefault(name[:-1] + "a", code)
    return forms


def _reading(entry: Entry) -> PlaceReading:
    if len(entry.names) == 1:
        return PlaceReading(kind="one", ids=(entry.names[0].id,))
    if 1 < len(entry.names) <= MOST:
        return PlaceReading(kind="which", ids=tuple(name.id for name in entry.names))
    return UNKNOWN
