"""All that the rules look at, worked out once.

Owns: Material. Never: a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from bot.authoring.assemble import assemble
from bot.authoring.beliefs import Words
from bot.authoring.draft import CHILD, Draft
from bot.authoring.facts import domains
from bot.authoring.phrasebook import ENGLISH, Phrasebook
from bot.authoring.problem import Problem
from bot.authoring.states import State, states, within
from bot.authoring.walks import Way, beginnings, ways
from bot.dialogue.script import Phrase, Script, Step


class Vocabulary:
    """What flows may speak of, and what is understood everywhere: handed in by whoever loaded it."""

    def __init__(
        self,
        *,
        commands: Mapping[str, str] | None = None,
        numbers: frozenset[str] = frozenset(),
        needs: frozenset[str] = frozenset(),
        groups: frozenset[str] = frozenset(),
    ) -> None:
        """Args: commands, folded words -> name of the command; numbers, folded number words; needs and groups, the
        codes of data/needs.toml. What is left out is not checked."""
        self.commands = commands or {}
        self.numbers = numbers
        self.needs = needs
        self.groups = groups


class Material:
    """A draft and its phrasebook, and what follows from them."""

    def __init__(self, draft: Draft, book: Phrasebook, fold: Callable[[str], str], vocabulary: Vocabulary) -> None:
        self.draft = draft
        self.book = book
        self.fold = fold
        self.vocabulary = vocabulary

    @cached_property
    def script(self) -> Script:
        return assemble(self.draft, self.book, self.fold)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        return (ENGLISH, *self.book.languages)

    @cached_property
    def phrases(self) -> dict[str, Phrase]:
        return {phrase.address: phrase for phrase in self.draft.phrases}

    @cached_property
    def facts(self) -> dict[str, Words]:
        return domains(self.draft, self.vocabulary.needs, self.vocabulary.groups, self.languages)

    @cached_property
    def states(self) -> dict[str, State]:
        """What holds when a step is entered; only steps that can be reached."""
        return states(self.draft)

    @cached_property
    def ways(self) -> list[tuple[str, Way]]:
        """Every way of every turn: (the entry or the address of the question it begins with, the way)."""
        found = [(name, way) for name, at in self.draft.entries.items() for way in ways(self.draft, at, {})]
        for address, state in self.states.items():
            step = self.draft.steps[address]
            if step.ask:
                for _, arrow in beginnings(step, within(step, state).known):
                    found += [(address, way) for way in ways(self.draft, arrow.to, arrow.known)]
        return found

    def steps(self) -> Iterator[Step]:
        return iter(self.draft.steps.values())

    def texts(self) -> Iterator[tuple[str, str, str]]:
        """(language, context, text) of everything a texter can read or is told to type, in reading order."""
        for language in self.languages:
            written = self.script.phrases[language]
            for phrase in self.draft.phrases:
                for context in (phrase.address, phrase.address + CHILD):
                    if context in written and not (language != ENGLISH and self._borrowed(language, context)):
                        yield language, context, written[context]

    def _borrowed(self, language: str, context: str) -> bool:
        """English stands in for a text that is missing: that is a problem of its own, said once."""
        return context not in self._written(language)

    def _written(self, language: str) -> Mapping[str, object]:
        return self._catalogues[language]

    @cached_property
    def _catalogues(self) -> dict[str, dict[str, object]]:
        return {
            language: {entry.context: entry for entry in self.book.catalogue(language).entries if entry.text.strip()}
            for language in self.book.languages
        }

    def problem(self, code: str, address: str, what: str, remedy: str) -> Problem:
        """A problem of a step, a choice or a phrase of the flows."""
        source = self.draft.source(address)
        return Problem(code=code, file=source.file, line=source.line, step=address, what=what, remedy=remedy)

    def text_problem(self, code: str, language: str, context: str, what: str, remedy: str) -> Problem:
        """A problem of one text: of the flow where it is English, else of the catalogue."""
        if language == ENGLISH:
            return self.problem(code, context, what, remedy)
        catalogue = self.book.catalogue(language)
        entry = catalogue.by_context().get(context)
        line = entry.line if entry else 0
        return Problem(code=code, file=catalogue.path, line=line, step=context, what=what, remedy=remedy)
