"""`check`: every rule over one script, all problems at once, in reading order.

Owns: the joining of the rules. Never: a rule itself (`graph`, `texts`, `telling`, `words`, `lengths`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from bot.authoring import flowbook, graph, lengths, phrasebook, telling, texts, words
from bot.authoring.draft import Draft
from bot.authoring.material import Material, Vocabulary
from bot.authoring.phrasebook import Phrasebook
from bot.authoring.problem import Problem, sort_key

__all__ = ["Problem", "Vocabulary", "check", "check_folders", "unreviewed"]


def check_folders(
    flows: Path,
    locales: Path,
    fold: Callable[[str], str],
    vocabulary: Vocabulary,
    directory: Iterable[tuple[str, str]] = (),
) -> list[Problem]:
    """Every problem of two folders. Where a file cannot be read, that is said, and the rest is checked without it."""
    draft, unread = flowbook.read(flows)
    book, unreadable = phrasebook.read(locales)
    found = [*unread, *unreadable]
    if not found:
        found = check(draft, book, fold, vocabulary, directory)
    return sorted(found, key=sort_key)


def check(
    draft: Draft,
    book: Phrasebook,
    fold: Callable[[str], str],
    vocabulary: Vocabulary,
    directory: Iterable[tuple[str, str]] = (),
) -> list[Problem]:
    """Every problem of a draft and its phrasebook.

    Args: fold, how typed words are folded; directory, (context, English) of its texts, for the catalogues.
    """
    material = Material(draft, book, fold, vocabulary)
    found = [*graph.problems(material), *texts.problems(material, directory), *words.problems(material)]
    if not any(problem.code == "G01" for problem in found):
        found += [*telling.problems(material), *telling.unbound(material), *lengths.problems(material)]
    return sorted(found, key=sort_key)


def unreviewed(book: Phrasebook) -> dict[str, tuple[int, int]]:
    """Dues: language -> (texts that no native caseworker has reviewed, all texts)."""
    counts = {language: (0, 0) for language in book.languages}
    for (language, _), catalogue in book.catalogues.items():
        left, whole = counts[language]
        left += sum(not entry.reviewed for entry in catalogue.entries)
        counts[language] = (left, whole + len(catalogue.entries))
    return counts
