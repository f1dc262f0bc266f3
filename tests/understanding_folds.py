"""`python -m tests.understanding_folds`: each author's messages, read with weights that were not learned from them.

Owns: the folds (one a set of messages written by one hand) and their table. The word lists stay as they are: what they
owe to a set whose errors were read is in the figures, so these bound from above how a new message is read.
"""

from __future__ import annotations

import sys

from bot.authoring import lexicon
from bot.commands.explain import LOCALES, Shelf, shelf
from bot.commands.weights import MESSAGES, NEEDS_ONLY, labelled, taught
from tests.understanding_score import SEEN_FILES, table

FOLDS = ("seen_", "seen2_", "seen3_")


def without(prefix: str) -> Shelf:
    """A reader with this checkout's word lists that learned nothing from the files named so."""
    words, _ = taught(
        lexicon.load(LOCALES),
        list(labelled(MESSAGES, without=prefix)),
        list(labelled(MESSAGES, without=prefix, patterns=(NEEDS_ONLY,))),
    )
    return shelf(words=words)


if __name__ == "__main__":
    for fold in sys.argv[1:] or FOLDS:
        books = without(fold)
        print("\n".join(table(name, books) for name in SEEN_FILES if name.startswith(fold)))
