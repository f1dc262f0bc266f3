"""Every name of every place of the directory is found by the question for a town, or says that it is shared."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from bot import build, settings
from bot.dialogue.reading import Expecting
from bot.storage.memory import Memory
from bot.understanding.folding import fold

ASKED = Expecting(asks="place", step="place.ask")
# Names that are also an answer, a command or an insult: a town must be written with more (a postcode, "fshati ...").
WORDS = 0.002


def test_every_name_resolves_or_says_that_it_is_shared(capsys: pytest.CaptureFixture[str]) -> None:
    house = build.house(settings.read(environ={}), Memory())
    names = list(house.answers.place_names())
    shared: defaultdict[str, set[str]] = defaultdict(set)
    for ident, forms, *_ in names:
        for form in forms:
            shared[fold(form)].add(ident)
    found: Counter[str] = Counter()
    lost = []
    for ident, forms, *_ in names:
        for form in forms:
            reading = house.reader.read(form, ASKED)
            place = reading.place
            if place.kind in ("one", "which"):
                found["itself" if place.ids == (ident,) else "shared" if ident in place.ids else "a larger one"] += 1
            elif len(shared[fold(form)]) > 2 and place.kind == "unknown":
                found["shared by too many"] += 1
            else:
                found["a word of its own"] += 1
                lost.append(form)
    total = sum(found.values())
    with capsys.disabled():
        shares = ", ".join(f"{what} {count / total:.1%}" for what, count in found.most_common())
        print(f"\n{len(names)} places, {total} names: {shares}")
    assert len(names) == 4437
    assert found["a word of its own"] <= total * WORDS, lost
