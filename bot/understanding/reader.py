"""The reader: text in, Reading out. Pure, bounded, and it never raises.

Owns: the order of reading (exact short answers, then danger, needs, place, language, person) and what beats what:
a disclosure beats every command word. Never: words (`lexicon`), what follows from a reading (`dialogue`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from bot.dialogue.reading import Expecting, PlaceReading, Reading
from bot.understanding.answers import INTENT, Answers
from bot.understanding.folding import bare, fold, letters
from bot.understanding.language import LanguageReader
from bot.understanding.lexicon import Lexicon
from bot.understanding.matching import Tokens
from bot.understanding.meaning import SURELY, Finder, Meaning, ranked
from bot.understanding.need_opinion import FEWEST as FEW
from bot.understanding.need_opinion import counted, rooted, told
from bot.understanding.opinion import SHARE, score
from bot.understanding.person import PersonReader
from bot.understanding.places import PlaceNames
from bot.understanding.tokens import Splitter
from bot.understanding.whereabouts import NOWHERE, PlaceReader

NOTHING = Expecting()
FAR = 1.2  # so far below the question no runs of letters are looked at: they hardly ever make up for it
LONG_NAME = 5  # letters from which on a name is declined
WISHED = 10  # words of the longest wish about the talk itself
WISHES = (
    "stop", "delete", "human", "language_sq", "language_en", "restart", "back", "help", "thanks", "greeting",
    "number_choice", "no_police", "no", "yes",
)  # fmt: skip
# What a country named in passing is, by the needs: harm is told from where one is, advice is asked for before one goes.
THERE: Final = frozenset({"trafficking_exploitation", "labour_exploitation", "domestic_violence"})
AHEAD: Final = frozenset({"prevention_info", "job_income", "family_support", "legal_aid", "education_training"})
FEWEST = 3  # words from which on the second opinion is heard


class Reader:
    """Everything that is known about words, joined. Built once; reading changes nothing."""

    def __init__(self, lexicon: Lexicon, places: PlaceNames, organizations: Mapping[str, str]) -> None:
        self._answers = Answers(lexicon)
        self._finder = Finder(lexicon)
        index = self._finder.index
        vocabulary = frozenset(word for line in lexicon.lines for word in bare(letters(line.example)).split())
        hinted = frozenset().union(*lexicon.hints.values()) if lexicon.hints else frozenset()
        ordinary = vocabulary | hinted
        spoken = ordinary | _spoken(lexicon)
        self._split = Splitter(lexicon, lambda word: word in spoken or bool(index.elements(word))).split
        self._language = LanguageReader(lexicon, places.is_major)
        self._weights, self._abroad = lexicon.weights, lexicon.abroad
        self._need_weights = lexicon.need_weights
        self._places = PlaceReader(places, lexicon, ordinary, index.vocabulary.means)
        self._person = PersonReader(self._finder)
        self._organizations: dict[str, list[tuple[list[str], str]]] = {}  # first word -> names that begin with it
        for name, ident in organizations.items():
            for form in _declined(name):
                words = form.split()
                self._organizations.setdefault(words[0], []).append((words, ident))

    def read(self, text: str, expecting: Expecting = NOTHING, language: str = "sq") -> Reading:
        """What a text says. `expecting` is what the step that waits could take; `language` is the session's."""
        del language  # both languages are always read; the session keeps its own
        plain = letters(text)
        words = bare(plain)
        if not words:
            return _without_words(text)
        asked = expecting.asks == "place"
        short = self._answers.read(words, expecting)
        if short is not None and not (asked and short.command == "greeting"):
            said = self._long(plain, words, expecting) if _loosely(words, short, expecting) else short
            if said.needs:
                return said
            return self._told(plain, short) if words.count(" ") > 1 else short
        if len(words) < 32:
            place = self._places.whole(words, asked)
            if place.kind != "none":
                language = self._abroad.get(words, "") if place.kind == "abroad" else ""
                return Reading(intent="place", place=place, language=language, rules=(f"place {words}",))
        return self._long(plain, words, expecting)

    def _told(self, plain: str, short: Reading) -> Reading:
        """A short answer of three words or more: which language it is in, and how the person can be reached."""
        words, breaks = self._split(plain)
        language, clear = self._language.read(words)
        if short.command == "contact_wish":
            tokens = self._finder.index.tokens(words, breaks)
            person = self._person.read(words, tokens, self._finder.read(tokens))
            short = msgspec.structs.replace(short, cannot_call=person.cannot_call, constraints=person.constraints)
        same = short.language in ("", language)
        return msgspec.structs.replace(short, language=short.language or language, clear=clear and same)

    def _long(self, plain: str, folded: str, expecting: Expecting) -> Reading:
        words, breaks = self._split(plain)
        tokens = self._finder.index.tokens(words, breaks)
        things = counted(words, self._finder.classes(tokens))
        meaning = self._more_needs(words, self._finder.read(tokens, things), tokens, things)
        asked = expecting.asks == "place"
        place = self._places.read(words, asked, breaks, _passing(meaning.needs)) if words else NOWHERE
        if not meaning.matches and place.kind in ("none", "unknown"):
            short = self._answers.slip(folded, expecting)
            if short is not None:
                return short
        if meaning.danger == "none" and len(words) >= FEWEST:
            meaning = self._second(folded, meaning)
        if not (meaning.needs or asked) and self._places.only_spoken_of(words):
            place = NOWHERE
        return self._whole(words, meaning, place, tokens)

    def _second(self, folded: str, meaning: Meaning) -> Meaning:
        """The second opinion: it may ask whether the person is safe, and nothing else."""
        if meaning.weight < self._weights.ask - FAR:
            return meaning
        sounds = meaning.weight + SHARE * score(folded, self._weights)
        if sounds < self._weights.ask + (SURELY if meaning.doubtful else 0):
            return meaning
        return msgspec.structs.replace(meaning, danger="ask", second=sounds)

    def weighed(self, text: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """What is weighed together in a text: groups of words, words and stems, and what the lines said."""
        words, breaks = self._split(letters(text))
        tokens = self._finder.index.tokens(words, breaks)
        groups = self._finder.weighing.groups(tokens)
        return groups, frozenset(counted(words, ())), self._finder.read(tokens).said

    def counted(self, text: str) -> frozenset[str]:
        """What the second opinion on needs counts in a text: for learning it."""
        words, breaks = self._split(letters(text))
        classes = self._finder.classes(self._finder.index.tokens(words, breaks))
        return frozenset(counted(words, classes) | rooted(words))

    def _more_needs(self, words: Sequence[str], meaning: Meaning, tokens: Tokens, things: set[str]) -> Meaning:
        """The second opinion on needs: it adds what the message sounds like behind what the lines say."""
        if meaning.doubtful or len(words) < FEW or sum(map(str.isalpha, words)) < FEW:
            return meaning  # an age alone tells no need
        more = told(things | rooted(words), self._need_weights)
        new = set(more).difference(meaning.needs, self._barred(more, meaning, tokens))
        if not new:
            return meaning
        return msgspec.structs.replace(meaning, needs=(*meaning.needs, *ranked(new)), sounds=more)

    def _barred(self, more: Sequence[str], meaning: Meaning, tokens: Tokens) -> Iterator[str]:
        """Needs that the second opinion alone does not tell here."""
        has = self._finder.has
        if has(tokens, "female_self") or has(tokens, "male_self") or "suicide_self_harm" in meaning.needs:
            yield "child_at_risk"  # no home for children is offered to a grown person
        if "labour_exploitation" in (*more, *meaning.needs):
            yield "job_income"  # they have work, and it is what harms them
        if meaning.danger == "now" and not (has(tokens, "other") or has(tokens, "child")):
            yield "supporter"  # "she has a knife": who is in danger herself is not taken for another

    def _whole(self, words: Sequence[str], meaning: Meaning, place: PlaceReading, tokens: Tokens) -> Reading:
        language, clear = self._language.read(words)
        person = self._person.read(words, tokens, meaning)
        rules = tuple(f"{m.rule.line.level}.{m.rule.line.group}: {m.rule.line.pattern}" for m in meaning.matches)
        if meaning.weight >= self._weights.alarm:
            rules = (*rules, f"words weighed together: {meaning.weight:.1f}")
        if meaning.second:
            rules = (*rules, f"second opinion: {meaning.second:.1f}")
        if meaning.sounds:
            rules = (*rules, f"sounds like: {', '.join(meaning.sounds)}")
        named = place.kind in ("one", "which", "abroad")
        wish = self._wish(words, meaning)
        sure = bool(meaning.needs) or (meaning.danger != "none" and not (meaning.second and named))
        intent = "need" if sure or person.constraints else "place" if named else "unknown"
        if wish and intent == "unknown" and meaning.danger == "none":
            return Reading(
                language=language,
                clear=clear,
                intent=INTENT.get(wish, wish),
                command=wish if wish in INTENT else "",
                answer=wish if wish in ("yes", "no") else "",
                personal=person.personal,
                rules=rules,
            )
        return Reading(
            language=language,
            clear=clear,
            intent=intent,
            danger=meaning.danger,
            needs=person.needs,
            other=person.other,
            cannot_call=person.cannot_call,
            constraints=person.constraints,
            audience=person.audience,
            place=place,
            organization=self._organization(words),
            personal=person.personal,
            rules=rules,
        )

    def _wish(self, words: Sequence[str], meaning: Meaning) -> str:
        """What is wished of the talk itself, in a message of a few words."""
        if len(words) > WISHED:
            return ""
        groups = {match.rule.line.group for match in meaning.matches if match.rule.line.level == "wish"}
        return next((wish for wish in WISHES if wish in groups), "")

    def _organization(self, words: Sequence[str]) -> str:
        """The organisation that is named first, by the longest of its names that fits."""
        for at, word in enumerate(words):
            names = self._organizations.get(word, ())
            told = [(len(name), ident) for name, ident in names if list(words[at : at + len(name)]) == name]
            if told:
                return max(told)[1]
        return ""


def _declined(name: str) -> tuple[str, ...]:
    """A name and, of one long word, its definite cases in Albanian: vatra, vatres, vatren; arsis, arsisit, arsisin."""
    if " " in name or len(name) < LONG_NAME or not name.isalpha():
        return (name,)
    stem = name[:-1] + "e" if name[-1] == "a" else name + "i"
    return (name, stem + "s", stem + "n") if name[-1] == "a" else (name, stem, stem + "t", stem + "n")


def _spoken(lexicon: Lexicon) -> frozenset[str]:
    """The words of short answers and of the phrases of classes: none of them is a word that lost its vowels."""
    forms = (form.replace("_", " ") for forms in lexicon.classes.values() for form in forms)
    texts = (*(saying.words for saying in lexicon.sayings), *(fold(form) for form in forms))
    return frozenset(word for text in texts for word in text.split())


def _loosely(words: str, short: Reading, expecting: Expecting) -> bool:
    """Was a choice found in a sentence that is not its own words? "dua pune" may say more than "Pune, dokumente"."""
    if not short.choice or short.answer or short.number >= 0 or " " not in words:
        return False
    own = next((names for ident, names in expecting.choices if ident == short.choice), frozenset[str]())
    return not any(name.startswith(words) for name in own)


def _passing(needs: Sequence[str]) -> bool | None:
    """Whether a country named in passing is where the person is: where they tell of harm it is, where they ask what
    to heed or look for work it is where they may go; None where the needs say neither."""
    if not THERE.isdisjoint(needs):
        return True
    return None if AHEAD.isdisjoint(needs) else False


def _without_words(text: str) -> Reading:
    if "?" in text[:100]:
        return Reading(command="help", intent="help_command", rules=("sign ?",))
    return Reading(kind="empty", rules=("no words",))
