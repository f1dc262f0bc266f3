"""Every phrase of the flows as each screen would show it: titles within limits, numbers early, letters plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot import build, settings
from bot.channels import fill, sms, whatsapp
from bot.channels.message import SMS, WHATSAPP
from bot.channels.render import ident, phrase, render
from bot.dialogue.script import Script, Step
from bot.dialogue.session import Said
from bot.storage.memory import Memory

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
NUMBER = re.compile(r"\{(line\.\w+|\w+\.phone)\}")
BODY = 153  # septets of a first part where there are more


@pytest.fixture(scope="module")
def house() -> build.House:
    return build.house(settings.read({"ASSURANCE": "listed"}), Memory())


def asking(script: Script) -> Iterator[tuple[Step, str]]:
    for step in script.steps.values():
        for language in script.phrases:
            if step.choices:
                yield step, language


def test_what_can_be_tapped_fits_and_differs(house: build.House) -> None:
    script, seen = house.script, 0
    for step, language in asking(script):
        labels = [phrase(script, choice.label, language, False) for choice in step.choices]
        also = [
            phrase(script, script.labels[command], language, False) for command in step.also if command in script.labels
        ]
        limit = WHATSAPP.button_title if len(labels) <= WHATSAPP.buttons else WHATSAPP.row_title
        for label in labels:
            if "{" not in label:
                assert whatsapp.title(label, limit) == label, (step.address, language)
        assert whatsapp.equal(labels + also, WHATSAPP.row_title) == [], (step.address, language)
        assert len(labels + also) <= WHATSAPP.rows, step.address
        seen += 1
    assert seen > 20


def test_every_question_has_the_same_choices_on_every_screen(house: build.House) -> None:
    for step, language in asking(house.script):
        if any("{" in phrase(house.script, choice.label, language, False) for choice in step.choices):
            continue
        said = (
            Said(
                say=step.say or house.script.steps["leaving.close"].say,
                step=step.address,
                also=step.also,
                bind=_bind(house, step),
            ),
        )
        shown = {
            screen.channel: render(
                house.script, said, language=language, child=False, capabilities=screen, letters="plain",
                values=house.values, now=NOW,
            )
            for screen in (SMS, WHATSAPP)
        }  # fmt: skip
        numbers = [f"{at} " for at in range(1, len(step.choices) + 1)]
        for reply in shown.values():
            assert all(re.search(rf"(^|\s){number}", reply.text) for number in numbers), (step.address, reply.text)
        taps = [option.number for option in shown["whatsapp"].options]
        assert taps[: len(numbers)] == list(range(1, len(numbers) + 1)), step.address
        assert sms.parts(shown["sms"].text).encoding == "GSM-7"


def _bind(house: build.House, step: Step) -> dict[str, str]:
    """Something to fill each placeholder of the step with."""
    names = set(re.findall(r"\{(\w+)\.", " ".join(filter(None, [phrase(house.script, step.say, "en", False)]))))
    first = {"service": _services(house)[0], "hotline": _lines(house)[0], "need": "shelter"}
    return {name: first[name] for name in names if name in first}


def test_a_number_is_in_the_first_part(house: build.House) -> None:
    """What a phone shows of a long message is its beginning; the number to call is always in it."""
    seen = 0
    for language, phrases in house.script.phrases.items():
        for address, text in phrases.items():
            for bound in _bindings(house, text):
                sent, end = _sent(house, text, bound, language)
                if end and sms.parts(sent).parts > 1:
                    assert end <= BODY, (address, language, bound, sent)
                seen += bool(end)
    assert seen > 100


def _bindings(house: build.House, text: str) -> Iterator[dict[str, str]]:
    names = set(re.findall(r"\{(\w+)\.", text))
    if "service" in names:
        yield from ({"service": one} for one in _services(house))
    elif "hotline" in names:
        yield from ({"hotline": one} for one in _lines(house))
    else:
        yield {}


def _sent(house: build.House, text: str, bind: dict[str, str], language: str) -> tuple[str, int]:
    """The text as an SMS, and where its first number ends in it; 0 where it has none."""

    def fields(name: str) -> dict[str, str]:
        return dict(house.values(name, ident(name, bind), language, NOW))

    sent = sms.plain(fill.fill(text, fields))
    found = NUMBER.search(text)
    number = sms.plain(fields(found[1].partition(".")[0]).get(found[1].partition(".")[2], "")) if found else ""
    return sent, sent.find(number) + len(number) if number and number in sent else 0


def _services(house: build.House) -> list[str]:
    return list(house.answers.directory.offers)


def _lines(house: build.House) -> list[str]:
    return list(house.answers.directory.lines)
