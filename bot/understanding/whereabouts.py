"""Where help is wanted: which word of a message is the place.

Owns: the weight of each name by what stands around it. Never: names and their forms (`places`), the cues (`cues`).
A name after "from" loses to one after "now in"; streets, clubs and everyday words are no places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.dialogue.reading import PlaceReading
from bot.understanding.cues import Around, Cues
from bot.understanding.lexicon import Lexicon
from bot.understanding.places import Entry, PlaceNames
from bot.understanding.slips import holes, nearby

NOWHERE: Final = PlaceReading()
UNKNOWN: Final = PlaceReading(kind="unknown")
SHORTHAND: Final = 4  # letters of "sh", "tr", "lzh": town names only where they are the whole message
LEAST: Final = 4  # letters of a country with a slip, where a town was asked for
MOST: Final = 6  # names offered by "which one?"


class PlaceReader:
    """Finds the place in a message. `known` tells whether a word means anything else than a place."""

    def __init__(
        self, names: PlaceNames, lexicon: Lexicon, ordinary: frozenset[str], known: Callable[[str], bool]
    ) -> None:
        self._names = names
        self._cues = Cues(lexicon.place_words)
        self._countries = _declined(lexicon.countries)
        self._near_countries = nearby(form for form in self._countries if len(form) >= 5 and " " not in form)
        self._country_words = frozenset(word.split(" ", 1)[0] for word in self._countries)
        self._aliases = lexicon.aliases
        self._spelt = _spellings(lexicon.spellings, names)
        self._spelt_heads = frozenset(form.split(" ", 1)[0] for form in self._spelt)
        self._everyday = self._cues.ordinary
        self._ordinary = frozenset(word for word in ordinary if not names.is_major(word)) | self._everyday
        self._known = known

    def whole(self, words: str, asked: bool) -> PlaceReading:
        """A message that is nothing but a name (and little words around it)."""
        entry = self._spelt.get(words) or self._names.entry(self._aliases.get(words, words))
        country = self._countries.get(words)
        if country and not (entry and entry.major):  # "Kosove" is two villages too, and means neither
            return PlaceReading(kind="abroad", country=country)
        common = words in self._everyday and (words in self._cues.hard or not (entry and entry.major))
        if entry and (asked or (not common and (entry.major or self._strange(words)))):
            return _reading(entry)
        return NOWHERE

    def _strange(self, words: str) -> bool:
        """Whether a village's name means nothing else, so that it is believed outside the question too."""
        return len(words) > 3 and not any(word in self._ordinary or self._known(word) for word in words.split())

    def read(
        self,
        words: Sequence[str],
        asked: bool,
        breaks: frozenset[int] = frozenset(),
        passing: bool | None = None,
    ) -> PlaceReading:
        """The place where help is wanted, from a whole message; `breaks` as the splitter gives them; `passing`: whether
        a country named in passing is where the person is, None where only its place in the sentence tells."""
        best, weight = NOWHERE, 0
        at = 0
        short = sum(word not in self._cues.fill for word in words) <= 2
        longest, country_words, capital = self._longest, self._country_words, self._cues.capital
        while at < len(words):
            size = 1
            hit = longest(words, at)
            if hit is None and words[at][0] == "n" and len(words[at]) > 4:
                hit = self._glued(words[at])
                if hit and weight < 5:
                    best, weight = _reading(hit[0]), 5
            elif hit:
                size = hit[1]
                around = Around.of(words, at, breaks)
                worth = self._worth(words, around, size, hit[0], short, asked)
                if worth > 1 and not self._cues.denial.isdisjoint(around.before[:2]):
                    worth = 1  # "not Fier, Patos"
                if worth > weight:
                    best, weight = _reading(hit[0]), worth
            if words[at] in country_words:
                code, length = self._country(words, at)
                worth = self._abroad(words, Around.of(words, at, breaks), length, short, passing) if code else 0
                if worth >= weight and code and worth:
                    best, weight, size = PlaceReading(kind="abroad", country=code), worth, length
            elif words[at] in capital and weight < 4 and self._cues.of.isdisjoint(words[at + 1 : at + 2]):
                best, weight = _reading(self._names.entry("tirane") or Entry((), False)), 4
            at += size
        if weight:
            return best
        return ((asked or short) and self._plain(words)) or self._slip(words, short, asked, breaks)

    def only_spoken_of(self, words: Sequence[str]) -> bool:
        """Whether a place is only talked about (others live there, there is snow, a flat is sold), and no "I am"."""
        return not self._cues.spoken.isdisjoint(words) and self._cues.self.isdisjoint(words)

    def _plain(self, words: Sequence[str]) -> PlaceReading | None:
        """The answer to "which town?" without the little words around it, by what people of a town are called too."""
        kept = [at for at, word in enumerate(words) if word not in self._cues.fill]
        name = " ".join(words[kept[0] : kept[-1] + 1]) if kept else ""
        entry = self._names.entry(self._aliases.get(name, "")) if len(name) > SHORTHAND else None
        return _reading(entry) if entry else None

    def _longest(self, words: Sequence[str], at: int) -> tuple[Entry, int] | None:
        """The name that begins at a word, by its everyday spelling before that of the map."""
        if words[at] in self._spelt_heads:
            for size in range(min(3, len(words) - at), 0, -1):
                entry = self._spelt.get(" ".join(words[at : at + size]))
                if entry:
                    return entry, size
        return self._names.longest(words, at)

    def _glued(self, word: str) -> tuple[Entry, int] | None:
        """ "ntirane", "nelbasan", "netirane": the preposition grown onto the name."""
        for cut in (1, 2):
            entry = self._names.entry(word[cut:])
            if entry and entry.major and (cut == 1 or word.startswith("ne")) and len(word) - cut > 3:
                return entry, 1
        return None

    def _worth(self, words: Sequence[str], around: Around, size: int, entry: Entry, short: bool, asked: bool) -> int:
        """How much a name counts where it stands: 0 not at all, 8 "now in"."""
        cues, at = self._cues, around.at
        if cues.no_place(around, words[at + size : at + size + 2]) or not cues.topic.isdisjoint(words[:at]):
            return 0
        plain = size > 1 or words[at] not in self._ordinary
        inside = cues.inside(around)
        if not entry.major:
            return self._small(words, around, size, entry, short, asked) if plain or asked else 0
        if inside or around.near in cues.now:
            if size == 1 and words[at] in cues.hard and not (asked or cues.lives(around) or cues.sought(around)):
                return 0
            return cues.strength(around)
        if around.near in cues.origin:
            return 1 if plain or short or asked else 0  # it loses to every other name
        if size == 1 and words[at] in self._everyday:
            if around.first and self._stands_alone(words, around) and words[at] not in cues.hard:
                return 4  # "Maliq, near the factory"
            return 3 if asked and short else 0
        return 4 if short or plain else 0

    def _stands_alone(self, words: Sequence[str], around: Around) -> bool:
        """A clause of its own, or what stands behind it tells where in the town."""
        after = around.at + 1
        return after == len(words) or after in around.ends or words[after] in self._cues.within

    def _small(self, words: Sequence[str], around: Around, size: int, entry: Entry, short: bool, asked: bool) -> int:
        """How much a village counts: many are called like an everyday word, so more is asked of it than of a town."""
        cues, at = self._cues, around.at
        inside = cues.inside(around)
        # "kam frike" is no Kam in Has, even where a town was asked.
        verb = size == 1 and len(words) > 1 and not inside and words[at] in cues.hard
        if asked and (short or inside) and not verb:
            return 3 if short else 2
        strange = entry.own and (size > 1 or self._strange(words[at]))
        if strange and short and around.near in cues.origin:
            return 1
        if not strange or (inside and around.near in cues.loose and not short):
            return 0
        if inside:
            return 3 if cues.lives(around) else 2
        closes = at + size == len(words) or at + size in around.ends or words[at + size] in cues.towns
        return 2 if around.first and closes and len(words[at]) > 4 else 0

    def _country(self, words: Sequence[str], at: int) -> tuple[str, int]:
        for size in range(min(3, len(words) - at), 0, -1):
            code = self._countries.get(" ".join(words[at : at + size]))
            if code:
                return code, size
        return "", 1

    def _abroad(self, words: Sequence[str], around: Around, size: int, short: bool, passing: bool | None) -> int:
        cues, at = self._cues, around.at
        if around.near in cues.origin:  # "I want to go home from Italy" is written there
            after = words[at + size : at + size + 3]
            return 7 if cues.wants_back(words[max(0, at - 7) : at], after) else 0
        if cues.no_place(around, words[at + size : at + size + 2]) or any(word in cues.was for word in around.before):
            return 0
        if cues.sought(around) and not cues.speaks(around):
            return 0  # "a job in Dubai" is where somebody may go
        if around.near in cues.now:
            return 8
        if cues.inside(around):
            if at + size not in around.ends and not cues.now.isdisjoint(words[at + size : at + size + 1]):
                return 8
            if cues.lives(around):
                return cues.strength(around)
            return self._in_passing(words, around, size, short, passing)
        opening = at == 0 and (
            size > 1 or at + size in around.ends or words[at + 1 : at + 2] in (["greece"], ["italy"])
        )
        alone = at == max(around.ends | {0}) and at + size == len(words)  # "they beat me, france"
        return 4 if short or opening or alone else 0

    def _in_passing(self, words: Sequence[str], around: Around, size: int, short: bool, passing: bool | None) -> int:
        """How much "in Germany" counts where nobody is said to be there: by where it stands, and by the needs."""
        if short:
            return 5
        stands_out = around.at <= 2 or len(around.before) == 1 or around.at + size == len(words)
        if passing is None:
            return 5 if stands_out else 0
        if not passing or self._cues.leaving(around):  # on the way, or only offered
            return 0
        return 5 if stands_out else 3  # a town of ours, if one is named, is where they are

    def _slip(self, words: Sequence[str], short: bool, asked: bool, breaks: frozenset[int]) -> PlaceReading:
        """A name with a typo: only where nothing else can be meant."""
        alone = short and (asked or len(words) <= 3)
        ordinary = self._ordinary
        for at, word in enumerate(words):
            if len(word) < LEAST or word in ordinary:
                continue
            abroad = self._may_slip_abroad(words, at, asked and short, breaks)
            here = len(word) > LEAST and self._may_slip(words, at, alone)
            entries = self._names.typo(word) if abroad or here else ()
            if abroad and not entries:
                countries = self._countries_near(word, 1 if asked else 2)
                if len(countries) == 1:
                    return PlaceReading(kind="abroad", country=countries.pop())
            if not here:
                continue
            if len(entries) == 1:
                return _reading(entries[0])
            if 1 < len(entries) <= MOST:
                return PlaceReading(kind="which", ids=tuple(entry.names[0].id for entry in entries))
        return UNKNOWN if asked and short and words else NOWHERE

    def _countries_near(self, word: str, sure: int) -> set[str]:
        """Countries and cities abroad one slip of the thumb away, which cannot be in the first letters."""
        hits = (form for hole in holes(word) for form in self._near_countries.get(hole, ()))
        return {self._countries[form] for form in hits if form[:sure] == word[:sure]}

    def _may_slip_abroad(self, words: Sequence[str], at: int, asked: bool, breaks: frozenset[int]) -> bool:
        """Where a town was asked for; else behind "in", or alone behind the last comma: "not paid, germny"."""
        word = words[at]
        if word in self._countries or self._names.entry(word):  # no slip: it has been weighed as what it is
            return False
        if self._known(word) and not (asked and len(word) > LEAST):
            return False
        closes = bool(breaks) and at == max(breaks) - 1 == len(words) - 1
        cue = words[at - 1] if at else ""
        return asked or (len(word) > LEAST and (closes or (cue in self._cues.within and cue not in self._cues.loose)))

    def _may_slip(self, words: Sequence[str], at: int, alone: bool) -> bool:
        word = words[at]
        if self._names.entry(word):
            return False
        before = words[max(0, at - 2) : at]
        if any(cue in self._cues.never for cue in before):
            return False
        cue = before[-1] if before else ""
        return alone or (len(word) > 5 and cue in self._cues.within and cue not in self._cues.loose)


