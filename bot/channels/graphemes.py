"""What is seen as one sign: letters with their marks, flags, joined emoji. An SMS part never cuts one in two.

Owns: the borders, by Unicode's annex 29 in the edition that Twilio's calculator uses (10.0: emoji by list).
Never: what a sign costs (`sms`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

_ZWJ: Final = 0x200D
_PREPEND: Final = frozenset({*range(0x600, 0x606), 0x6DD, 0x70F, 0x8E2, 0xD4E, 0x110BD, 0x111C2, 0x111C3})
_EXTEND_MORE: Final = frozenset(  # extends though not a nonspacing mark
    {0x200C, 0x9BE, 0x9D7, 0xB3E, 0xB57, 0xBBE, 0xBD7, 0xCC2, 0xCD5, 0xCD6, 0xD3E, 0xD57, 0xDCF, 0xDDF, 0x302E, 0x302F}
    | {0xFF9E, 0xFF9F, 0x1133E, 0x11357, 0x114B0, 0x114BD, 0x115AF, 0x1D165, *range(0x1D16E, 0x1D173)}
    | set(range(0xE0020, 0xE0080))
)
_SPACING_MORE: Final = frozenset({0xE33, 0xEB3})
_SPACING_LESS: Final = frozenset({0x102B, 0x102C, 0x1038, *range(0x1062, 0x1065), *range(0x1067, 0x106E), 0x1083})


def _ranges(text: str) -> frozenset[int]:
    pairs = (entry.partition("-") for entry in text.split())
    return frozenset(point for low, _, high in pairs for point in range(int(low, 16), int(high or low, 16) + 1))


_GLUE: Final = _ranges(  # joins on to a preceding joiner
    "2640 2642 2695-2696 2708 2764 1f308 1f33e 1f373 1f393 1f3a4 1f3a8 1f3eb 1f3ed 1f48b 1f4bb-1f4bc 1f527 1f52c"
    " 1f5e8 1f680 1f692"
)
_PEOPLE: Final = _ranges("1f466-1f469")
_BASE: Final = _ranges(  # takes a skin tone
    "261d 26f9 270a-270d 1f385 1f3c2-1f3c4 1f3c7 1f3ca-1f3cc 1f442-1f443 1f446-1f450 1f46e 1f470-1f478 1f47c"
    " 1f481-1f483 1f485-1f487 1f4aa 1f574-1f575 1f57a 1f590 1f595-1f596 1f645-1f647 1f64b-1f64f 1f6a3 1f6b4-1f6b6"
    " 1f6c0 1f6cc 1f918-1f91c 1f91e-1f91f 1f926 1f930-1f939 1f93d-1f93e 1f9d1-1f9dd"
)


def graphemes(text: str) -> list[str]:
    """The signs of a text, in order and complete. CR and LF are two signs, as the calculator counts."""
    return list(_split(text))


def _split(text: str) -> Iterator[str]:
    start = 0
    for at in range(1, len(text)):
        if _border(text, start, at):
            yield text[start:at]
            start = at
    if text:
        yield text[start:]


def _border(text: str, start: int, at: int) -> bool:
    """Whether a new sign begins at `at`, the one before having begun at `start`."""
    before, after = _kind(text[at - 1]), _kind(text[at])
    if before == "control" or after == "control":
        return True
    if at - start == 3 and _kind(text[start]) == _kind(text[start + 1]) == "region":
        return True  # the calculator joins one mark to a flag, and no second one
    if after in {"extend", "joiner", "spacing"} or before == "prepend" or (before, after) in _HANGUL:
        return False
    if after == "tone":
        return not _takes_tone(text[start:at])
    if before == "joiner":
        return ord(text[at]) not in _GLUE | _PEOPLE
    if before == after == "region":
        return (at - start) % 2 == 0
    return True


_HANGUL: Final = frozenset(
    {("L", "L"), ("L", "V"), ("L", "LV"), ("L", "LVT"), ("LV", "V"), ("LV", "T"), ("V", "V"), ("V", "T")}
    | {("LVT", "T"), ("T", "T")}
)


def _takes_tone(sign: str) -> bool:
    """Whether a skin tone joins a sign: right behind its base, or with one mark between, as the calculator has it."""
    if any(_kind(char) == "extend" for char in sign):
        sign = sign[:-1] if _kind(sign[-1]) == "extend" else ""
    return bool(sign) and ord(sign[-1]) in _BASE | _PEOPLE


def _kind(char: str) -> str:
    point = ord(char)
    if point < 0x300:
        return "control" if unicodedata.category(char) in {"Cc", "Cf"} else "other"
    if point == _ZWJ:
        return "joiner"
    if point in _PREPEND:
        return "prepend"
    if 0x1F3FB <= point <= 0x1F3FF:
        return "tone"
    if 0x1F1E6 <= point <= 0x1F1FF:
        return "region"
    return _hangul(point) or _by_category(char, point)


def _hangul(point: int) -> str:
    if 0x1100 <= point <= 0x115F or 0xA960 <= point <= 0xA97C:
        return "L"
    if 0x1160 <= point <= 0x11A7 or 0xD7B0 <= point <= 0xD7C6:
        return "V"
    if 0x11A8 <= point <= 0x11FF or 0xD7CB <= point <= 0xD7FB:
        return "T"
    if 0xAC00 <= point <= 0xD7A3:
        return "LV" if (point - 0xAC00) % 28 == 0 else "LVT"
    return ""


def _by_category(char: str, point: int) -> str:
    category = unicodedata.category(char)
    if category in {"Mn", "Me"} or point in _EXTEND_MORE:
        return "extend"
    if (category == "Mc" and point not in _SPACING_LESS) or point in _SPACING_MORE:
        return "spacing"
    if category in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return "control"
    return "other"
