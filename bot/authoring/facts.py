"""Which facts there are in a script, which words each can be, and who sets them how far told.

Owns: the table of known words. Never: what can be known at one place (`beliefs`), or a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bot.authoring.beliefs import Words
from bot.authoring.draft import Draft
from bot.dialogue.facts import SKIPPED
from bot.dialogue.lookups import LOOKUPS
from bot.dialogue.script import BOUND, READ_FACTS, SKIPPING, Choice, Step

OPEN: Final = Words()

# Facts whose words are a closed list that readings, the engine or the check-ins hold.
CLOSED: Final[Mapping[str, tuple[str, ...]]] = {
    "placed": ("yes", SKIPPED, "which", "unknown", "abroad"),
    "age": ("child", "adult"),
    "sex": ("f", "m"),
    "children": ("yes",),
    "who": ("self", "other"),
    "voice": ("no",),
    "channel": ("sms", "whatsapp", "demo"),
    "window": ("morning", "afternoon", "evening"),
}


def domains(draft: Draft, needs: Iterable[str], groups: Iterable[str], languages: Iterable[str]) -> dict[str, Words]:
    """Every fact of a script and the words it can be; a fact that is not here does not exist."""
    fixed = {name: _these(words) for name, words in CLOSED.items()}
    fixed["need"] = _these(needs) if needs else OPEN
    fixed["language"] = _these(languages)
    if groups:
        fixed["group"] = _these(groups)
    found = {name: fixed.get(name, OPEN) for name in READ_FACTS} | fixed
    for spec in LOOKUPS.values():
        for name, yields in spec.yields.items():
            found[name] = found.get(name, _these(())) | _these(yields)
    for name, words in _written(draft).items():
        if name not in fixed:
            found[name] = found.get(name, _these(())) | words
    return found


def _written(draft: Draft) -> dict[str, Words]:
    """What the script's own steps and choices write."""
    found: dict[str, Words] = {}
    for step in draft.steps.values():
        if step.ask and step.keep:
            words = (
                OPEN if step.ask in ("place", "need") else _these([*(choice.id for choice in step.choices), SKIPPED])
            )
            found[step.name] = found.get(step.name, _these(())) | words
        for name, word in pairs(step):
            words = OPEN if word.startswith(BOUND) else _these([word])
            found[name] = found.get(name, _these(())) | words
    return found


def kept_as(step: Step) -> str:
    """The fact by which a question is passed over."""
    return "placed" if step.ask == "place" else step.name


def pairs(step: Step) -> list[tuple[str, str]]:
    """Every fact and word that a step or one of its choices sets."""
    return [*step.set, *(pair for choice in step.choices for pair in choice.set)]


def _these(words: Iterable[str]) -> Words:
    return Words(frozenset(words), False)


class Levels:
    """How much somebody has told where a fact has a word: the least over all that can set it."""

    def __init__(self, draft: Draft, told: Mapping[str, int]) -> None:
        self._by_fact: dict[str, list[tuple[str, int]]] = {}  # fact -> (word, level); the word "" is any word
        for step in draft.steps.values():
            if step.address in told:
                self._step(step, told[step.address])

    def _step(self, step: Step, told: int) -> None:
        self._add(step.set, told)
        for name in LOOKUPS[step.find].yields if step.find else ():
            self._by_fact.setdefault(name, []).append(("", 0))
        for choice in step.choices:
            self._choice(step, choice, max(told, choice.tells))
        if step.ask:
            self._by_fact.setdefault(kept_as(step), []).append((SKIPPED, max(told, SKIPPING)))

    def _choice(self, step: Step, choice: Choice, told: int) -> None:
        self._add(choice.set, told)
        if step.keep:
            self._by_fact.setdefault(step.name, []).append((choice.id, told))

    def _add(self, pairs: tuple[tuple[str, str], ...], told: int) -> None:
        for name, word in pairs:
            if word:
                self._by_fact.setdefault(name, []).append(("" if word.startswith(BOUND) else word, told))

    def least(self, fact: str, words: Words) -> int:
        """What is told at least where a fact is one of these words; 3 where nothing sets it: nobody comes this way."""
        levels = [
            level
            for word, level in self._by_fact.get(fact, ())
            if not word or not (words & Words(frozenset({word}), False)).none
        ]
        if fact in READ_FACTS and not words.within(Words(frozenset({SKIPPED}), False)):
            levels.append(READ_FACTS[fact])
        return min(levels, default=3)
