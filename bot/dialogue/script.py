"""The script: an immutable, checked set of flows and their phrases, named by the hash of its content.

Owns: Step, Choice, Row, Phrase, Script. Never: reading files (`authoring`), moving a session (`engine`).
An address is "flow.step"; a phrase's address is "flow.step.say" or "flow.step.choice.label".
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a `goto` table: matches when every fact equals its word. `known` and `unknown` ask for presence."""

    to: str  # address of a step
    when: tuple[tuple[str, str], ...] = ()


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One numbered answer of a step."""

    id: str
    label: str  # address of its phrase
    words: str  # address of the phrase with the words people may type, comma separated; "" if only the label counts
    goto: str = ""  # address; "" means the step's own `goto`
    tells: int = 0  # what choosing it raises the session's `told` to
    set: tuple[tuple[str, str], ...] = ()  # facts it sets


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One place in a flow: it says, asks, or finds."""

    address: str
    say: str = ""  # address of its phrase, "" if silent
    tells: int = 0
    ask: str = ""  # choice | place | need | "" (does not wait)
    keep: bool = True  # the answer is kept under the step's name, and the step is passed over once it is known
    choices: tuple[Choice, ...] = ()
    also: tuple[str, ...] = ()  # commands shown behind the choices, e.g. ("skip", "numbers")
    find: str = ""  # a name of LOOKUPS
    set: tuple[tuple[str, str], ...] = ()  # facts set on entering; an empty word forgets the fact
    effect: str = ""  # wipe | forget | optout | optin | checkin | cancel
    goto: tuple[Row, ...] = ()
    retry: str = ""  # address of the phrase for a miss here, "" for the everywhere one
    end: bool = False
    child: bool = True  # False: a child must never get it
    numbers: bool = False  # holds or leads to a number; derived

    @property
    def flow(self) -> str:
        return self.address.partition(".")[0]

    @property
    def name(self) -> str:
        return self.address.partition(".")[2]


class Phrase(msgspec.Struct, frozen=True, kw_only=True):
    """One text at one address. `note` is for translators."""

    address: str
    text: str
    tells: int = 0
    note: str = ""
    child: bool = True


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the engine and the renderer need of what admins own."""

    hash: str
    steps: Mapping[str, Step]
    entries: Mapping[str, str]  # entry name -> address, see ENTRIES
    labels: Mapping[str, str]  # command -> address of its label phrase (for `also`)
    phrases: Mapping[str, Mapping[str, str]]  # language -> address (or address#child) -> text
    words: Mapping[str, frozenset[str]]  # address of a choice ("flow.step.choice") -> folded words, all languages
    tells: Mapping[str, int]  # address of a phrase -> 0..3


# Where the engine goes when no choice of the waiting step was meant. Every one must be set in `everywhere.toml`.
ENTRIES: tuple[str, ...] = (
    "first", "told", "danger", "suicide", "silent", "unsure", "child", "help", "numbers", "back_none", "close",
    "delete", "stop", "restart", "human", "privacy", "who", "cost", "thanks", "miss", "miss_again", "miss_numbers",
    "photo", "voice", "file", "location_unknown", "place_unknown", "place_which", "organization", "contact_wish",
    "personal", "old_button", "language", "checkin_reply",
)  # fmt: skip
