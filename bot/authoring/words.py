"""Rules on words: what no text may say, and what people type for a choice.

Owns: the codes W. Never: the lists themselves (`rules.toml`, where caseworkers may change them).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

from bot.authoring import levels
from bot.authoring.assemble import typed_words
from bot.authoring.draft import CHILD
from bot.authoring.material import Material
from bot.authoring.phrasebook import DIRECTORY
from bot.authoring.placeholders import rules, without
from bot.authoring.problem import Problem
from bot.dialogue.script import Choice, Step

# Three digits and more, also with one sign between them: 112, 116 117, 1-1-2.
NUMBER: Final = re.compile(r"\d(?:[ .\-/\u00a0]?\d){2,}")
WHOLE_NUMBER: Final = re.compile(r"\d(?:[ .\u00a0]?\d){4,}")
PROMISE: Final = "is a promise that nobody can keep"
TALK: Final = ("greeting", "thanks", "insult", "hard", "credit", "contact_wish")  # never stronger than a choice
FIXED: Final = {"0": "numbers", "7": "back", "8": "close", "9": "skip"}
SIGN: Final = re.compile(r"(?<![\d.,:/\-])([0789])(?![\d.,:/\-]?\d)\s*([^\d.,;:!?()]*)")


def problems(material: Material) -> Iterator[Problem]:
    """Every problem of words in texts, then of the words of choices."""
    for language, context, text in material.texts():
        if not context.endswith(".words"):
            yield from _said(material, language, context, text)
        yield from _digits(material, language, context, text)
    for step in material.steps():
        yield from _choices(material, step)


def directory_problems(material: Material, texts: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """The same lists over what the directory says, (context, English); a name may hold a short number ("ALO 116")."""
    english = [(context, text, "data") for context, text in texts]
    written = [
        (entry.context, entry.text, material.book.catalogue(language, DIRECTORY).path)
        for language in (material.book.languages if english else ())
        for entry in material.book.catalogue(language, DIRECTORY).entries
    ]
    for context, text, file in (*english, *written):
        plain = folded(material, text)
        for found, code, what, remedy in (
            *_listed(material, plain, "promises", "W06", PROMISE, "Say only what is done."),
            *_avoided(material, plain),
            *_carrier(material, text),
        ):
            yield Problem(code=code, file=file, step=context, what=f'"{found}" {what}.', remedy=remedy)
        number = WHOLE_NUMBER.search(text)
        if number:
            what = f'"{number[0]}" looks like a phone number.'
            remedy = "Numbers stand in [[phones]] and lines.toml, each with its source."
            yield Problem(code="W01", file=file, step=context, what=what, remedy=remedy)


def folded(material: Material, text: str) -> str:
    """A text without placeholders, folded, with a space at each end, so that whole words can be found in it."""
    return _folded(material.fold, text)


@lru_cache(maxsize=8192)  # the word lists are looked for in every text
def _folded(fold: Callable[[str], str], text: str) -> str:
    tokens = re.findall(r"[\w'’]+", without(text))
    return " " + " ".join("'".join(map(fold, re.split(r"['’]", token))) for token in tokens) + " "


def _said(material: Material, language: str, context: str, text: str) -> Iterator[Problem]:
    plain = folded(material, text)
    for found, code, what, remedy in (
        *_listed(material, plain, "promises", "W06", PROMISE, "Say only what is done."),
        *_avoided(material, plain),
        *_telling(material, context, plain),
        *_carrier(material, text),
    ):
        yield material.text_problem(code, language, context, f'"{found}" {what}.', remedy)
    yield from _neutral(material, language, context, plain)
    yield from _address(material, language, context, plain)
    yield from _fixed(material, language, context, text)
    yield from _counted(material, language, context, plain)


Hit = tuple[str, str, str, str]


def _listed(material: Material, plain: str, name: str, code: str, what: str, remedy: str) -> Iterator[Hit]:
    """Lists of every language: a text may mix two."""
    for words in rules()[name].values():
        for word in words:
            if folded(material, word) in plain:
                yield word, code, what, remedy


def _avoided(material: Material, plain: str) -> Iterator[Hit]:
    for words in rules()["avoid"].values():
        for word, instead in words.items():
            if folded(material, word) in plain:
                yield word, "W07", "is a word our texts do without", instead[:1].upper() + instead[1:] + "."


def _telling(material: Material, context: str, plain: str) -> Iterator[Hit]:
    phrase = material.phrases[context.removesuffix(CHILD)]
    if levels.effective(phrase) < 2:
        what = f"names a situation in a text that is said to tell {levels.effective(phrase)}"
        yield from _listed(material, plain, "telling", "W08", what, "Say it in duller words, or write tells = 2.")


def _carrier(material: Material, text: str) -> Iterator[Hit]:
    """A carrier's word in capitals, or behind a word like "write"."""
    carrier: dict[str, Any] = rules()["carrier"]
    tokens = re.findall(r"[\w']+", without(text))
    verbs = set(carrier["type"])
    for before, word in zip(["", *tokens], tokens, strict=False):
        told = word.isupper() or material.fold(before) in verbs
        if word.upper() in carrier["words"] and told:
            what = "is a word that the carrier answers itself, so that it never reaches us"
            yield word, "W05", what, "Tell people to type a digit, or another word."


