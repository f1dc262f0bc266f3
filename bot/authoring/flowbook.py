"""Reads the flows: TOML files into a Draft, with every mistake of form named by file, step and remedy.

Owns: the reading of `flows/*.toml`. Never: translations, rules over the whole graph, or moving a session.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.authoring import shapes
from bot.authoring.draft import Draft, Source
from bot.authoring.problem import Problem, did_you_mean, refuse
from bot.authoring.shapes import fitting, misfits
from bot.dialogue.lookups import LOOKUPS
from bot.dialogue.script import EFFECTS, ENTRIES, RESUME, Choice, Phrase, Row, Step

EVERYWHERE = "everywhere"
SYSTEM = "system"


def load(flows: Path) -> Draft:
    """The draft of a folder of flows; AdminError names every mistake of form."""
    draft, problems = read(flows)
    refuse(problems)
    return draft


def read(flows: Path) -> tuple[Draft, list[Problem]]:
    """The draft of a folder of flows, and every mistake of form; what is mistaken is left out of the draft."""
    files = sorted(flows.glob("*.toml"))
    if not files:
        return Draft(), [_no_flows(flows)]
    return read_texts({file.name: file.read_text(encoding="utf-8") for file in files})


def read_texts(texts: Mapping[str, str]) -> tuple[Draft, list[Problem]]:
    """The same from texts by file name."""
    reader = _Reader()
    for name, text in texts.items():
        reader.file(name, text)
    reader.entries_complete(EVERYWHERE + ".toml" in texts)
    draft = Draft(
        steps=reader.steps,
        phrases=tuple(reader.phrases),
        entries=reader.entries,
        labels=reader.labels,
        sources=reader.sources,
    )
    return draft, reader.problems


def _no_flows(flows: Path) -> Problem:
    return Problem(
        code="F01", file=str(flows), what="There is no flow here.", remedy="Put at least one .toml file there."
    )


class _Reader:
    """Collects steps, phrases and problems over all files."""

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {}
        self.phrases: list[Phrase] = []
        self.entries: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.sources: dict[str, Source] = {}
        self.problems: list[Problem] = []
        self._file = ""
        self._flow = ""

    def file(self, name: str, text: str) -> None:
        self._file, self._flow = name, name.removesuffix(".toml")
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self._broken(str(error))
            return
        if not shapes.NAME.fullmatch(self._flow):
            self._problem("F04", "A flow's file is named with small letters, digits and _.", "Rename the file.")
        for step, table in tables.items():
            self._table(step, table, _header_line(text, step))

    def entries_complete(self, everywhere: bool) -> None:
        """Every entry must lead somewhere; flows without an `everywhere.toml` are only parts, and say so."""
        self._file, self._flow = EVERYWHERE + ".toml", EVERYWHERE
        if not everywhere:
            self._problem("F06", "There is no everywhere.toml.", "Add it, with [entry] and [label].")
            return
        for name in ENTRIES:
            if name not in self.entries:
                self._problem("F06", f'The entry "{name}" leads nowhere.', f'Add {name} = "flow.step" to [entry].')

    def _broken(self, error: str) -> None:
        line = re.search(r"line (\d+)", error)
        self.problems.append(
            Problem(
                code="F01",
                file=self._file,
                line=int(line[1]) if line else 0,
                what=f"This is not TOML: {error}.",
                remedy="Mend that line; texts stand in quotes, and a table is written once.",
            )
        )

    def _problem(self, code: str, what: str, remedy: str, step: str = "", line: int = 0) -> None:
        self.problems.append(Problem(code=code, file=self._file, step=step, line=line, what=what, remedy=remedy))

    def _table(self, step: str, table: Any, line: int) -> None:
        address = f"{self._flow}.{step}"
        if not isinstance(table, dict):
            self._problem("F02", f'"{step}" stands outside of any step.', "Put it below a [step] header.")
        elif self._flow == EVERYWHERE and step == "entry":
            self._entries(table, line)
        elif self._flow == EVERYWHERE and step == "label":
            self._labels(table, line)
        elif not shapes.NAME.fullmatch(step):
            self._problem("F04", f'"{step}" is no name.', "Use small letters, digits and _.", address, line)
        elif self._flow == SYSTEM:
            self._system(address, table, line)
        else:
            self._step(address, table, line)

    def _entries(self, table: Mapping[str, Any], line: int) -> None:
        for name, target in table.items():
            if name not in ENTRIES:
                self._problem("F06", f'There is no entry "{name}".', did_you_mean(name, ENTRIES), "entry", line)
            elif not isinstance(target, str) or not shapes.TARGET.fullmatch(target):
                self._problem("F03", f'The entry "{name}" needs a step.', 'Write it as in "flow.step".', "entry", line)
            else:
                self.entries[name] = self._whole(target)

    def _labels(self, table: Mapping[str, Any], line: int) -> None:
        for command, text in table.items():
            if command not in shapes.ALSO:
                remedy = did_you_mean(command, shapes.ALSO)
                self._problem("F06", f'No label is shown for "{command}".', remedy, "label", line)
            elif not isinstance(text, str):
                self._problem("F03", f'The label "{command}" needs a text.', "Write it in quotes.", "label", line)
            else:
                address = f"{EVERYWHERE}.label.{command}"
                self.labels[command] = address
                note = "Shown behind the choices; at most 20 characters."
                self.phrases.append(Phrase(address=address, text=text, note=note))

    def _system(self, address: str, table: Mapping[str, Any], line: int) -> None:
        self.sources[address] = Source(file=self._file, line=line)
        self.problems += misfits(table, shapes.PHRASE, file=self._file, step=address, line=line)
        self._phrase(address, "say", fitting(table, shapes.PHRASE))

    def _phrase(self, address: str, key: str, table: Mapping[str, Any], child: bool = True) -> str:
        if not table.get(key, "").strip():
            return ""
        phrase = Phrase(
            address=f"{address}.{key}",
            text=table[key],
            tells=table.get("tells", 0),
            note=table.get("note", ""),
            child=child,
        )
        self.phrases.append(phrase)
        return phrase.address

    def _step(self, address: str, table: Mapping[str, Any], line: int) -> None:
        self.sources[address] = Source(file=self._file, line=line)
        self.problems += misfits(table, shapes.STEP, file=self._file, step=address, line=line)
        fit = fitting(table, shapes.STEP)
        child = fit.get("child", True)
        say = self._phrase(address, "say", fit, child)
        choices = tuple(self._choices(address, fit, child, line))
        self.steps[address] = Step(
            address=address,
            say=say,
            tells=fit.get("tells", 0),
            ask=self._known(address, line, "ask", fit.get("ask", ""), shapes.ASKS) or ("choice" if choices else ""),
            keep=fit.get("keep", True),
            choices=choices,
            also=tuple(self._known(address, line, "also", name, shapes.ALSO) for name in fit.get("also", ())),
            find=self._known(address, line, "find", fit.get("find", ""), LOOKUPS),
            set=tuple(fit.get("set", {}).items()),
            effect=self._known(address, line, "effect", fit.get("effect", ""), EFFECTS),
            goto=tuple(self._rows(address, fit.get("goto", ()), line)),
            retry=self._phrase(address, "retry", fit, child),
            end=fit.get("end", False),
            child=child,
        )
        if choices and fit.get("ask", "place") != "place":
            remedy = "Take out `ask` or the choices; only a question for a place may offer choices beside it."
            self._problem("F05", "A step asks one thing.", remedy, address, line)

    def _known(self, address: str, line: int, key: str, name: str, known: Any) -> str:
        if not name or name in known:
            return name
        self._problem("F04", f'"{name}" is nothing that `{key}` knows.', did_you_mean(name, known), address, line)
        return ""

    def _choices(self, address: str, step: Mapping[str, Any], child: bool, line: int) -> list[Choice]:
        found: list[Choice] = []
        for number, table in enumerate(step.get("choice", ()), start=1):
            name = table.get("id")
            if not isinstance(name, str) or not shapes.NAME.fullmatch(name) or name in {"say", "retry"}:
                remedy = 'Add id = "…" (small letters, digits and _; not say or retry).'
                self._problem("F05", f"Choice {number} has no id.", remedy, address, line)
            elif name in {choice.id for choice in found}:
                self._problem("F05", f'Two choices have the id "{name}".', "Give each its own.", address, line)
            else:
                found.append(self._choice(f"{address}.{name}", step, table, child, line))
        return found

    def _choice(self, at: str, step: Mapping[str, Any], table: Mapping[str, Any], child: bool, line: int) -> Choice:
        self.problems += misfits(table, shapes.CHOICE, file=self._file, step=at, line=line)
        fit = fitting(table, shapes.CHOICE)
        note = fit.get("note", "One numbered choice; at most 20 characters.")
        label = self._phrase(at, "label", {**fit, "note": note, "tells": step.get("tells", 0)}, child)
        if not label:
            self._problem("F05", "The choice has no label.", 'Add label = "…": it is what people read.', at, line)
        words = fit.get("words", "")
        typed = {
            "words": words if isinstance(words, str) else ", ".join(words),
            "note": "Words people may type for this choice, with commas between: not a translation, what people write.",
        }
        return Choice(
            id=at.rpartition(".")[2],
            label=label,
            words=self._phrase(at, "words", typed, child),
            goto=self._target(at, fit.get("goto", ""), line),
            tells=fit.get("tells", 0),
            set=tuple(fit.get("set", {}).items()),
        )

    def _rows(self, address: str, goto: Any, line: int) -> list[Row]:
        if isinstance(goto, str):
            target = self._target(address, goto, line)
            return [Row(to=target)] if target else []
        rows = []
        for table in goto:
            when = tuple((fact, word) for fact, word in table.items() if fact != "to")
            target = self._target(address, table.get("to", ""), line)
            if target:
                rows.append(Row(to=target, when=when))
            elif not table.get("to"):
                self._problem("F05", "A row of `goto` leads nowhere.", 'Add to = "step".', address, line)
        return rows

    def _target(self, address: str, target: str, line: int) -> str:
        if target and not shapes.TARGET.fullmatch(target):
            remedy = 'Write "step" or "flow.step", with small letters, digits and _.'
            self._problem("F04", f'"{target}" is no step.', remedy, address, line)
            return ""
        return self._whole(target) if target else ""

    def _whole(self, target: str) -> str:
        return target if "." in target or target == RESUME else f"{self._flow}.{target}"


def _header_line(text: str, step: str) -> int:
    """The line of a step's header, counted from 1; 0 where it is written in another way."""
    found = re.search(rf'^[ \t]*\[\[?[ \t]*"?{re.escape(step)}"?[ \t]*[\].]', text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 0
