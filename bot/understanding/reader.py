"""The reader: text in, Reading out. Pure, bounded, and it never raises.

Owns: the order of reading (exact short answers, then danger, needs, place, language, person) and what beats what:
a disclosure beats every command word. Never: words (`lexicon`), what follows from a reading (`dialogue`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.dialogue.reading import Expecting, PlaceReading, Reading
from bot.understanding.answers import Answers
from bot.understanding.folding import bare, letters
from bot.understanding.language import LanguageReader
from bot.understanding.lexicon import Lexicon
from bot.understanding.meaning import Finder, Meaning
from bot.understanding.patterns import Tokens
from bot.understanding.person import PersonReader
from bot.understanding.places import NOWHERE, PlaceNames, PlaceReader
from bot.understanding.tokens import Splitter

NOTHING = Expecting()


class Reader:
    """Everything that is known about words, joined. Built once; reading changes nothing."""

    def __init__(self, lexicon: Lexicon, places: PlaceNames, organizations: Mapping[str, str]) -> None:
        self._answers = Answers(lexicon)
        self._finder = Finder(lexicon)
        index = self._finder.index
        vocabulary = frozenset(word for line in lexicon.lines for word in bare(letters(line.example)).split())
        hinted = frozenset().union(*lexicon.hints.values()) if lexicon.hints else frozenset()
        index.learn(vocabulary | hinted)
        ordinary = vocabulary | hinted
        self._split = Splitter(lexicon, lambda word: word in ordinary or bool(index.elements(word))).split
        self._language = LanguageReader(lexicon)
        self._places = PlaceReader(places, lexicon, ordinary)
        self._person = PersonReader(self._finder)
        self._organizations = {tuple(name.split()): ident for name, ident in organizations.items()}

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
            return short
        if len(words) < 32:
            place = self._places.whole(words, asked)
            if place.kind != "none":
                return Reading(intent="place", place=place, rules=(f"place {words}",))
        return self._long(plain, words, expecting)

    def _long(self, plain: str, folded: str, expecting: Expecting) -> Reading:
        words, breaks = self._split(plain)
        tokens = self._finder.index.tokens(words, breaks)
        meaning = self._finder.read(tokens)
        place = self._places.read(words, expecting.asks == "place") if words else NOWHERE
        speaking = meaning.danger != "none" or bool(meaning.needs)
        if not speaking and place.kind in ("none", "unknown"):
            short = self._answers.slip(folded, expecting)
            if short is not None:
                return short
        return self._whole(words, meaning, place, tokens)

    def _whole(self, words: Sequence[str], meaning: Meaning, place: PlaceReading, tokens: Tokens) -> Reading:
        language, clear = self._language.read(words)
        person = self._person.read(words, tokens, meaning)
        rules = tuple(f"{m.rule.line.level}.{m.rule.line.group}: {m.rule.line.pattern}" for m in meaning.matches)
        speaking = meaning.danger != "none" or bool(meaning.needs)
        intent = "need" if speaking else "place" if place.kind in ("one", "which", "abroad") else "unknown"
        return Reading(
            language=language, clear=clear, intent=intent, danger=meaning.danger, needs=person.needs, other=person.other,
            cannot_call=person.cannot_call, constraints=person.constraints, audience=person.audience, place=place,
            organization=self._organization(words), personal=person.personal, rules=rules,
        )  # fmt: skip

    def _organization(self, words: Sequence[str]) -> str:
        for name, ident in self._organizations.items():
            size = len(name)
            if any(tuple(words[at : at + size]) == name for at in range(len(words) - size + 1)):
                return ident
        return ""


def _without_words(text: str) -> Reading:
    if "?" in text[:100]:
        return Reading(command="help", intent="help_command", rules=("sign ?",))
    return Reading(kind="empty", rules=("no words",))
