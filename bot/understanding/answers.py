"""Short answers: commands, yes and no, numbers and the words of a choice, where they are the whole message.

Owns: what an exact short message means, and one typo in it. Never: anything inside a longer message, where a cry beats
a command.
"""

from __future__ import annotations

from typing import Final

import msgspec

from bot.dialogue.reading import Expecting, PlaceReading, Reading
from bot.understanding.folding import single
from bot.understanding.lexicon import Lexicon, Saying
from bot.understanding.slips import holes, nearby

# Digits that mean the same in every step, and their words; "tete" (8) is too close to "te te" to close anything.
FIXED: Final = {0: "numbers", 7: "back", 8: "close", 9: "skip"}
LONGEST: Final = 48  # letters of the longest short answer
INTENT: Final = {
    "numbers": "help_command", "back": "back", "close": "stop", "skip": "unknown", "delete": "delete", "stop": "stop",
    "help": "help_command", "restart": "restart", "language_sq": "language_switch", "language_en": "language_switch",
    "human": "human", "privacy": "help_command", "who": "help_command", "cost": "help_command", "thanks": "thanks",
    "greeting": "greeting", "insult": "unknown", "hard": "unknown", "credit": "help_command", "contact_wish": "need",
    "secret": "help_command", "no_police": "no",
}  # fmt: skip


class Answers:
    """All short answers by their squashed letters, so that "sdua", "s'dua" and "s dua" are one."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._sayings: dict[str, Saying] = {}
        for saying in lexicon.sayings:
            key = saying.words.replace(" ", "")
            old = self._sayings.get(key)
            if old is None:
                self._sayings[key] = saying
            elif old.language != saying.language and (old.kind, old.value) == (saying.kind, saying.value):
                self._sayings[key] = msgspec.structs.replace(old, language="")
        self._near = nearby(key for key in self._sayings if len(key) >= 5)
        self._polite, self._counters = lexicon.polite, lexicon.counters
        self._shorthand = lexicon.shorthand

    def read(self, words: str, expecting: Expecting) -> Reading | None:
        """A whole folded message as a short answer, or None."""
        if len(words) > LONGEST:
            return None
        key = words.replace(" ", "")
        return self._exact(key, expecting) or self._trimmed(words, expecting)

    def _exact(self, key: str, expecting: Expecting) -> Reading | None:
        if key.isdigit():
            return self._number(int(key), expecting, digits=True, language="") if len(key) <= 2 else None
        chosen = self._chosen(key, expecting)
        if chosen:
            return chosen
        saying = self._sayings.get(key) or self._sayings.get(single(key))
        return self._said(saying, expecting) if saying else None

    def _chosen(self, key: str, expecting: Expecting) -> Reading | None:
        for ident, words in expecting.choices:
            if any(word.replace(" ", "") == key for word in words):
                return _choice(ident)
        return None

    def _said(self, saying: Saying, expecting: Expecting) -> Reading:
        if saying.kind == "command":
            return Reading(
                command=saying.value,
                intent=INTENT[saying.value],
                language=saying.language,
                rules=(f"command {saying.words}",),
            )
        if saying.kind in ("yes", "no"):
            ids = [ident for ident, _ in expecting.choices]
            choice = saying.kind if saying.kind in ids else ""
            return Reading(
                answer=saying.kind,
                intent=saying.kind,
                choice=choice,
                language=saying.language,
                rules=(f"{saying.kind} {saying.words}",),
            )
        return self._number(saying.number, expecting, digits=saying.kind == "number", language=saying.language)

    def _number(self, number: int, expecting: Expecting, *, digits: bool, language: str) -> Reading:
        """A number: fixed meanings first, then the place or the choice that stands under it."""
        command = FIXED.get(number, "") if digits and not (number == 8 and language) else ""
        if command:
            return Reading(
                number=number, command=command, intent="number_choice", language=language, rules=(f"number {number}",)
            )
        place = PlaceReading()
        choice = ""
        if expecting.offered and 1 <= number <= len(expecting.offered):
            place = PlaceReading(kind="one", ids=(expecting.offered[number - 1],))
        elif 1 <= number <= len(expecting.choices):
            choice = expecting.choices[number - 1][0]
        answer = choice if choice in ("yes", "no") else ""
        return Reading(
            number=number,
            choice=choice,
            answer=answer,
            place=place,
            intent="number_choice",
            language=language,
            rules=(f"number {number}",),
        )

    def _trimmed(self, words: str, expecting: Expecting) -> Reading | None:
        """Without the polite words around it and the word for "number" before it; then with one typo."""
        parts = words.split()
        kept = [part for part in parts if part not in self._polite] or parts
        if len(kept) > 1 and kept[0] in self._counters:
            kept = kept[1:]
        if len(kept) < len(parts):
            found = self._exact("".join(kept), expecting)
            if found:
                return found if found.language else self._in_its_language(found, parts)
        return (
            self._doubled(parts, expecting)
            or self._written_out(parts, expecting)
            or self._beginning(" ".join(kept), expecting)
        )

    def _in_its_language(self, found: Reading, parts: list[str]) -> Reading:
        """ "3 pls", "option 2": a number has no language, the words around it do."""
        spoken = {self._polite.get(part) or self._counters.get(part, "") for part in parts if len(part) > 2} - {""}
        return msgspec.structs.replace(found, language=spoken.pop()) if len(spoken) == 1 else found

    def _doubled(self, parts: list[str], expecting: Expecting) -> Reading | None:
        """Two words of one choice in one breath: "po vetem" where "po" and "vetem" both stand for it."""
        for ident, words in expecting.choices:
            if len(parts) > 1 and parts[0] in words and " ".join(parts[1:]) in words:
                return _choice(ident)
        return None

    def _written_out(self, parts: list[str], expecting: Expecting) -> Reading | None:
        """With shorthand as its words: "faleminderit shum". Single letters are left alone."""
        full = [self._shorthand.get(part, part) if len(part) > 1 else part for part in parts]
        return self._exact("".join(full).replace(" ", ""), expecting) if full != parts else None

    def slip(self, words: str, expecting: Expecting) -> Reading | None:
        """A short answer with one typo in it: only for a message in which nothing else was found."""
        parts = words.split()
        key = "".join(part for part in parts if part not in self._polite)
        if not 5 <= len(key) <= LONGEST or len(parts) > 4:
            return None
        close = {near for hole in holes(key) for near in self._near.get(hole, ())}
        sayings = [self._sayings[near] for near in close if not _turned(key, near)]
        hits = {saying.value or saying.kind: saying for saying in sayings}
        return self._said(next(iter(hits.values())), expecting) if len(hits) == 1 else None

    def _beginning(self, words: str, expecting: Expecting) -> Reading | None:
        """The beginning of one choice's words, three letters or more: "para" for "paradite"."""
        if len(words) < 3:
            return None
        hits = [ident for ident, names in expecting.choices if any(name.startswith(words) for name in names)]
        if len(hits) != 1:
            return None
        return _choice(hits[0])


def _turned(one: str, other: str) -> bool:
    """Whether one is the other with a "not" before it: "s'jam mire" is no slip of "jam mire"."""
    return f"s{one}" == other or one == f"s{other}"


def _choice(ident: str) -> Reading:
    """One choice of the waiting step, by its words."""
    plain = ident in ("yes", "no")
    return Reading(choice=ident, answer=ident if plain else "", intent=ident if plain else "number_choice")
