"""Folding: one plain spelling for everything that thumbs can type.

Owns: the letters (case, marks, look-alikes, invisible characters, keycaps, repeated letters) and how a text falls into
words. Never: what a word means. Bounded: only the first `LIMIT` characters of a text are ever looked at.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LIMIT: Final = 1000  # characters; what comes later costs nothing and is not read

# Letters of other alphabets that look like ours: a text with them is still read.
_LOOKALIKES: Final = dict(
    zip(
        "авекмнорстухіѕјԁгԛһӏёαβεηικνορτυχγςμωøłđıŋßþð",
        "abekmhopctyxisjdrqhleabenikvoptuxgsmwoldinsbd",
        strict=True,
    )
)
# Marks that end a thought, those that part one, and every shape of the apostrophe.
_ENDS: Final = frozenset(".!?;\n…。؟！？。")
_PARTS: Final = frozenset(',:()[]{}"«»“”„–—|')
_APOSTROPHES: Final = frozenset("'’‘`´ʼ′‵＇ʹ")
_MEMORY: Final = 8192  # characters remembered at most, so that odd texts cannot fill the memory
_RUNS: Final = re.compile(r"([a-z])\1{2,}")
_TRIPLE: Final = re.compile(r"([a-z])\1\1")


def _letter(char: str) -> str:
    """One character folded: letters, digits, an apostrophe, " . ", " , ", a lone sign, or a space."""
    if char in _ENDS:
        return " . "
    if char in _PARTS:
        return " , "
    if char in _APOSTROPHES:
        return "'"
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    out = []
    for part in unicodedata.normalize("NFKD", char).lower():
        kind = unicodedata.category(part)
        plain = _LOOKALIKES.get(part, part)
        if kind[0] == "L" or kind == "Nd":
            out.append(plain)
        elif kind == "So":
            out.append(f" {part} ")  # an emoji is a word
        elif kind[0] not in "MC" and kind != "Sk":
            out.append(" ")
    return "".join(out)


class _Letters(dict[int, str]):
    """The table for `str.translate`, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        folded = _letter(chr(code))
        if len(self) < _MEMORY:
            self[code] = folded
        return folded


_TABLE: Final = _Letters()
for _code in (*range(0x20, 0x250), *range(0x370, 0x460), *range(0x2010, 0x2040), 0x0A, 0x0D, 0x09):
    _TABLE[_code] = _letter(chr(_code))
_TABLE[0x09] = _TABLE[0x0D] = " "


def letters(text: str) -> str:
    """The first `LIMIT` characters folded, with " . " and " , " where a thought ends or parts and "'" kept."""
    plain = text[:LIMIT].translate(_TABLE)
    if len(plain) > 2 * LIMIT:
        plain = plain[: 2 * LIMIT]
    if _TRIPLE.search(plain):
        plain = _RUNS.sub(r"\1\1", plain)
    return plain


def bare(plain: str) -> str:
    """What `letters` gave, as words with single spaces; apostrophes closed up, stops and commas gone."""
    if "'" in plain:
        plain = plain.replace("'", "")
    if "." in plain or "," in plain:
        plain = plain.replace(".", " ").replace(",", " ")
    return " ".join(plain.split())


def fold(text: str) -> str:
    """A text as folded words with single spaces: "S'dua!" -> "sdua", "E DYTË." -> "e dyte", "２" -> "2"."""
    return bare(letters(text))


def single(word: str) -> str:
    """A word with every doubled letter written once: the last resort for "kateer" and "ndimm"."""
    return "".join(char for index, char in enumerate(word) if index == 0 or char != word[index - 1])
