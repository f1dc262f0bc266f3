"""What the lexicon's lines say of a message: danger, needs, and which line said so.

Owns: the order in which lines count (fixed idioms first, then danger, then needs) and when a line is taken back: by
"not", by long ago, by a film. Never: a word of any language; words stand in `locales/<language>/lexicon/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from bot.understanding.lexicon import Lexicon
from bot.understanding.patterns import Index, Match, Tokens
from bot.understanding.weighing import PREFIX, Weighing

# The codes of data/needs.toml, the most pressing first.
NEEDS: Final = (
    "immediate_danger", "suicide_self_harm", "domestic_violence", "child_at_risk", "trafficking_exploitation",
    "online_abuse", "labour_exploitation", "medical", "shelter", "return_migration", "housing", "family_support",
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
MANY: Final = 8  # words from which on a weight may turn the alarm of a line into a question
SURELY: Final = 1.2  # how much more it takes, for an alarm and for the question, where something was taken back
NEVER: Final = 1e9  # the same for a film and for long ago
PLAINLY: Final = frozenset(
    {"sos", "suicide", "missing"}
)  # kinds of danger that are said in so many words: no weight doubts them


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    danger: str = "none"  # now | ask | none
    needs: tuple[str, ...] = ()
    matches: tuple[Match, ...] = ()
    weight: float = 0.0  # what all groups of words come to together
    doubtful: bool = False  # whether a saying, a "not", a film or long ago took something out of the message
    second: float = 0.0  # what the second opinion said, where it raised the question
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
        return element is not None and bool(tokens.mask >> element & 1)

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

    def read(self, tokens: Tokens) -> Meaning:
        """Danger and needs of a message."""
        found = [match for match in self.index.find(tokens) if not self._torn(match, tokens)]
        matches = self._unmasked(found, tokens)
        framed = self.has(tokens, "frame")
        kept = [match for match in matches if self._stands(match, tokens, framed)]
        signs = {match.rule.line.group for match in kept if match.rule.line.level == "sign"}
        past = "past" in signs or self.has(tokens, "past")
        over = past and "resolved" in signs
        if over:
            kept = [match for match in kept if match.rule.line.level != "now" and match.rule.line.group not in OVER]
        unreal = framed or past or "resolved" in signs
        doubtful = unreal or self._taken_back(found, kept)
        levels = {self._level(match, past or "resolved" in signs) for match in kept}
        if "cannot_call" in signs:
            levels.add("ask")
        weight = self.weighing.of(tokens)
        plain = any(match.rule.line.level == "now" and match.rule.line.group in PLAINLY for match in kept)
        words = FEW if plain else len(tokens.words) - 2
        sure = NEVER if unreal else SURELY if doubtful else 0.0
        danger = self._danger(levels, weight, words, sure)
        needs = self._needs(kept, tokens, danger)
        return Meaning(danger=danger, needs=needs, matches=tuple(kept), weight=weight, doubtful=doubtful)

    def _unmasked(self, found: list[Match], tokens: Tokens) -> list[Match]:
        """Sayings first, and of the others what is left without their words."""
        sayings = [match for match in found if match.rule.line.level == "harmless"]
        if not sayings:
            return found
        masked = frozenset(at for match in sayings for at in match.at)
        wishes = [match for match in found if match.rule.line.level == "wish"]
        others = [match for match in found if match.rule.line.level not in ("harmless", "wish")]
        return [*sayings, *wishes, *self.index.again(tokens, others, masked)]

    def _taken_back(self, found: list[Match], kept: list[Match]) -> bool:
        """Whether a saying, a "not" or a film took something out of the message: then weights alone are no alarm."""
        if any(match.rule.line.level == "harmless" for match in kept):
            return True
        alarms = [match for match in found if match.rule.line.level == "now"]
        if not alarms:
            return False
        rules = {id(match.rule) for match in kept}
        return any(id(match.rule) not in rules for match in alarms)

    def _danger(self, levels: set[str], weight: float, words: int, sure: float) -> str:
        weights = self._lexicon.weights
        many = words >= MANY
        if "now" in levels:
            return "ask" if many and weight < weights.doubt else "now"
        if words >= FEW and weight >= weights.alarm:
            return "now" if weight >= weights.alarm + sure else "ask"
        return "ask" if "ask" in levels and not (many and weight < weights.hush) else "none"

    def _level(self, match: Match, past: bool) -> str:
        level = match.rule.line.level
        return "ask" if level == "now" and past else level

    def _torn(self, match: Match, tokens: Tokens) -> bool:
        """A saying with a "not" that reaches over a comma: "s'zgjohet, e goditi" does not say that nobody hit."""
        if match.rule.line.level != "harmless" or match.rule.guarded:
            return False
        return any(match.at[0] < at <= match.at[-1] for at in tokens.breaks)

    def _stands(self, match: Match, tokens: Tokens, framed: bool) -> bool:
        if match.rule.line.level in ("harmless", "wish"):
            return True
        if framed and match.rule.line.group not in PLAIN and not self._about_own(match, tokens):
            return False
        return not (match.rule.guarded and self._denied(match, tokens))

    def _about_own(self, match: Match, tokens: Tokens) -> bool:
        """A film may be cruel; a husband, a father or a boss in the same sentence is no film."""
        own = self._class.get("own")
        return own is not None and any(own in tokens.elements[at] for at in match.at)

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
        return any(not held.isdisjoint(match.rule.elements) for held, _ in tokens.spans.get(at, ()))

    def _next(self, match: Match, after: int) -> int:
        return next(at for at in match.at if at > after)

    def _needs(self, kept: list[Match], tokens: Tokens, danger: str) -> tuple[str, ...]:
        needs = {"immediate_danger"} if danger == "now" else set()
        kinds = set()
        for match in kept:
            line = match.rule.line
            if line.level == "need":
                needs.add(line.group)
            elif line.level in ("now", "ask"):
                kinds.add(line.group)
                needs.update(self._lexicon.implies.get(line.group, ()))
        for name, table in self._lexicon.implies_with.items():
            if not kinds.isdisjoint(table) and self.has(tokens, name):
                for kind in kinds & table.keys():
                    needs.update(table[kind])
        return tuple(sorted(needs, key=_rank))


def ranked(needs: Iterable[str]) -> tuple[str, ...]:
    """Needs, the most pressing first."""
    return tuple(sorted(set(needs), key=_rank))


def _rank(need: str) -> int:
    return _RANK.get(need, len(_RANK))
