"""One slip of the thumb: which known words a word could be.

Owns: the index by holes. Two words share a hole if one letter was missed, doubled or mistaken in one of them.
Never: deciding that it was a slip.
"""

from __future__ import annotations

from collections.abc import Iterable


def holes(word: str) -> set[str]:
    """A word, and the word without any one of its letters."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def nearby(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Hole -> the words that have it."""
    near: dict[str, tuple[str, ...]] = {}
    for word in words:
        for hole in holes(word):
            near[hole] = (*near.get(hole, ()), word)
    return near
