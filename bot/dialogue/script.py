"""The script: an immutable, checked set of flows and their phrases, named by the hash of its content.

Owns: Step, Choice, Row, Phrase, Script. Never: reading files (`authoring`), moving a session (`engine`).
An address is "flow.step"; a phrase's address is "flow.step.say" or "flow.step.choice.label".
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bot.dialogue.reading import COMMANDS


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
    effect: str = ""  # one of EFFECTS
    goto: tuple[Row, ...] = ()
    retry: str = ""  # address of the phrase for a miss here, "" for the everywhere one
    end: bool = False
    child: bool = True  # False: a child must never get it

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


# A `goto` may also be this word: ask the question that waits once more (or go to `first` where none waits).
RESUME = "resume"

# Effects a step may have on entering. wipe: the session goes; close: wipe and drop the check-in; forget: all of this
# texter; optout: no message from us any more, and the check-in is dropped; checkin: plan one (fact `window`), which is
# also the explicit yes that ends an opt-out.
EFFECTS = ("wipe", "close", "forget", "optout", "checkin", "cancel")

# Who skips a question has told that they look for something: dull information (see the mirror rule).
SKIPPING = 1

# A word of `set` that begins with "@" copies the id that a lookup bound: set = { place = "@first" }.
BOUND = "@"

# Where the engine goes when no choice of the waiting step was meant, and what the person has told by getting there
# (see the mirror rule). Every one must be set in `everywhere.toml`.
ENTRIES: Mapping[str, int] = {
    "first": 0,
    "told": 3,  # needs were read
    "placed": 1,  # only a place, an age or the like was read
    "danger": 3,
    "suicide": 3,
    "silent": 3,
    "unsure": 1,  # perhaps danger: ask
    "help": 1,
    "numbers": 1,
    "back_none": 1,
    "close": 0,
    "delete": 0,
    "stop": 1,  # alone it can be a cry: the answer keeps the emergency number
    "restart": 1,
    "human": 1,
    "privacy": 1,
    "secret": 1,  # "do not tell my mother"
    "no_police": 2,  # "I do not want the police": the word is theirs
    "who": 1,
    "cost": 1,
    "credit": 1,  # no credit to call with
    "thanks": 0,
    "hard": 0,  # it is hard to say
    "not_now": 0,  # a yes or a no after help, where neither was asked for
    "miss": 1,
    "miss_again": 1,
    "photo": 1,
    "voice": 1,
    "file": 1,
    "location_unknown": 1,
    "place_unknown": 1,
    "place_which": 1,
    "town": 1,  # which town, once more, after one that was not found
    "organization": 3,
    "contact_wish": 1,
    "personal": 1,
    "old_button": 0,
    "language": 0,
    "checkin_reply": 0,
}

# Commands that are entries by the same name.
PLAIN = COMMANDS & ENTRIES.keys()

# Facts that readings set, and what the person has told by that.
READ_FACTS: Mapping[str, int] = {
    "need": 3, "needs": 3, "who": 3, "voice": 3, "organization": 3, "place": 1, "placed": 1, "country": 1, "age": 2,
    "sex": 1, "children": 1, "which": 1, "channel": 0,
}  # fmt: skip
