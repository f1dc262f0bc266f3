"""Every way one turn can go: from where it begins to the next question or its end.

Owns: Way and its enumeration, with what can be known of the facts. Never: a rule, a text.
The arrows are those of `dialogue/walk`; nothing is looked up, so every word a lookup can say is followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from bot.authoring import beliefs as know
from bot.authoring.beliefs import Beliefs
from bot.authoring.draft import Draft
from bot.dialogue.script import RESUME, Row, Step
from bot.dialogue.walk import LIMIT

MOST: Final = 20_000  # ways from one place; a script with more cannot be read by a person either


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way: the steps entered and those of them that are said, and how it ends.

    `ends`: asks (a question waits) | end (`end`, or nothing follows) | resume | loop (no question for too long).
    """

    steps: tuple[str, ...]
    said: tuple[str, ...]
    ends: str
    known: Beliefs = {}


class Arrow(msgspec.Struct, frozen=True, kw_only=True):
    """One arrow: where to, what is known then, and the row that was taken."""

    to: str
    known: Beliefs
    row: Row


def ways(draft: Draft, start: str, known: Beliefs) -> list[Way]:
    """Every way from a step that is entered with this knowledge."""
    found: list[Way] = []
    _walk(draft, start, known, (), (), found)
    return found


def _walk(
    draft: Draft, at: str, known: Beliefs, steps: tuple[str, ...], said: tuple[str, ...], found: list[Way]
) -> None:
    if found and found[-1].ends == "loop":
        return  # that has to be mended first; behind it the ways multiply
    if at == RESUME or len(found) >= MOST:
        found.append(Way(steps=steps, said=said, ends="resume", known=known))
        return
    step = draft.steps.get(at)
    if step is None or len(steps) >= LIMIT:
        found.append(Way(steps=steps, said=said, ends="loop" if step else "end", known=known))
        return
    steps, known = (*steps, at), know.entered(known, step)
    if step.ask:
        for arrow in passing(step, known):
            _walk(draft, arrow.to, arrow.known, steps, said, found)
        asked = know.unanswered(known, step)
        if asked is not None:
            found.append(Way(steps=steps, said=(*said, at), ends="asks", known=asked))
        return
    said = (*said, at) if step.say or step.also else said
    out = [] if step.end else list(arrows(step.goto, known))
    for arrow in out:
        _walk(draft, arrow.to, arrow.known, steps, said, found)
    if not out:
        found.append(Way(steps=steps, said=said, ends="end", known=known))


def arrows(rows: tuple[Row, ...], known: Beliefs) -> Iterator[Arrow]:
    """The rows that can match, each with what is known then."""
    left: Beliefs | None = known
    for row in rows:
        if left is None:
            return
        matched = know.taken(left, row)
        if matched is not None:
            yield Arrow(to=row.to, known=matched, row=row)
        left = know.passed(left, row)


def passing(step: Step, known: Beliefs) -> Iterator[Arrow]:
    """The arrows past a question whose answer is known already."""
    answered = know.answered(known, step)
    if answered is None:
        return
    rest: Beliefs | None = answered
    for choice in step.choices:
        row = Row(to="", when=((step.name, choice.id),))
        chosen = know.taken(answered, row) if step.ask == "choice" else None
        if chosen is not None and choice.goto:
            yield Arrow(to=choice.goto, known=chosen, row=Row(to=choice.goto, when=row.when))
            rest = know.passed(rest, row) if rest is not None else None
    if rest is not None:
        yield from arrows(step.goto, rest)


def beginnings(step: Step, known: Beliefs) -> Iterator[tuple[str, Arrow]]:
    """Where the next turn begins from a question that waits: (id of the choice, or "skip"), arrow."""
    for choice in step.choices:
        after = know.chosen(known, step, choice)
        if choice.goto:
            yield choice.id, Arrow(to=choice.goto, known=after, row=Row(to=choice.goto))
        else:
            for arrow in arrows(step.goto, after):
                yield choice.id, arrow
    for arrow in arrows(step.goto, know.skipped(known, step)):
        yield "skip", arrow
