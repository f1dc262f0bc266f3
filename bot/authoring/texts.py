"""Rules on translations and placeholders: every text is there, belongs to today's English, and holds what it must.

Owns: the codes T and P. Never: single words (`words`), what is told (`telling`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from bot.authoring.draft import CHILD, has_child_entry
from bot.authoring.material import Material
from bot.authoring.phrasebook import DIRECTORY, MESSAGES, Catalogue, Entry
from bot.authoring.placeholders import PLACEHOLDER, is_declared, names_in
from bot.authoring.problem import Problem, did_you_mean
from bot.dialogue.lookups import FIELDS

RUN: Final = "Run python -m bot phrases"
NAMES: Final = tuple(f"{root}.{field}" for root, fields in FIELDS.items() for field in fields)


def problems(material: Material, directory: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Every problem of English placeholders, then of each language's catalogues.

    Args: directory, (context, English) of each text of the directory; none where it is not checked.
    """
    for phrase in material.draft.phrases:
        yield from _placeholders(material, phrase.address, phrase.text)
    flows = {phrase.address: phrase.text for phrase in material.draft.phrases}
    flows |= {phrase.address + CHILD: phrase.text for phrase in material.draft.phrases if has_child_entry(phrase)}
    asked = dict(directory)
    for language in material.book.languages:
        yield from _catalogue(material.book.catalogue(language, MESSAGES), flows)
        if asked:
            yield from _catalogue(material.book.catalogue(language, DIRECTORY), asked)


def _placeholders(material: Material, address: str, text: str) -> Iterator[Problem]:
    for name in sorted(names_in(text)):
        if not is_declared(name):
            what = f"{{{name}}} is no placeholder."
            yield material.problem("P01", address, what, did_you_mean(name, NAMES))
        elif address.endswith(".words"):
            what = f"{{{name}}} stands among words that people type."
            yield material.problem("P01", address, what, "Take it out: nobody types a placeholder.")
    if re.search(r"[{}]", PLACEHOLDER.sub("", text)):
        what = "A brace { or } stands alone."
        yield material.problem("P01", address, what, "Write a placeholder as {name.field}, or take the brace out.")


def _catalogue(catalogue: Catalogue, wanted: dict[str, str]) -> Iterator[Problem]:
    written = catalogue.by_context()
    if not written:
        yield _problem("T02", catalogue, "", "This catalogue is missing.", f"{RUN}, then translate it.")
        return
    for context, english in wanted.items():
        if context not in written:
            yield _problem("T03", catalogue, context, "The text has no entry.", f"{RUN}, then translate it.")
        else:
            yield from _entry(catalogue, written[context], english)
    for context, entry in written.items():
        if context not in wanted:
            yield _problem("T07", catalogue, entry, "Nothing asks for this entry any more.", f"{RUN}.")


def _entry(catalogue: Catalogue, entry: Entry, english: str) -> Iterator[Problem]:
    if entry.english != english:
        yield _problem("T06", catalogue, entry, "The English has changed since.", f"{RUN}, then look at it again.")
    elif not entry.text.strip():
        yield _problem("T04", catalogue, entry, "The text is not translated.", "Translate it.")
    elif entry.fuzzy:
        was = f' (it was: "{entry.previous}")' if entry.previous else ""
        what = f"The translation is marked fuzzy{was}."
        yield _problem("T05", catalogue, entry, what, "Put it right for the English of today, then take the mark out.")
    elif names_in(entry.text) != names_in(english):
        yield _lost(catalogue, entry, english)


def _lost(catalogue: Catalogue, entry: Entry, english: str) -> Problem:
    lost, added = names_in(english) - names_in(entry.text), names_in(entry.text) - names_in(english)
    parts = [
        f"{word} {' '.join(f'{{{name}}}' for name in sorted(names))}"
        for word, names in (("lost", lost), ("added", added))
        if names
    ]
    what = f"The translation has {' and '.join(parts)}."
    return _problem("P02", catalogue, entry, what, "Keep the placeholders of the English, each as it stands.")


def _problem(code: str, catalogue: Catalogue, entry: Entry | str, what: str, remedy: str) -> Problem:
    context, line = (entry, 0) if isinstance(entry, str) else (entry.context, entry.line)
    return Problem(code=code, file=catalogue.path, line=line, step=context, what=what, remedy=remedy)
