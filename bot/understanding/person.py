"""Who is at risk and how they can be reached: age, sex, children, writing for somebody else, who cannot be called.

Owns: only what the message says. Never: a guess kept as a fact, a name, a number of a document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from bot.dialogue.reading import Audience
from bot.understanding.meaning import Finder, Meaning
from bot.understanding.patterns import Tokens

YOUNG: Final = 18
_GLUED: Final = re.compile(r"^(\d{1,2})(vj|yo|yr|y$)")
_DOCUMENT: Final = re.compile(r"\b([a-z]\d{8}[a-z]|\d{9,})\b")
WISHES: Final = ("text_only", "no_text_after", "no_call")


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of the person."""

    needs: tuple[str, ...] = ()
    other: bool = False
    cannot_call: bool = False
    constraints: tuple[str, ...] = ()
    audience: Audience = Audience()
    personal: bool = False


class PersonReader:
    """Reads the person from words and from the signs that the lexicon found."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def read(self, words: Sequence[str], tokens: Tokens, meaning: Meaning) -> Person:
        """The person at risk; `meaning.needs` completed by what age and relation imply."""
        signs = {match.rule.line.group for match in meaning.matches if match.rule.line.level == "sign"}
        years = self._years(words, tokens)
        needs = set(meaning.needs)
        other = "supporter" in needs or "other" in signs
        return Person(
            needs=meaning.needs,
            other=other,
            cannot_call="cannot_call" in signs,
            constraints=tuple(wish for wish in WISHES if wish in signs),
            audience=self._audience(tokens, years, needs),
            personal="personal" in signs or bool(_DOCUMENT.search(" ".join(words))),
        )

    def _years(self, words: Sequence[str], tokens: Tokens) -> int:
        """An age that is said, or 0."""
        for at, word in enumerate(words):
            glued = _GLUED.match(word)
            if glued:
                return int(glued[1])
            if word.isdigit() and len(word) <= 2 and int(word) > 0 and self._is_age(words, at):
                return int(word)
        return 0

    def _is_age(self, words: Sequence[str], at: int) -> bool:
        after = words[at + 1] if at + 1 < len(words) else ""
        if self._finder.is_word(after, "years"):
            return not (at and self._finder.is_word(words[at - 1], "since"))
        before = words[at - 1] if at else ""
        return int(words[at]) >= 8 and self._finder.is_word(before, "am") and not self._finder.is_word(after, "counted")

    def _audience(self, tokens: Tokens, years: int, needs: set[str]) -> Audience:
        has = self._finder.has
        age = "unknown"
        if years:
            age = "child" if years < YOUNG else "adult"
        elif "child_at_risk" in needs and (has(tokens, "child") or has(tokens, "minor")):
            age = "child"
        elif has(tokens, "grown"):
            age = "adult"
        female, male = has(tokens, "female"), has(tokens, "male")
        sex = "f" if female and not male else "m" if male and not female else "unknown"
        return Audience(age=age, years=years, sex=sex, children=has(tokens, "with_children"))
