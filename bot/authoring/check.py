"""`check`: every rule over one script, all problems at once, in reading order.

Owns: the joining of the rules. Never: a rule itself (`graph`, `texts`, `telling`, `words`, `lengths`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from bot.authoring import flowbook, graph, lengths, phrasebook, telling, texts, words
from bot.authoring.draft import Draft
from bot.authoring.material import Material, Vocabulary
from bot.authoring.phrasebook import Phrasebook
from bot.authoring.problem import Problem, sort_key

__all__ = ["RULES", "Problem", "Vocabulary", "check", "check_folders", "unreviewed"]

# Every rule: its code and its name. `tests/scripts_that_fail/NAME.toml` shows it.
RULES: Final[Mapping[str, str]] = {
    "F01": "not-toml",
    "F02": "unknown-key",
    "F03": "wrong-type",
    "F04": "unknown-name",
    "F05": "half-a-choice",
    "F06": "unknown-entry",
    "G01": "dangling-arrow",
    "G02": "unreachable-step",
    "G03": "loop-without-a-question",
    "G04": "no-way-out",
    "G05": "skip-leads-nowhere",
    "G06": "last-row-with-a-condition",
    "G07": "too-many-choices",
    "G08": "unknown-fact",
    "G09": "turn-that-says-nothing",
    "G10": "fact-nobody-asks-for",
    "G11": "command-without-label",
    "L01": "too-many-parts",
    "L02": "two-parts-in-danger",
    "L03": "long-label",
    "M01": "tells-too-early",
    "M02": "child-where-none-may-be",
    "M03": "check-in-for-a-child",
    "M04": "danger-without-emergency",
    "M05": "end-without-a-number",
    "P01": "unknown-placeholder",
    "P02": "lost-placeholder",
    "P03": "unbound-placeholder",
    "T01": "broken-catalogue",
    "T02": "missing-catalogue",
    "T03": "missing-entry",
    "T04": "untranslated",
    "T05": "fuzzy",
    "T06": "english-changed",
    "T07": "entry-left-over",
    "W01": "digits-of-a-phone",
    "W02": "shared-word",
    "W03": "word-that-is-a-command",
    "W04": "word-that-is-a-number",
    "W05": "word-of-the-carrier",
    "W06": "promise",
    "W07": "word-to-avoid",
    "W08": "telling-word",
    "W09": "check-in-that-says-something",
    "W10": "two-forms-of-address",
    "W11": "digit-with-another-meaning",
    "W12": "digit-without-a-choice",
}


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
    directory = list(directory)
    found = [*graph.problems(material), *texts.problems(material, directory)]
    found += [*words.problems(material), *words.directory_problems(material, directory)]
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
