"""Who is at risk and how they can be reached: age, sex, children, writing for somebody else, who cannot be called.

Owns: only what the message says. Never: a guess kept as a fact, a name, a number of a document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from bot.dialogue.reading import Audience
from bot.understanding.matching import Tokens
from bot.understanding.meaning import Finder, Meaning

YOUNG: Final = 18
OLDEST: Final = 99
_GLUED: Final = re.compile(r"^(\d{1,2})(vj\w*|yo|yrs?|y)$")
_DOCUMENT: Final = re.compile(r"\b([a-z]{1,2}\d{6,9}[a-z]?|\d{8,})\b")
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
        """The person at risk, as far as the message says."""
        signs = {match.rule.group for match in meaning.matches if match.rule.level in ("sign", "now")}
        other = self._for_another(meaning, signs)
        return Person(
            needs=meaning.needs if other else tuple(need for need in meaning.needs if need != "supporter"),
            other=other,
            cannot_call=not signs.isdisjoint({"cannot_call", "covert"}),
            constraints=tuple(wish for wish in WISHES if wish in signs),
            audience=self._audience(words, tokens, meaning, other),
            personal="personal" in signs or _numbered(words),
        )

    def _for_another(self, meaning: Meaning, signs: set[str]) -> bool:
        """Whether it is written for somebody else: not where the writer is hurt, unless it is said in so many words."""
        spoken = "supporter" in meaning.needs or "other" in signs
        return spoken and ("self" not in signs or "on_behalf" in signs)

    def _audience(self, words: Sequence[str], tokens: Tokens, meaning: Meaning, other: bool) -> Audience:
        has = self._finder.has
        with_children = has(tokens, "with_children")
        years = self._years(words, tokens, other)
        age = "unknown"
        if years:
            age = "child" if years < YOUNG else "adult"
        elif other and "child_at_risk" in meaning.needs and has(tokens, "child") and not with_children:
            age = "child"
        elif not other and (with_children or has(tokens, "grown")):
            age = "adult"
        violence = {"domestic_violence", "child_at_risk"} <= set(meaning.needs) and not other
        children = with_children or (violence and age == "adult")  # whose children are beaten at home
        return Audience(age=age, years=years, sex=self._sex(tokens, other), children=children)

    def _sex(self, tokens: Tokens, other: bool) -> str:
        has = self._finder.has
        if not other:  # a mother or a brother in the text says nothing on the writer
            female, male = has(tokens, "female_self"), has(tokens, "male_self")
            return "f" if female and not male else "m" if male and not female else "unknown"
        female, male = has(tokens, "female"), has(tokens, "male")
        if female and male:  # "my husband beats our son": the surer word decides
            female, male = has(tokens, "female_sure"), has(tokens, "male_sure")
        return "f" if female and not male else "m" if male and not female else "unknown"

    def _years(self, words: Sequence[str], tokens: Tokens, other: bool) -> int:
        """The age of the person at risk, or 0: what is said of oneself before what is said of anybody."""
        ages = self._ages(words)
        if not ages:
            return 0
        own = next((years for at, years in ages if self._of_self(words, at)), 0)
        if own:
            return own
        said = ages[0][1]
        has = self._finder.has
        if said and not other and (has(tokens, "child") or has(tokens, "with_children")):
            return 0  # the age of a child that the person has, not the person's own
        return said

    def _ages(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """(position, years) of every number that is an age."""
        found = []
        for at, word in enumerate(words):
            if not word[0].isdecimal():
                continue
            glued = _GLUED.match(word)
            number = int(glued[1]) if glued else int(word) if word.isdecimal() and len(word) <= 2 else 0
            if 0 < number <= OLDEST and (glued or self._is_age(words, at)):
                found.append((at, number))
        return found

    def _is_age(self, words: Sequence[str], at: int) -> bool:
        after = words[at + 1] if at + 1 < len(words) else ""
        before = words[at - 1] if at else ""
        is_word = self._finder.is_word
        if is_word(after, "aged"):
            return True
        if is_word(after, "years"):
            ahead = words[at + 2] if at + 2 < len(words) else ""
            return not is_word(before, "since") and (is_word(before, "am") or is_word(ahead, "aged"))
        return int(words[at]) >= 8 and is_word(before, "am") and not is_word(after, "counted")

    def _of_self(self, words: Sequence[str], at: int) -> bool:
        """Whether "I am" stands shortly before the age, and no child in between."""
        for back in range(at - 1, max(-1, at - 5), -1):
            if self._finder.is_word(words[back], "child_of"):
                return False
            if self._finder.is_word(words[back], "i_am"):  # "im" is "my" in "djali im 15 vjec"
                return not (back and self._finder.is_word(words[back - 1], "child_of"))
        return False


def _numbered(words: Sequence[str]) -> bool:
    """Whether a number of a document or a telephone stands there."""
    return any([_DOCUMENT.search(word) for word in words if len(word) > 7])
