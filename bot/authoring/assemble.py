"""Joins a draft and its phrasebook into a Script, named by the hash of its content.

Owns: the making of a Script. Never: reading a file, a rule (`check`), how words are folded (handed in).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from bot.authoring import flowbook, phrasebook
from bot.authoring.draft import Draft, contexts
from bot.authoring.levels import effective
from bot.authoring.phrasebook import ENGLISH, Phrasebook
from bot.authoring.placeholders import names_in
from bot.dialogue.script import Choice, Script, Step

Fold = Callable[[str], str]


def script_of(flows: Path, locales: Path, fold: Fold) -> Script:
    """The script of two folders; AdminError where a file cannot be read. It is not checked here."""
    return assemble(flowbook.load(flows), phrasebook.load(locales), fold)


def assemble(draft: Draft, book: Phrasebook, fold: Fold) -> Script:
    """The script. A text that a language lacks, or that lost a placeholder, is said in English: never not at all."""
    phrases = texts_by_language(draft, book)
    tells = {phrase.address: effective(phrase) for phrase in draft.phrases}
    steps = {address: _telling(step, tells) for address, step in draft.steps.items()}
    script = Script(
        hash="",
        steps=steps,
        entries=draft.entries,
        labels=draft.labels,
        phrases=phrases,
        words=words_of(draft, phrases, fold),
        tells=tells,
    )
    return msgspec.structs.replace(script, hash=digest(script))


def digest(script: Script) -> str:
    """BLAKE2b over the content, 32 hex digits: the same content has the same name on every machine."""
    plain = msgspec.to_builtins(msgspec.structs.replace(script, hash=""), builtin_types=())
    plain["words"] = {address: sorted(words) for address, words in script.words.items()}
    return hashlib.blake2b(msgspec.json.encode(plain, order="deterministic"), digest_size=16).hexdigest()


def texts_by_language(draft: Draft, book: Phrasebook) -> dict[str, dict[str, str]]:
    """Language to context to text. English has no entries for a child: it says "you" to everybody."""
    english = {phrase.address: phrase.text for phrase in draft.phrases}
    found = {ENGLISH: english}
    for language in book.languages:
        written = book.catalogue(language).by_context()
        texts = dict(english)
        for phrase in draft.phrases:
            for context in contexts(phrase):
                entry = written.get(context)
                if entry and entry.text.strip() and names_in(entry.text) == names_in(phrase.text):
                    texts[context] = entry.text
        found[language] = texts
    return found


def words_of(draft: Draft, phrases: dict[str, dict[str, str]], fold: Fold) -> dict[str, frozenset[str]]:
    """Address of a choice to what people may type for it: its label and its words, of every language, folded."""
    return {
        f"{step.address}.{choice.id}": frozenset(
            word for texts in phrases.values() for word in typed_words(choice, texts, fold)
        )
        for step in draft.steps.values()
        for choice in step.choices
    }


def typed_words(choice: Choice, texts: Mapping[str, str], fold: Fold) -> frozenset[str]:
    """What may be typed for a choice in one language, folded."""
    words = [texts.get(choice.label, ""), *texts.get(choice.words, "").split(",")]
    return frozenset(folded for word in words if (folded := fold(word.strip())))


def _telling(step: Step, tells: dict[str, int]) -> Step:
    """A step tells what its text tells, with what its placeholders add."""
    return msgspec.structs.replace(step, tells=max(step.tells, tells.get(step.say, 0)))
