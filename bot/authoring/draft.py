"""What was read of the flows, before it meets its translations.

Owns: Draft and Source. Never: reading a file (`flowbook`), a rule (`check`).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bot.dialogue.script import Phrase, Step

CHILD = "#child"  # ends the context of the entry that a child reads


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a step stands: the file's name and the line of its header (0: not found)."""

    file: str
    line: int = 0


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The flows as parsed: every address is whole ("flow.step"), phrases in the order of the files."""

    steps: Mapping[str, Step] = {}
    phrases: tuple[Phrase, ...] = ()
    entries: Mapping[str, str] = {}  # entry name -> address
    labels: Mapping[str, str] = {}  # command -> address of its phrase
    sources: Mapping[str, Source] = {}  # address of a step -> where

    def source(self, address: str) -> Source:
        """Where a step or a phrase stands; the flow's file where nothing nearer is known."""
        parts = address.removesuffix(CHILD).split(".")
        for end in range(len(parts), 1, -1):
            found = self.sources.get(".".join(parts[:end]))
            if found:
                return found
        return Source(file=f"{parts[0]}.toml")


def has_child_entry(phrase: Phrase) -> bool:
    """Whether a translation has a second entry of this phrase, in which a child is spoken to."""
    return phrase.child and phrase.address.rpartition(".")[2] in {"say", "retry"} and phrase.address[:7] != "system."


def contexts(phrase: Phrase) -> tuple[str, ...]:
    """The contexts a catalogue must have for this phrase."""
    return (phrase.address, phrase.address + CHILD) if has_child_entry(phrase) else (phrase.address,)
