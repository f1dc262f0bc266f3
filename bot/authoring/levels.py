"""How much a text tells: the mirror rule's levels 0 to 3, and what placeholders add.

Owns: the levels of placeholders. Never: the walk along paths (`telling`).
"""

from __future__ import annotations

from typing import Final

from bot.authoring.placeholders import names_in
from bot.dialogue.script import Phrase

# 1: dull information and bare numbers; 2: a line named for a group or a need; 3: an organisation.
ROOTS: Final = {
    "line": 1, "cost": 1, "hours": 1, "who": 1, "place": 1, "country": 1, "first": 1, "second": 1, "session": 0,
    "likely": 1, "hotline": 1, "need": 2, "service": 2, "org": 3,
}  # fmt: skip
FIELDS: Final = {"hotline.name": 3, "service.name": 3, "service.web": 3, "service.what": 3, "service.cost": 1}


def of_text(text: str) -> int:
    """What the placeholders of a text tell at least."""
    return max((FIELDS.get(name, ROOTS.get(name.partition(".")[0], 0)) for name in names_in(text)), default=0)


def effective(phrase: Phrase) -> int:
    """What a phrase tells: what is written, or what its placeholders tell, whichever is more."""
    return max(phrase.tells, of_text(phrase.text))
