"""Which characters may leave: XML 1.0's, since every inline reply is XML, and none that reverse or hide a text.

Owns: `clean`. Never: which letters an SMS can show (`sms`).
"""

from __future__ import annotations

import re
from typing import Final

_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DIRECTION: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """The text without characters that XML 1.0 forbids (NUL, lone surrogates …) and without direction overrides."""
    return _DIRECTION.sub("", _ILLEGAL.sub("", text))
