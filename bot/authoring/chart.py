"""A flow as boxes and arrows, laid out in layers: what `map` draws.

Owns: which boxes and arrows a flow has, the words on them, and where they stand. Never: how they look (`svg`).
The layers and the order in them come from fast-sugiyama; a label is a box of its own, so that no two lie on each other.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Mapping
from string import ascii_lowercase
from typing import Final

import fast_sugiyama
import msgspec

from bot.authoring.draft import Draft
from bot.dialogue.script import RESUME, Row, Step

COLUMN: Final = 200.0  # from one box of a layer to the next
WIDTH: Final = 180.0
GAP: Final = 26.0  # between two layers
PAGE: Final = 2400.0  # parts that do not hang together go to the next row beyond this
LINE: Final = 14.0
LETTERS: Final = 28  # of one line in a box
DIGITS: Final = {"numbers": "0", "back": "7", "close": "8", "skip": "9"}


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A box with its middle at x, y. `kind`: entry | step | asks | finds | end | away | label."""

    kind: str
    title: str
    lines: tuple[str, ...] = ()
    x: float = 0
    y: float = 0

    @property
    def height(self) -> float:
        return LINE * (len(self.lines) + bool(self.title)) + (6 if self.kind == "label" else 14)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One arrow through these points; `head` where it ends at a step."""

    points: tuple[tuple[float, float], ...]
    head: bool = True


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """One flow, laid out."""

    name: str
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: float
    height: float


def chart(draft: Draft, flow: str, texts: Mapping[str, str]) -> Chart:
    """The flow with its texts in one language; entries above, steps of other flows as small boxes."""
    boxes, edges = _graph(draft, flow, texts)
    numbers = {name: number for number, name in enumerate(boxes)}
    pairs = [(numbers[start], numbers[end]) for start, end in edges]
    at, bends = _laid_out(pairs, list(boxes.values()))
    drawn = [
        msgspec.structs.replace(box, x=at[number][0], y=at[number][1]) for number, box in enumerate(boxes.values())
    ]
    return Chart(
        name=flow,
        boxes=tuple(drawn),
        lines=tuple(_line(drawn, at, _chain(start, end, bends, len(drawn))) for start, end in pairs),
        width=max(box.x for box in drawn) + WIDTH / 2 + GAP,
        height=max(box.y + box.height / 2 for box in drawn) + GAP,
    )


def _graph(draft: Draft, flow: str, texts: Mapping[str, str]) -> tuple[dict[str, Box], list[tuple[str, str]]]:
    steps = [step for step in draft.steps.values() if step.flow == flow]
    boxes: dict[str, Box] = {}
    edges: list[tuple[str, str]] = []
    for name, address in draft.entries.items():
        if address.startswith(f"{flow}."):
            boxes[f"entry {name}"] = Box(kind="entry", title=name)
            edges.append((f"entry {name}", address))
    for step in steps:
        boxes[step.address] = _box(step, texts)
    for step in steps:
        for target, labels in _arrows(step, texts).items():
            if target not in draft.steps or not target.startswith(f"{flow}."):
                title = "the question again" if target == RESUME else target
                target = f"{step.address} away {target}"  # one for each step: no long lines to a far corner
                boxes[target] = Box(kind="away", title=title)
            edges += _labelled(boxes, step.address, target, labels)
    for step in steps:
        if all(step.address not in edge for edge in edges):  # reached from other flows alone, and the end of its talk
            boxes[f"from {step.address}"] = Box(kind="away", title="from another flow")
            edges.append((f"from {step.address}", step.address))
    return boxes, edges


def _labelled(boxes: dict[str, Box], start: str, end: str, labels: list[str]) -> list[tuple[str, str]]:
    lines = tuple(line for label in labels for line in textwrap.wrap(label, LETTERS))
    name = f"{start} -> {end}"
    if not lines and start != end:
        return [(start, end)]
    boxes[name] = Box(kind="label", title="", lines=lines)
    return [(start, name), (name, end)]


def _box(step: Step, texts: Mapping[str, str]) -> Box:
    lines = textwrap.wrap(texts.get(step.say, ""), LETTERS)
    if step.find:
        lines.append(f"finds: {step.find}")
    if step.effect:
        lines.append(f"does: {step.effect}")
    lines += [f"sets: {fact} = {word or '(nothing)'}" for fact, word in step.set]
    if step.also:
        lines.append("also: " + ", ".join(f"{DIGITS[command]} {command}" for command in step.also))
    if not step.child:
        lines.append("never to a child")
    kind = "asks" if step.ask else "end" if step.end else "finds" if step.find else "step"
    return Box(kind=kind, title=f"{step.name} · tells {step.tells}" if step.say else step.name, lines=tuple(lines))


def _arrows(step: Step, texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Target -> the words that lead there, in the order of the flow."""
    found: dict[str, list[str]] = defaultdict(list)
    rest = []
    for number, choice in enumerate(step.choices, start=1):
        words = texts.get(choice.words, "")
        label = f"{number} {texts.get(choice.label, '')}" + (f" ({words})" if words else "")
        if choice.goto:
            found[choice.goto].append(label)
        else:
            rest.append(label)
    if step.ask == "place":
        rest.append("a town, or 9")
    elif step.ask == "need":
        rest.append("a need, or 9")
    elif step.ask and step.goto:
        rest.append("9 to skip")
    for letter, row in zip(ascii_lowercase, step.goto, strict=False):
        found[row.to] += [*(rest if row is step.goto[0] else ()), *_condition(step, row, letter)]
    return found


