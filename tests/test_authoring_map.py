"""Every flow can be drawn: all its steps and arrows, with the words that lead there, and nothing over anything else."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from bot.authoring import flowbook, svg
from bot.authoring.chart import WIDTH, Chart, chart
from bot.cli import main
from bot.settings import FLOWS

DRAFT = flowbook.load(FLOWS)
NAMES = list(dict.fromkeys(step.flow for step in DRAFT.steps.values()))
ENGLISH = {phrase.address: phrase.text for phrase in DRAFT.phrases}
ROOT = Path(__file__).resolve().parent.parent

SMALL = """
[hello]
say = "Hello & <welcome>."
goto = [{ age = "child", to = "child" }, { placed = "known", to = "hello2" }, { to = "hello2" }]

[child]
say = "For children."
goto = "hello2"

[hello2]
say = "What is it?"
keep = false
goto = "hello"

[[hello2.choice]]
id = "home"
label = "A home"
words = "house, rent"
goto = "other.start"

[[hello2.choice]]
id = "again"
label = "Again"
goto = "hello2"
"""


def drawn(flow: str) -> Chart:
    return chart(DRAFT, flow, ENGLISH)


@pytest.mark.parametrize("flow", NAMES)
def test_every_step_and_every_target_of_a_flow_is_in_its_map(flow: str):
    titles = [box.title.partition(" · ")[0] for box in drawn(flow).boxes if box.kind != "label"]
    for step in (step for step in DRAFT.steps.values() if step.flow == flow):
        assert step.name in titles
        for target in [*(row.to for row in step.goto), *(choice.goto for choice in step.choices)]:
            if target not in ("", "resume") and not target.startswith(f"{flow}."):
                assert target in titles
    for name, address in DRAFT.entries.items():
        if address.startswith(f"{flow}."):
            assert name in titles


@pytest.mark.parametrize("flow", NAMES)
def test_no_two_boxes_lie_on_each_other(flow: str):
    boxes = drawn(flow).boxes
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart = abs(one.x - other.x) >= WIDTH or abs(one.y - other.y) * 2 >= one.height + other.height
            assert apart, f"{one.title or one.lines} lies on {other.title or other.lines}"


@pytest.mark.parametrize("flow", NAMES)
def test_every_arrow_begins_and_ends_at_a_box(flow: str):
    one = drawn(flow)
    edges = {(round(box.x), round(box.y + sign * box.height / 2)) for box in one.boxes for sign in (-1, 1)}
    assert one.lines
    for line in one.lines:
        for x, y in (line.points[0], line.points[-1]):
            assert any(abs(x - at_x) <= 1 and abs(y - at_y) <= 1 for at_x, at_y in edges)


def test_labels_name_the_words_and_conditions_that_lead_there():
    draft, _ = flowbook.read_texts({"small.toml": SMALL})
    one = chart(draft, "small", {phrase.address: phrase.text for phrase in draft.phrases})
    labels = [" ".join(box.lines) for box in one.boxes if box.kind == "label"]
    assert "1 A home (house, rent)" in labels
    assert "2 Again" in labels  # an arrow from a step to itself
    assert "9 to skip" in labels
    assert "a. age = child" in labels
    assert "b. placed = known c. otherwise" in labels
    assert len(labels) == 5


def test_the_picture_is_sound_xml_with_escaped_texts():
    draft, _ = flowbook.read_texts({"small.toml": SMALL})
    picture = svg.draw([chart(draft, "small", {phrase.address: phrase.text for phrase in draft.phrases})])
    root = ElementTree.fromstring(picture)
    words = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "Hello & <welcome>." in words


def test_the_same_flow_gives_the_same_bytes_in_every_process():
    def once(seed: str) -> bytes:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run(
            [sys.executable, "-m", "bot", "map", "danger"], cwd=ROOT, env=environment, capture_output=True, check=True
        ).stdout

    assert once("1") == once("2")


def test_the_command_draws_all_flows_and_names_what_it_does_not_know(tmp_path: Path, capsys):
    assert main(["map", "-o", str(tmp_path / "all.svg"), "--language", "sq"]) == 0
    picture = (tmp_path / "all.svg").read_text(encoding="utf-8")
    for flow in NAMES:
        assert f'<text class="flow" x="26" y="22">{flow}</text>' in picture
    assert "Përshëndetje" in picture
    assert main(["map", "dangr"]) == 2
    assert 'Did you mean "danger"?' in capsys.readouterr().err
    assert main(["map", "danger", "--language", "xx"]) == 2
