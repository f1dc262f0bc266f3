"""An organisation is recognised by each of its names, also in the cases of Albanian; a common word is not one."""

from __future__ import annotations

import pytest

from bot import build, settings
from bot.storage.memory import Memory

READER = build.house(settings.read(environ={}), Memory()).reader


@pytest.mark.parametrize(
    ("text", "organization"),
    [
        ("about Vatra", "vatra"), ("me trego per vatren", "vatra"), ("sherbimet e vatres", "vatra"),
        ("what is D&E", "different-and-equal"), ("cfare eshte d & e", "different-and-equal"),
        ("numri i arsisit", "nisma-arsis"), ("si e gjej shkejin", "shkej"), ("a eshte falas vatra", "vatra"),
        ("who are Mary Ward Loreto", "mary-ward-loreto"),
    ],
)  # fmt: skip
def test_a_name_is_recognised_in_its_cases(text: str, organization: str) -> None:
    assert READER.read(text).organization == organization


@pytest.mark.parametrize("text", ["kam nevoje per strehe", "vater", "arsi", "jona", "it is equal to me"])
def test_other_words_name_no_organisation_or_a_need_goes_first(text: str) -> None:
    reading = READER.read(text)
    assert not reading.organization or reading.needs or text == "jona"


@pytest.mark.parametrize("text", ["a është falas?", "is this service free", "a paguhet aty", "is it free there?"])
def test_asking_for_the_cost_is_a_command(text: str) -> None:
    assert READER.read(text).command == "cost"
