"""What the lexicon's lines say of a message: danger, needs, and which line said so.

Owns: the order in which lines count (fixed idioms first, then danger, then needs) and when a line is taken back: by
"not", by long ago, by a film. Never: a word of any language; words stand in `locales/<language>/lexicon/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from bot.understanding.lexicon import Lexicon
from bot.understanding.matching import Match, Tokens, again
from bot.understanding.patterns import Index
from bot.understanding.weighing import PREFIX, Weighing

# The codes of data/needs.toml, the most pressing first.
NEEDS: Final = (
    "immediate_danger", "suicide_self_harm", "domestic_violence", "child_at_risk", "trafficking_exploitation",
    "online_abuse", "labour_exploitation", "shelter", "medical", "return_migration", "housing", "family_support",
    "legal_aid", "counselling", "job_income", "education_training", "prevention_info", "supporter",
)  # fmt: skip
_RANK: Final = {need: rank for rank, need in enumerate(NEEDS)}
# Needs that a film or a book takes nothing away from.
PLAIN: Final = frozenset(
    {
        "education_training", "family_support", "legal_aid", "job_income", "housing", "return_migration",
        "prevention_info",
    }
)  # fmt: skip
# Needs that are over where the message says so: it was long ago, and all is well now.
OVER: Final = frozenset(
    {
        "domestic_violence", "child_at_risk", "trafficking_exploitation", "labour_exploitation", "suicide_self_harm",
        "medical", "online_abuse", "shelter", "fear", "supporter",
    }
)  # fmt: skip
REACH: Final = 3  # words before a pattern where a "not" takes it back
FEW: Final = 4  # words from which on a weight may raise an alarm
MORE: Final = 8  # words from which on it may silence the question of a line that only doubts
MANY: Final = 6  # words from which on a weight may turn the alarm of a line into a question
SURELY: Final = 0.6  # how much more the question takes where something was taken back
UNREAL: Final = 0.8  # how much more an alarm takes where a film or long ago is spoken of, and a line says danger
PLAINLY: Final = frozenset({"now.sos", "now.suicide", "now.missing"})  # said in so many words
PLAIN_SPEECH: Final = 1.5  # how much more than a little must speak against these before they are doubted


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    danger: str = "none"  # now | ask | none
    needs: tuple[str, ...] = ()
    matches: tuple[Match, ...] = ()
    weight: float = 0.0  # what all groups of words come to together
    doubtful: bool = False  # whether a saying, a "not", a film or long ago took something out of the message
    second: float = 0.0  # what the second opinion said, where it raised the question
    said: frozenset[str] = frozenset()  # what the lines said, as it is weighed
    sounds: tuple[str, ...] = ()  # what the second opinion on needs said, where it added something


class Finder:
    """Applies all lines of the lexicon to a message."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self.index = Index(lexicon.lines, lexicon.classes, lexicon.nots)
        self._class = {name: self.index.class_element(name) for name in lexicon.classes}
        self.weighing = Weighing(self.index, lexicon.classes, lexicon.weights)
        self._bits = {
            1 << element: f"{{{name}}}" for name, element in self._class.items() if not name.startswith(PREFIX)
        }
        self._all_bits = sum(self._bits)

    def has(self, tokens: Tokens, name: str) -> bool:
        """Whether a word of a class stands in the message."""
        element = self._class.get(name)
        return element is not None and bool(tokens.mask & 1 << element)

    def classes(self, tokens: Tokens) -> list[str]:
        """The classes that a message holds a word of: "{partner}"."""
        mask = tokens.mask & self._all_bits
        names = []
        while mask:
            low = mask & -mask
            names.append(self._bits[low])
            mask ^= low
        return names

    def is_word(self, word: str, name: str) -> bool:
        """Whether a single word is of a class."""
        element = self._class.get(name)
        return element is not None and element in self.index.elements(word)

    def read(self, tokens: Tokens, things: Iterable[str] = ()) -> Meaning:
        """Danger and needs of a message. `things` are weighed beside the groups: its words and their stems."""
        found = [match for match in self.index.find(tokens) if not self._torn(match, tokens)]
        matches = self._unmasked(found, tokens)
        framed = self.has(tokens, "frame")
        kept = [match for match in matches if self._stands(match, tokens, framed)]
        signs = {match.rule.group for match in kept if match.rule.level == "sign"}
        past, solved = "past" in signs or self.has(tokens, "past"), "resolved" in signs
        if past and solved:
            kept = [match for match in kept if match.rule.level != "now" and match.rule.group not in OVER]
        unreal = framed or past or solved
        doubtful = unreal or self._taken_back(found, kept)
        said = self._said(kept, found, doubtful=doubtful, unreal=unreal)
        weight = self.weighing.of(tokens, things, said)
        levels = {self._level(match, past or solved) for match in kept}
        danger = self._danger(levels, said, weight, len(tokens.words) - 2)
        needs = self._needs(kept, tokens, danger)
        return Meaning(danger=danger, needs=needs, matches=tuple(kept), weight=weight, doubtful=doubtful, said=said)

    def _said(self, kept: list[Match], found: list[Match], *, doubtful: bool, unreal: bool) -> frozenset[str]:
        """What the lines said, for weighing: level and group of those that stand, and what speaks against them."""
        said = {match.rule.said for match in kept}
        said.update([match.rule.level for match in kept])
        if doubtful:
            said.add("doubt")
        if unreal:
            said.add("unreal")
        if "now" not in said and any(match.rule.level == "now" for match in found):
            said.add("taken back")
        return frozenset(said)

    def _unmasked(self, found: list[Match], tokens: Tokens) -> list[Match]:
        """Sayings first, and of the others what is left without their words."""
        sayings = [match for match in found if match.rule.level == "harmless"]
        if not sayings:
            return found
        masked = frozenset(at for match in sayings for at in match.at)
        wishes = [match for match in found if match.rule.level == "wish"]
        others = [match for match in found if match.rule.level not in ("harmless", "wish")]
        return [*sayings, *wishes, *again(tokens, others, masked)]

    def _taken_back(self, found: list[Match], kept: list[Match]) -> bool:
        """Whether a saying, a "not" or a film took something out of the message: then weights alone are no alarm."""
        if any(match.rule.level == "harmless" for match in kept):
            return True
        alarms = [match for match in found if match.rule.level == "now"]
        if not alarms:
            return False
        rules = {id(match.rule) for match in kept}
        return any(id(match.rule) not in rules for match in alarms)

    def _danger(self, levels: set[str], said: frozenset[str], weight: float, words: int) -> str:
        """What lines and weight come to: in few words a line is believed, in more the weight may doubt it."""
        weights = self._lexicon.weights
        doubted = words >= MANY and weight < weights.doubt - (0.0 if PLAINLY.isdisjoint(said) else PLAIN_SPEECH)
        if "now" in levels:
            return "ask" if doubted else "now"
        loud = words >= FEW and weight >= weights.alarm
        if loud and ("unreal" not in said or ("now" in said and weight >= weights.alarm + UNREAL)):
            return "now"
        if "sign.cannot_call" in said or "now" in said or loud:
            return "ask"
        return "ask" if "ask" in levels and not (words >= MORE and weight < weights.hush) else "none"

    def _level(self, match: Match, past: bool) -> str:
        level = match.rule.level
        return "ask" if level == "now" and past else level

    def _torn(self, match: Match, tokens: Tokens) -> bool:
        """A saying with a "not" that reaches over a comma: "s'zgjohet, e goditi" does not say that nobody hit."""
        if match.rule.level != "harmless" or match.rule.guarded:
            return False
        return any(match.at[0] < at <= match.at[-1] for at in tokens.breaks)

    def _stands(self, match: Match, tokens: Tokens, framed: bool) -> bool:
        if match.rule.level in ("harmless", "wish"):
            return True
        if framed and match.rule.group not in PLAIN and not self._about_own(match, tokens):
            return False
        return not (match.rule.guarded and self._denied(match, tokens))

    def _about_own(self, match: Match, tokens: Tokens) -> bool:
        """A film may be cruel; a husband, a father or a boss in the same sentence is no film."""
        own = self._class.get("own")
        return own is not None and any(tokens.holds(at, own) for at in match.at)

    def _denied(self, match: Match, tokens: Tokens) -> bool:
        """Whether a "not" stands before or inside the pattern, with no joint in between."""
        nots, joints = self._lexicon.nots, self._lexicon.joints
        content = [at for at in match.at if tokens.words[at] not in nots or self._in_phrase(match, at, tokens)]
        if not content:
            return False
        first, last = content[0], content[-1]
        for at in range(first - 1, max(0, first - 1 - REACH), -1):
            if at + 1 in tokens.breaks or tokens.words[at] in joints:
                break
            if tokens.words[at] in nots:
                return True
        inside = [at for at in range(first + 1, last) if at not in match.at and tokens.words[at] in nots]
        return any(
            not any(
                at in tokens.breaks or tokens.words[at] in joints for at in range(no + 1, self._next(match, no) + 1)
            )
            for no in inside
        )

    def _in_phrase(self, match: Match, at: int, tokens: Tokens) -> bool:
        """Whether a matched "not" is the beginning of a phrase that was looked for: "nuk zgjohet"."""
        wanted = match.rule.elements - tokens.elements[at]
        return any(not held.isdisjoint(wanted) for held, _ in tokens.spans.get(at, ()))

    def _next(self, match: Match, after: int) -> int:
        return next(at for at in match.at if at > after)

    def _needs(self, kept: list[Match], tokens: Tokens, danger: str) -> tuple[str, ...]:
        needs = {"immediate_danger"} if danger == "now" else set()
        kinds = set()
        for match in kept:
            rule = match.rule
            if rule.level == "need":
                needs.add(rule.group)
            elif rule.level in ("now", "ask"):
                kinds.add(rule.group)
                needs.update(self._lexicon.implies.get(rule.group, ()))
        for name, table in self._lexicon.implies_with.items() if kinds else ():
            if not kinds.isdisjoint(table) and self.has(tokens, name):
                for kind in kinds & table.keys():
                    needs.update(table[kind])
        return tuple(sorted(needs, key=_rank))


def ranked(needs: Iterable[str]) -> tuple[str, ...]:
    """Needs, the most pressing first."""
    return tuple(sorted(set(needs), key=_rank))


def _rank(need: str) -> int:
    return _RANK.get(need, len(_RANK))
