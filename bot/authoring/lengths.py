"""Rules on length: how many parts of an SMS a whole reply takes, as it is sent.

Owns: the codes L. Never: how parts are counted, or letters made plain (`channels/sms`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from bot.authoring import beliefs as know
from bot.authoring.draft import CHILD
from bot.authoring.material import Material
from bot.authoring.placeholders import filled
from bot.authoring.problem import Problem
from bot.authoring.states import within
from bot.authoring.telling import ALARMS, STATIC
from bot.authoring.walks import Way
from bot.channels import sms
from bot.channels.message import WHATSAPP
from bot.dialogue.script import Step

MOST: Final = 2  # parts of any reply
IN_DANGER: Final = 1  # parts of what is sent in danger
DIGITS: Final = {"numbers": 0, "back": 7, "close": 8, "skip": 9}


def problems(material: Material) -> Iterator[Problem]:
    """Every reply that is too long, named once by the step it ends with, and every label that is."""
    yield from _replies(material)
    yield from _retries(material)
    for language, context, text in material.texts():
        if context.endswith(".label") and len(filled(text)) > WHATSAPP.row_title:
            what = f"The label has {len(filled(text))} letters."
            remedy = f"Keep it within {WHATSAPP.row_title}, the width of a list on WhatsApp."
            yield material.text_problem("L03", language, context, what, remedy)


def _replies(material: Material) -> Iterator[Problem]:
    longest: dict[tuple[str, bool], tuple[int, int, str, str]] = {}
    for said, alarm in sorted(set(_said(material))):
        for language in material.languages:
            for child in (False, True):
                text = reply(material, said, language, child)
                counted = sms.parts(text)
                key = (said[-1], alarm)
                if counted.parts > (IN_DANGER if alarm else MOST):
                    this = (counted.parts, counted.units, language, " + ".join(said))
                    longest[key] = max(longest.get(key, this), this)
    for (step, alarm), (parts, units, language, said_) in longest.items():
        what = f"In {language} this reply takes {parts} parts of an SMS ({units} letters): {said_}."
        most = f"{IN_DANGER} in danger" if alarm else f"{MOST}"
        yield material.problem("L02" if alarm else "L01", step, what, f"Say less: at most {most}.")


def _said(material: Material) -> Iterator[tuple[tuple[str, ...], bool]]:
    """(what is said in one turn, whether it answers danger). Behind `resume` comes the question that waits: any that
    can wait there."""
    waiting = [address for address in material.states if material.draft.steps[address].ask]
    for start, way in material.ways:
        if way.ends == "resume" and way.said:
            yield from (((*way.said, address), False) for address in waiting if _waits(material, address, way))
        elif way.said:
            yield way.said, _alarm(start, way)


def _waits(material: Material, address: str, way: Way) -> bool:
    """Whether this question can wait when that is said: nobody is here and abroad at once."""
    known = within(material.draft.steps[address], material.states[address]).known
    return not (know.of(known, "placed") & know.of(way.known, "placed")).none


def _retries(material: Material) -> Iterator[Problem]:
    """What is said without a walk: a step's own words for a miss with its choices, and the static reply."""
    for step in material.steps():
        if step.retry:
            yield from _alone(material, step.retry, step, MOST, "L01")
    if STATIC in material.phrases:
        yield from _alone(material, STATIC, None, IN_DANGER, "L02")


def _alone(material: Material, address: str, step: Step | None, most: int, code: str) -> Iterator[Problem]:
    for language in material.languages:
        texts = material.script.phrases[language]
        lines = [texts[address], *(_numbered(material, step, texts) if step else ())]
        parts = sms.parts(sms.plain(" ".join(map(filled, lines)))).parts
        if parts > most:
            what = f"In {language} this text takes {parts} parts of an SMS."
            yield material.problem(code, address, what, f"Say less: at most {most}.")
            return


def _alarm(start: str, way: Way) -> bool:
    """A reply to danger: it begins at an alarm's entry, or everything it says stands in the flow `danger`."""
    return start in ALARMS or all(address.startswith("danger.") for address in way.said)


def reply(material: Material, said: tuple[str, ...], language: str, child: bool) -> str:
    """A whole reply as an SMS carries it, each placeholder at the length it is counted with."""
    texts = material.script.phrases[language]
    steps = [material.draft.steps[address] for address in said]
    lines = [_text(texts, step.say, child) for step in steps if step.say]
    return sms.plain(" ".join(filled(line) for line in (*lines, *_numbered(material, steps[-1], texts)) if line))


def _text(texts: Mapping[str, str], address: str, child: bool) -> str:
    return (texts.get(address + CHILD) if child else None) or texts.get(address, "")


def _numbered(material: Material, step: Step, texts: Mapping[str, str]) -> Iterator[str]:
    for number, choice in enumerate(step.choices, start=1):
        yield f"{number} {texts.get(choice.label, '')}"
    for command in step.also:
        yield f"{DIGITS[command]} {texts.get(material.draft.labels.get(command, ''), '')}"
