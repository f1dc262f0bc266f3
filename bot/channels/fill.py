"""Placeholders: `{name.field}` in a text, filled from values. No `str.format`, no template language.

Owns: the form of a placeholder, filling, leaving out what cannot be filled. Never: where values come from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\.([a-z_]+)\}")
_SENTENCE: Final = re.compile(r"(?<=[.!?])(?=\s)|(?<=\n)")
_ASIDES: Final = (re.compile(r"\s*\([^()]*\)"), re.compile(r",(?:\{[^{}]*\}|[^,.!?{}])*"))  # "(falas)", ", ditë e natë"

Fields = Callable[[str], Mapping[str, str]]


def fill(text: str, fields: Fields) -> str:
    """The text with its placeholders filled. What holds an unknown or empty one is left out: an aside (in brackets or
    behind a comma) by itself, so that a number stays where only its cost is unknown; else the whole sentence, since
    "Number: ." helps nobody. Brackets go first: without them, what stands before them may be whole. A value is never
    read for placeholders itself."""
    if "{" not in text:
        return text.strip()

    def aside(found: re.Match[str]) -> str:
        return "" if missing(found[0], fields) else found[0]

    kept = [_without_asides(sentence, aside) for sentence in sentences(text)]
    return "".join(_filled(sentence, fields) for sentence in kept if not missing(sentence, fields)).strip()


def _without_asides(sentence: str, aside: Callable[[re.Match[str]], str]) -> str:
    for kind in _ASIDES:
        sentence = kind.sub(aside, sentence)
    return sentence


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with the white space before it; joined again they are the text."""
    return [piece for piece in _SENTENCE.split(text) if piece]


def missing(text: str, fields: Fields) -> tuple[str, ...]:
    """The placeholders of a text that have no value, as they stand in it."""
    return tuple(found[0] for found in PLACEHOLDER.finditer(text) if not fields(found[1]).get(found[2], "").strip())


def _filled(sentence: str, fields: Fields) -> str:
    return PLACEHOLDER.sub(lambda found: fields(found[1])[found[2]].strip(), sentence)
