"""Each of the nine organisations of the guide is reached in both languages by need and place, never by its name; and
who is not accepted at the same place is not sent there. The tables say which transcript shows which."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.directory.load import load
from bot.settings import DATA
from bot.understanding.folding import fold

FOLDER = Path(__file__).parent / "transcripts"

REACHED = {
    "different-and-equal": ("reach-different-and-equal.sq.sms", "reach-different-and-equal.en.whatsapp"),
    "mary-ward-loreto": ("reach-mary-ward-loreto.sq.sms", "reach-mary-ward-loreto.en.sms"),
    "shkej": ("reach-shkej.sq.sms", "reach-shkej.en.whatsapp"),
    "nisma-arsis": ("reach-nisma-arsis.sq.sms", "reach-nisma-arsis.en.sms"),
    "tjeter-vizion": ("reach-tjeter-vizion.sq.sms", "reach-tjeter-vizion.en.sms"),
    "vatra": ("reach-vatra.sq.sms", "reach-vatra.en.sms"),
    "medaille-trust": ("reach-medaille-trust.sq.whatsapp", "reach-medaille-trust.en.sms"),
    "papa-giovanni": ("reach-papa-giovanni.sq.sms", "reach-papa-giovanni.en.sms"),
    "world-vision": ("reach-world-vision.sq.sms", "reach-world-vision.en.sms"),
}
# Who is not accepted: transcript -> organisations whose service at that place must not come.
REFUSED = {
    "not-for-a-man.sq.sms": ("vatra",),
    "not-for-a-man.en.sms": ("gruaja-tek-gruaja",),
    "not-for-an-adult.sq.sms": ("nisma-arsis", "child-protection-unit"),
    "not-prevention-in-danger.sq.sms": ("world-vision", "medaille-trust"),
}
NAMES = {ident: fold(org.short_name or org.name) for ident, org in load(DATA).organizations.items()}


def lines(name: str, mark: str) -> str:
    """What the person wrote (">") or read ("<") in a transcript, folded."""
    text = (FOLDER / f"{name}.chat").read_text(encoding="utf-8")
    return fold(" ".join(line[1:] for line in text.splitlines() if line.startswith(mark)))


@pytest.mark.parametrize(("organization", "name"), [(key, name) for key, names in REACHED.items() for name in names])
def test_reached_without_being_named(organization: str, name: str) -> None:
    assert NAMES[organization] in lines(name, "<")
    assert NAMES[organization] not in lines(name, ">")


@pytest.mark.parametrize(("name", "organization"), [(name, key) for name, keys in REFUSED.items() for key in keys])
def test_not_sent_where_not_accepted(name: str, organization: str) -> None:
    assert NAMES[organization] not in lines(name, "<")


def test_all_nine_stand_in_both_languages() -> None:
    assert len(REACHED) == 9
    assert all(".sq." in albanian and ".en." in english for albanian, english in REACHED.values())
