"""Rules on the graph: where arrows lead, that every turn waits, ends and says something.

Owns: the codes G. Never: texts (`texts`), what is told (`telling`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.authoring.facts import pairs
from bot.authoring.material import Material
from bot.authoring.problem import Problem, did_you_mean
from bot.dialogue.facts import SEARCHED
from bot.dialogue.script import BOUND, READ_FACTS, RESUME, Choice, Row, Step
from bot.dialogue.walk import LIMIT

MOST_CHOICES: Final = 6
# Facts that the engine, a lookup or the check-ins look at, though no row has to.
LOOKED_AT: Final = frozenset({*READ_FACTS, *SEARCHED, "group", "window", "language", "personal"})


def problems(material: Material) -> Iterator[Problem]:
    """Every problem of the graph. Ways are only walked once every arrow leads somewhere."""
    dangling = [*_dangling(material)]
    yield from dangling
    for step in material.steps():
        yield from _rows(material, step)
        yield from _way_out(material, step)
        yield from _size(material, step)
        yield from _also(material, step)
    yield from _facts(material)
    yield from _unread(material)
    if not dangling:
        yield from _unreachable(material)
        yield from _loops(material)
        yield from _silent(material)


def targets(step: Step) -> Iterator[tuple[str, str]]:
    """(where an arrow starts, where it leads)."""
    for choice in step.choices:
        if choice.goto:
            yield f"{step.address}.{choice.id}", choice.goto
    for row in step.goto:
        yield step.address, row.to


def _dangling(material: Material) -> Iterator[Problem]:
    known = material.draft.steps
    for name, address in material.draft.entries.items():
        if address not in known:
            what = f'The entry "{name}" leads to {address}, which is no step.'
            yield material.problem("G01", f"everywhere.entry.{name}", what, did_you_mean(address, known))
    for step in material.steps():
        for start, address in targets(step):
            if address != RESUME and address not in known:
                what = f"The arrow leads to {address}, which is no step."
                yield material.problem("G01", start, what, did_you_mean(address, known))


def _unreachable(material: Material) -> Iterator[Problem]:
    for address in material.draft.steps.keys() - material.states.keys():
        remedy = "Lead an arrow or an entry there, or take the step out."
        yield material.problem("G02", address, "No arrow leads here.", remedy)


def _loops(material: Material) -> Iterator[Problem]:
    seen: set[str] = set()
    for _, way in material.ways:
        if way.ends == "loop":
            again = next(address for address in way.steps if way.steps.count(address) > 1 or address == way.steps[-1])
            if again not in seen:
                seen.add(again)
                round_ = " → ".join(dict.fromkeys(way.steps[way.steps.index(again) :]))
                what = f"More than {LIMIT} steps without a question: {round_}."
                yield material.problem("G03", again, what, "Ask something on the way, or end it.")


def _way_out(material: Material, step: Step) -> Iterator[Problem]:
    if step.end and (step.goto or step.ask):
        what = "The step ends the talk and yet asks or goes on."
        yield material.problem("G04", step.address, what, "Take out `end`, or the question and `goto`.")
    elif not step.end and not step.goto and not step.choices:
        what = "Nothing follows this step."
        yield material.problem("G04", step.address, what, 'Add goto = "step", a question, or end = true.')
    elif step.ask and not step.goto:
        for choice in step.choices:
            if not choice.goto:
                what, at = "Nothing follows this choice.", f"{step.address}.{choice.id}"
                yield material.problem("G04", at, what, "Give the choice or its step a goto.")
        if "skip" in step.also and all(choice.goto for choice in step.choices):
            what = "The question offers to be skipped, and nothing follows then."
            yield material.problem("G05", step.address, what, "Give the step a goto of its own.")


def _rows(material: Material, step: Step) -> Iterator[Problem]:
    if step.goto and step.goto[-1].when:
        what = "The last row of `goto` has a condition, so that some people stay without an answer."
        yield material.problem("G06", step.address, what, 'Add a last row with only { to = "step" }.')
    for row in step.goto[:-1]:
        if not row.when:
            what = f"The row that leads to {row.to} always matches, so that those below it never do."
            yield material.problem("G06", step.address, what, "Move it to the end, or give it a condition.")


def _also(material: Material, step: Step) -> Iterator[Problem]:
    for command in step.also:
        if command and command not in material.draft.labels:
            what = f'`also` shows "{command}", which has no label.'
            yield material.problem("G11", step.address, what, f'Add {command} = "…" to [label] of everywhere.toml.')


def _size(material: Material, step: Step) -> Iterator[Problem]:
    if len(step.choices) > MOST_CHOICES:
        what = f"The step has {len(step.choices)} choices: 7, 8 and 9 mean the same everywhere."
        yield material.problem("G07", step.address, what, f"Keep at most {MOST_CHOICES}, or ask in two steps.")


def _facts(material: Material) -> Iterator[Problem]:
    for step in material.steps():
        for row in step.goto:
            yield from _row_facts(material, step, row)
        yield from _set_facts(material, step.address, step)
        for choice in step.choices:
            yield from _set_facts(material, f"{step.address}.{choice.id}", choice)


def _row_facts(material: Material, step: Step, row: Row) -> Iterator[Problem]:
    for fact, word in row.when:
        words = material.facts.get(fact)
        if words is None:
            what = f'A row asks for the fact "{fact}", which nothing sets.'
            yield material.problem("G08", step.address, what, did_you_mean(fact, material.facts))
        elif word not in ("known", "unknown") and not words.but and word not in words.words:
            what = f'A row asks whether "{fact}" is "{word}", which it never is.'
            yield material.problem("G08", step.address, what, did_you_mean(word, words.words))


def _set_facts(material: Material, address: str, setter: Step | Choice) -> Iterator[Problem]:
    for fact, word in setter.set:
        words = material.facts[fact]
        if word and not word.startswith(BOUND) and not words.but and word not in words.words:
            what = f'It sets "{fact}" to "{word}", which it never is.'
            yield material.problem("G08", address, what, did_you_mean(word, words.words))


def _unread(material: Material) -> Iterator[Problem]:
    asked = {fact for step in material.steps() for row in step.goto for fact, _ in row.when}
    for step in material.steps():
        for fact, word in pairs(step):
            if word and fact not in asked and fact not in LOOKED_AT:
                what = f'It sets the fact "{fact}", which no row asks for.'
                yield material.problem("G10", step.address, what, did_you_mean(fact, asked))


def _silent(material: Material) -> Iterator[Problem]:
    seen: set[str] = set()
    for start, way in material.ways:
        if way.ends == "end" and not way.said and way.steps and way.steps[-1] not in seen:
            seen.add(way.steps[-1])
            what = f"Somebody who comes here from {start} gets no answer at all."
            yield material.problem("G09", way.steps[-1], what, "Say something on the way.")
