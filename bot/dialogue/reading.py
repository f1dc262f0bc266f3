"""What was understood of one inbound: the type that the engine consumes and `understanding` fills.

Owns: the names of commands, of dangers and of readings. Never: how a text is understood.
"""

from __future__ import annotations

from typing import Final

import msgspec

COMMANDS: Final = frozenset(
    {
        "numbers",  # 0: phone numbers
        "back",  # 7
        "close",  # 8
        "skip",  # 9
        "delete",  # forget everything
        "stop",  # no more messages from us
        "help",  # bare HELP / NDIHME: as likely a cry as a keyword
        "restart",
        "language_sq",
        "language_en",
        "human",
        "privacy",
        "secret",  # "do not tell my mother", "will you tell my parents"
        "no_police",  # "I do not want the police": no answer to a question, whatever it asks
        "who",  # "who is this", "are you police": the same bland answer for everybody
        "cost",  # "is it free"
        "credit",  # "I have no credit to call"
        "thanks",
        "greeting",
        "insult",
        "hard",  # "I am ashamed", "I have nobody", "I do not know where to begin"
        "contact_wish",  # "do not call", "only text", "not after six": a wish, never an opt-out
    }
)

INTENTS: Final = (
    "need", "place", "yes", "no", "number_choice", "stop", "delete", "help_command", "greeting", "thanks", "human",
    "restart", "back", "language_switch", "unknown",
)  # fmt: skip


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """The person at risk, only as far as the text says so."""

    age: str = "unknown"  # child | adult | unknown
    years: int = 0  # 0: not said
    sex: str = "unknown"  # f | m | unknown
    children: bool = False  # children are with the person


class PlaceReading(msgspec.Struct, frozen=True, kw_only=True):
    """Where help is wanted. Coordinates of a pin never leave the reading."""

    kind: str = "none"  # none | one | which | abroad | unknown (looked like a place, not found)
    ids: tuple[str, ...] = ()  # ids of places.csv: one for "one", two to six for "which"
    country: str = ""  # ISO 3166-1 alpha-2 for "abroad"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One inbound, understood. Every field is a word of a closed list; no text of the person is in it."""

    kind: str = "text"  # text | choice | location | photo | voice | file | empty
    language: str = ""  # sq | en | mixed | "" where the text gives no evidence
    clear: bool = False  # the language is clear enough to switch to: three words or more
    intent: str = "unknown"
    command: str = ""  # one of COMMANDS, or ""
    choice: str = ""  # id of the choice of the step that waited (typed, tapped or named)
    step: str = ""  # address of the step a tapped choice belongs to, where it is not the one that waits
    number: int = -1  # a bare number 0..99 that the whole message was
    answer: str = ""  # yes | no | ""
    danger: str = "none"  # now | ask | none
    needs: tuple[str, ...] = ()  # codes of data/needs.toml, the most pressing first
    other: bool = False  # writes for somebody else
    cannot_call: bool = False  # cannot speak or be heard
    constraints: tuple[str, ...] = ()  # text_only, no_text_after ...: wishes about contact
    audience: Audience = Audience()
    place: PlaceReading = PlaceReading()
    organization: str = ""  # id of an organisation that was named
    personal: bool = False  # holds what looks like a name, an address or a number of a document
    rules: tuple[str, ...] = ()  # which rule read what; for `explain`, never stored


class Expecting(msgspec.Struct, frozen=True, kw_only=True):
    """What the step that waits could take: handed to `understanding` so that it can name the choice."""

    asks: str = ""  # choice | place | need | "" (nothing waits)
    step: str = ""  # address of the step
    choices: tuple[tuple[str, frozenset[str]], ...] = ()  # (id, folded words of every language), in the order shown
    offered: tuple[str, ...] = ()  # place ids offered by "which one?", in the order shown