def _condition(step: Step, row: Row, letter: str) -> Iterator[str]:
    """Rows are tried from a on; a table of one row needs no letter."""
    if row.when:
        yield f"{letter}. " + " and ".join(f"{fact} = {word}" for fact, word in row.when)
    elif len(step.goto) > 1:
        yield f"{letter}. otherwise"


Points = dict[int, tuple[float, float]]  # number of a box or of a bend -> x, y
Bends = dict[int, list[int]]  # number -> the numbers that its lines lead to


def _laid_out(edges: list[tuple[int, int]], boxes: list[Box]) -> tuple[Points, Bends]:
    """Where each box and each bend of an arrow stands: the parts of a flow in rows, as a text runs."""
    at: Points = {}
    bends: Bends = defaultdict(list)
    left, top, bottom, fresh = 0.0, 0.0, 0.0, len(boxes)
    for positions, width, _, chained in fast_sugiyama.from_edges(
        edges,
        vertex_spacing=COLUMN,
        dummy_vertices=True,
        dummy_size=COLUMN / 4,
        check_layout=False,
        ranking_type="minimize",
    ):
        ids = {}  # bends are counted anew in each part
        for name, _ in positions:
            ids[int(name)] = int(name) if int(name) < len(boxes) else fresh
            fresh += int(name) >= len(boxes)
        if left and left + width + COLUMN > PAGE:
            left, top = 0.0, bottom
        part, height = _part({ids[int(name)]: place for name, place in positions}, boxes)
        at.update({number: (x + left, y + top) for number, (x, y) in part.items()})
        left, bottom = max(x for x, _ in part.values()) + left + COLUMN / 2, max(bottom, top + height)
        for start, end in chained or ():
            bends[ids[int(start)]].append(ids[int(end)])
            bends[ids[int(end)]].append(ids[int(start)])
    return at, bends


def _part(placed: Mapping[int, tuple[float, float]], boxes: list[Box]) -> tuple[Points, float]:
    """One part from its upper left corner, and its height: each layer as high as its highest box."""
    layers = sorted({y for _, y in placed.values()}, reverse=True)
    heights = dict.fromkeys(layers, 0.0)
    for number, (_, y) in placed.items():
        heights[y] = max(heights[y], boxes[number].height if number < len(boxes) else 0)
    middles, top = {}, GAP
    for y in layers:
        middles[y] = top + heights[y] / 2
        top += heights[y] + GAP
    west = min(x for x, _ in placed.values())
    return {number: (x - west + COLUMN / 2 + GAP, middles[y]) for number, (x, y) in placed.items()}, top


def _chain(start: int, end: int, bends: Mapping[int, list[int]], count: int) -> list[int]:
    """The bends between two boxes: the one way along bends alone. Straight where there is none."""
    for following in bends[start]:
        chain, before = [start], start
        while following >= count:
            chain.append(following)
            before, following = following, next(each for each in bends[following] if each != before)
        if following == end:
            return [*chain, end]
    return [start, end]


def _line(drawn: list[Box], at: Mapping[int, tuple[float, float]], chain: list[int]) -> Line:
    start, end = drawn[chain[0]], drawn[chain[-1]]
    down = at[chain[1]][1] > start.y
    arrives = at[chain[-2]][1] < end.y
    first = (start.x, start.y + (start.height if down else -start.height) / 2)
    last = (end.x, end.y + (-end.height if arrives else end.height) / 2)
    return Line(points=(first, *(at[number] for number in chain[1:-1]), last), head=end.kind != "label")
