"""What can be known of the facts at one place of a script, without running it: sets of words.

Owns: Words (a set of words, or all words but some) and what a row, a `set` or a lookup does to them.
Never: walking (`walks`), or a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

import msgspec

from bot.dialogue.facts import SEARCHED, SKIPPED
from bot.dialogue.lookups import LOOKUPS
from bot.dialogue.script import BOUND, Choice, Row, Step


class Words(msgspec.Struct, frozen=True):
    """The words a fact can be: exactly `words`, or (`but`) every word but those. "" stands for a fact not known."""

    words: frozenset[str] = frozenset()
    but: bool = True

    def __and__(self, other: Words) -> Words:
        if self.but and other.but:
            return Words(self.words | other.words, True)
        if self.but:
            return Words(other.words - self.words, False)
        return Words(self.words - other.words if other.but else self.words & other.words, False)

    def __or__(self, other: Words) -> Words:
        return ~(~self & ~other)

    def __invert__(self) -> Words:
        return Words(self.words, not self.but)

    @property
    def none(self) -> bool:
        return not self.but and not self.words

    def within(self, other: Words) -> bool:
        """Every word of these is one of the others."""
        return (self & ~other).none


ANY: Final = Words()
ABSENT: Final = Words(frozenset({"", SKIPPED, "unknown"}), False)  # what a row means by `unknown`
ASKED: Final = "asked "  # "asked hotline": this turn has looked it up already
OFFERS: Final = ("service", "further")
Beliefs = Mapping[str, Words]  # a fact that is not in it can be anything


@cache
def meant(word: str) -> Words:
    """The words for which a row's condition holds."""
    if word == "unknown":
        return ABSENT
    return ~ABSENT if word == "known" else Words(frozenset({word}), False)


def of(beliefs: Beliefs, fact: str) -> Words:
    return beliefs.get(fact, ANY)


def join(one: Beliefs, other: Beliefs) -> dict[str, Words]:
    """What holds whichever way one came."""
    both = {fact: one[fact] | other[fact] for fact in one.keys() & other.keys()}
    return {fact: words for fact, words in both.items() if words != ANY}


def _settled(beliefs: dict[str, Words], changed: Iterable[str]) -> dict[str, Words] | None:
    """Draws what follows: no `kind` means that neither a need nor a group was named (lookup `need`). None where one of
    the facts that changed, or that follow, can be nothing any more."""
    facts = list(changed)
    if beliefs.get("kind") == meant("none"):
        for fact in ("need", "group"):
            beliefs[fact] = of(beliefs, fact) & ABSENT
            facts.append(fact)
    return None if any(beliefs[fact].none for fact in facts) else beliefs


def taken(beliefs: Beliefs, row: Row) -> dict[str, Words] | None:
    """What is known once a row matched; None where it cannot match."""
    after = dict(beliefs)
    for fact, word in row.when:
        after[fact] = of(after, fact) & meant(word)
    return _settled(after, [fact for fact, _ in row.when])


def passed(beliefs: Beliefs, row: Row) -> dict[str, Words] | None:
    """What is known once a row did not match; None where it always matches."""
    open_ = [(fact, word) for fact, word in row.when if not of(beliefs, fact).within(meant(word))]
    if not open_:
        return None
    after = dict(beliefs)
    if len(open_) > 1:
        return _settled(after, ())
    fact, word = open_[0]
    after[fact] = of(after, fact) & ~meant(word)
    return _settled(after, (fact,))


def sets(beliefs: Beliefs, pairs: tuple[tuple[str, str], ...]) -> dict[str, Words]:
    """What is known once these facts were set."""
    after = without_asked(beliefs) if SEARCHED & {fact for fact, _ in pairs} else dict(beliefs)
    for fact, word in pairs:
        after[fact] = ~ABSENT if word.startswith(BOUND) else Words(frozenset({word}), False)
        if fact == "place" and word:
            after["placed"] = Words(frozenset({"yes"}), False)
            after["which"] = after["country"] = Words(frozenset({""}), False)
    return after


def entered(beliefs: Beliefs, step: Step) -> dict[str, Words]:
    """What is known once a step was entered: what it sets, and what its lookup can say. A lookup that was asked before
    in this turn says the same again, unless it offers one thing after the other."""
    after = sets(beliefs, step.set)
    asked = ASKED + step.find
    if step.find and asked not in after:
        for fact, words in LOOKUPS[step.find].yields.items():
            after[fact] = Words(frozenset(words), False)
    if step.find not in ("", *OFFERS):
        after[asked] = meant("yes")
    return after


def without_asked(beliefs: Beliefs) -> dict[str, Words]:
    """Without the memory of what was looked up: another turn, or other facts to look up with."""
    return {fact: words for fact, words in beliefs.items() if not fact.startswith(ASKED)}


def answered(beliefs: Beliefs, step: Step) -> dict[str, Words] | None:
    """What is known where a question is passed over because its answer is known; None where it cannot be."""
    if not step.keep:
        return None
    fact = "placed" if step.ask == "place" else step.name
    known = Words(frozenset({"yes", SKIPPED, "abroad"}), False) if step.ask == "place" else ~meant("")
    words = of(beliefs, fact) & known
    return None if words.none else {**beliefs, fact: words}


def unanswered(beliefs: Beliefs, step: Step) -> dict[str, Words] | None:
    """What is known where a question has to be asked; None where its answer is always known."""
    if not step.keep:
        return dict(beliefs)
    fact = "placed" if step.ask == "place" else step.name
    asked = Words(frozenset({"yes", SKIPPED, "abroad"}), True) if step.ask == "place" else meant("")
    words = of(beliefs, fact) & asked
    return None if words.none else {**beliefs, fact: words}


def chosen(beliefs: Beliefs, step: Step, choice: Choice) -> dict[str, Words]:
    """What is known once somebody took a choice."""
    before = without_asked(beliefs)
    kept = {**before, step.name: Words(frozenset({choice.id}), False)} if step.keep else before
    return sets(kept, choice.set)


def skipped(beliefs: Beliefs, step: Step) -> dict[str, Words]:
    """What is known once somebody would rather not answer."""
    after = without_asked(beliefs)
    if step.ask == "place":
        after.update({fact: Words(frozenset({""}), False) for fact in ("place", "country", "which")})
        after["placed"] = Words(frozenset({SKIPPED}), False)
    elif step.keep:
        after[step.name] = Words(frozenset({SKIPPED}), False)
    return after


def may_be_child(beliefs: Beliefs) -> bool:
    """Whether the writer can be a child, as `session.Session.child` says it."""
    child = of(beliefs, "age") & Words(frozenset({"child"}), False)
    self = of(beliefs, "who") & ~Words(frozenset({"other"}), False)
    return not child.none and not self.none