def _declined(countries: Mapping[str, str]) -> dict[str, str]:
    """Countries with the endings of Albanian cases: "itali" -> "italise", "france" -> "francen", in Gheg "franc"."""
    forms = dict(countries)
    for name, code in countries.items():
        if len(name) < 5 or " " in name:
            continue
        ends = {"i": ("s", "se", "n", "ne", "a", "es", "en", "t"), "a": ("s", "n", "se", "ne"), "e": ("s", "n")}
        for ending in ends.get(name[-1], ("i", "it", "in", "u", "ut", "un") if name[-1] not in "os" else ()):
            forms.setdefault(name + ending, code)
        if name[-1] in "ea":
            for ending in ("a", "e", "es", "en", "" if len(name) > 5 else "a"):
                forms.setdefault(name[:-1] + ending, code)
        if name[-1] == "i":
            forms.setdefault(name + "e", code)
    return forms


def _spellings(spellings: Mapping[str, str], names: PlaceNames) -> dict[str, Entry]:
    """Everyday spellings and quarters of a town, each with what the map calls it."""
    found = {form: names.entry(name) for form, name in spellings.items()}
    return {form: Entry(entry.names, True) for form, entry in found.items() if entry}


def _reading(entry: Entry) -> PlaceReading:
    if len(entry.names) == 1:
        return PlaceReading(kind="one", ids=(entry.names[0].id,))
    if 1 < len(entry.names) <= MOST:
        return PlaceReading(kind="which", ids=tuple(name.id for name in entry.names))
    return UNKNOWN