def _neutral(material: Material, language: str, context: str, plain: str) -> Iterator[Problem]:
    neutral: dict[str, Any] = rules()["checkin"]
    step = material.draft.entries.get("checkin_reply", "")
    if context != f"{step}.say" or language not in neutral:
        return
    words = [word for word in plain.split() if word not in neutral[language]]
    if words:
        what = f'"{" ".join(words)}" is none of the neutral words of a check-in.'
        yield material.text_problem("W09", language, context, what, "Use only the words of the list [checkin].")


def _address(material: Material, language: str, context: str, plain: str) -> Iterator[Problem]:
    forms: dict[str, Any] | None = rules()["address"].get(language)
    if forms is None:
        return
    words = set(plain.split())
    polite, familiar = sorted(words & set(forms["polite"])), sorted(words & set(forms["familiar"]))
    if polite and familiar:
        what = f'One text says both "{polite[0]}" and "{familiar[0]}".'
        yield material.text_problem("W10", language, context, what, "Speak to one person in one way.")
    elif familiar and not context.endswith(CHILD):
        what = f'"{familiar[0]}" speaks to a child, and this is the text for adults.'
        yield material.text_problem("W10", language, context, what, "Use the polite form here.")


def _fixed(material: Material, language: str, context: str, text: str) -> Iterator[Problem]:
    for digit, rest in SIGN.findall(without(text)):
        command = FIXED[digit]
        if not _means(material, language, command, material.fold(rest)) and not _alone(text, digit):
            what = f'"{digit} {rest.strip()}" gives {digit} another meaning: it is {command} everywhere.'
            yield material.text_problem("W11", language, context, what, "Use 1 to 6 for choices.")


def _counted(material: Material, language: str, context: str, plain: str) -> Iterator[Problem]:
    """A digit that people are told to type must be one of the step's choices."""
    step = material.draft.steps.get(context.rpartition(".")[0])
    if step is None:
        return
    verbs = "|".join(rules()["carrier"]["type"])
    for digit in re.findall(rf" (?:{verbs}) ([1-6])(?= )", plain):
        if int(digit) > len(step.choices):
            what = f"People are told to write {digit}, and the step has no choice {digit}."
            yield material.text_problem("W12", language, context, what, "Add the choice, or take the digit out.")


def _means(material: Material, language: str, command: str, rest: str) -> bool:
    label = material.script.phrases[language].get(material.draft.labels.get(command, ""), "")
    words = {word for word, name in material.vocabulary.commands.items() if name == command}
    words |= {material.fold(word) for word in rules()["fixed"][command]} | ({material.fold(label)} if label else set())
    return not rest.strip() or any(word and word in rest for word in words)


def _alone(text: str, digit: str) -> bool:
    """ "..., or 9." and "write 9": the digit alone, told to type."""
    return bool(re.search(rf"{digit}\s*[.,!?)]|{digit}\s*$", without(text)))


def _digits(material: Material, language: str, context: str, text: str) -> Iterator[Problem]:
    number = NUMBER.search(without(text))
    if number:
        what = f'"{number[0]}" looks like a phone number.'
        remedy = "Use a placeholder, as in {line.emergency}: a number written in a text cannot be withdrawn."
        yield material.text_problem("W01", language, context, what, remedy)


def _choices(material: Material, step: Step) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for choice in step.choices:
        address = f"{step.address}.{choice.id}"
        for word in sorted(_typed(material, choice)):
            squashed = word.replace(" ", "")
            if squashed in owners and owners[squashed] != choice.id:
                what = f'"{word}" is also typed for the choice {owners[squashed]}.'
                yield material.problem("W02", address, what, "Give each choice words of its own, in every language.")
            owners.setdefault(squashed, choice.id)
            yield from _taken(material, step, choice, word)


def _typed(material: Material, choice: Choice) -> set[str]:
    texts = material.script.phrases.values()
    return {word for one in texts for word in typed_words(choice, one, material.fold) if "{" not in word}


def _taken(material: Material, step: Step, choice: Choice, word: str) -> Iterator[Problem]:
    """Words that mean something else at every step."""
    address = f"{step.address}.{choice.id}"
    command = material.vocabulary.commands.get(word, "")
    if command and command not in TALK and not _same(material, step, choice, command):
        what = f'"{word}" is a command everywhere ({command}).'
        yield material.problem("W03", address, what, "Choose another word.")
    if word.isdigit() or word in material.vocabulary.numbers:
        what = f'"{word}" is a number, and numbers count the choices.'
        yield material.problem("W04", address, what, "Take it out: the choice's own digit is understood anyway.")


def _same(material: Material, step: Step, choice: Choice, command: str) -> bool:
    """The choice does what the command does."""
    if command.startswith("language_"):
        return ("language", command.removeprefix("language_")) in choice.set
    target = choice.goto or (step.goto[-1].to if step.goto else "")
    return bool(target) and target == material.draft.entries.get(command)
