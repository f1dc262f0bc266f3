"""Rules on what a reply gives away, and to whom: the mirror rule, children, danger, ends of a talk.

Owns: the codes M. Never: the graph (`graph`), single words (`words`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.authoring import levels
from bot.authoring.material import Material
from bot.authoring.placeholders import is_declared, names_in
from bot.authoring.problem import Problem
from bot.authoring.states import within
from bot.authoring.walks import Way
from bot.dialogue.script import Phrase, Step

SAYS: Final = ("nothing", "dull information", "a line named for a group or a need", "an organisation")
ALARMS: Final = ("danger", "suicide", "silent", "unsure", "help")
STATIC: Final = "system.static.say"  # the last answer, when everything else is broken
BLAND: Final = ("close", "forget", "optout")  # the answers to these end a talk without a number


def problems(material: Material) -> Iterator[Problem]:
    """Every problem of what is told. Only for scripts whose arrows lead somewhere."""
    for address in material.states:
        step = material.draft.steps[address]
        yield from _mirror(material, step)
        yield from _children(material, step)
    yield from _alarms(material)
    yield from _ends(material)


def _mirror(material: Material, step: Step) -> Iterator[Problem]:
    told = material.states[step.address].told
    said = 0
    for phrase in spoken(material, step):
        tells = levels.effective(phrase)
        if tells > max(told, said):
            said = tells  # a label that tells no more than the text above it is not named again
            what = f"The text tells {tells} ({SAYS[tells]}) where somebody may have told only {told} ({SAYS[told]})."
            remedy = "Say less, or lead here only who has told more (a row, or `tells` of the choice)."
            yield material.problem("M01", phrase.address, what, remedy)


def spoken(material: Material, step: Step) -> Iterator[Phrase]:
    """The phrases that a step can bring to the screen. A label without placeholders tells what its step tells."""
    for address in (step.say, step.retry, *(choice.label for choice in step.choices)):
        if address in material.phrases:
            yield material.phrases[address]


def _children(material: Material, step: Step) -> Iterator[Problem]:
    if not step.child and material.states[step.address].child:
        what = "A child can come here, and must not."
        remedy = 'Put a row { age = "child", to = "…" } before the arrow that leads here.'
        yield material.problem("M02", step.address, what, remedy)
    if step.effect == "checkin" and step.child:
        yield material.problem("M03", step.address, "A check-in is planned for a child too.", "Add child = false.")


def _alarms(material: Material) -> Iterator[Problem]:
    seen: set[str] = set()
    for start, way in material.ways:
        if start in ALARMS and way.said and not _says(material, way, "line.emergency") and way.said[0] not in seen:
            seen.add(way.said[0])
            what = f'The answer to "{start}" does not hold the emergency number.'
            yield material.problem("M04", way.said[0], what, "Put {line.emergency} into its text.")
    static = material.phrases.get(STATIC)
    if static and "line.emergency" not in names_in(static.text):
        what = "The last answer of all does not hold the emergency number."
        yield material.problem("M04", STATIC, what, "Put {line.emergency} into its text.")


def _says(material: Material, way: Way, name: str) -> bool:
    return any(name in names_in(_english(material, address)) for address in way.said)


def _english(material: Material, address: str) -> str:
    phrase = material.phrases.get(material.draft.steps[address].say)
    return phrase.text if phrase else ""


def _ends(material: Material) -> Iterator[Problem]:
    seen: set[str] = set()
    for _, way in material.ways:
        if way.ends != "end" or not way.said or way.steps[-1] in seen or not material.draft.steps[way.steps[-1]].end:
            continue
        steps = [material.draft.steps[address] for address in way.steps]
        if not any(step.effect in BLAND for step in steps) and not any(_number(material, step) for step in steps):
            seen.add(way.steps[-1])
            what = "The talk can end here without a number to call, or a word on how to get one."
            yield material.problem("M05", way.steps[-1], what, 'Say a number, or add also = ["numbers"].')


def _number(material: Material, step: Step) -> bool:
    """A number to call stands in its text, or the digit that gives numbers."""
    text = _english(material, step.address)
    names = names_in(text)
    called = any(name.startswith("line.") or name.endswith(".phone") for name in names)
    return called or "numbers" in step.also or "0" in text.replace(".", " ").replace(",", " ").replace(":", " ").split()


def unbound(material: Material) -> Iterator[Problem]:
    """Placeholders that nothing has filled on some way here."""
    for address, state in material.states.items():
        step = material.draft.steps[address]
        here = within(step, state)
        for phrase in spoken(material, step):
            names = [name for name in sorted(names_in(phrase.text)) if is_declared(name)]
            empty = " ".join(f"{{{name}}}" for name in names if not here.has(name.partition(".")[0]))
            if empty:
                what = f"{empty} may be empty: on some way here nothing has found it."
                remedy = "Find it first, and lead here only where it was found."
                yield material.problem("P03", phrase.address, what, remedy)
