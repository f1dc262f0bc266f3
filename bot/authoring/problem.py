"""One finding that blocks a script, and the words in which an admin reads it.

Owns: Problem and the order of problems. Never: the rules that find them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec

from bot.errors import AdminError


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """`code` names the rule (F01 ...), `step` is an address or "", `line` counts from 1 (0: not known)."""

    code: str
    file: str
    what: str
    remedy: str
    step: str = ""
    line: int = 0

    def text(self) -> str:
        """One line: where, what is wrong, how to mend it."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        if self.step:
            where += f", {self.step}"
        return f"{where}: {self.what} {self.remedy} [{self.code}]"


def sort_key(problem: Problem) -> tuple[str, int, str, str, str]:
    """Reading order: by file, then by line, then by step."""
    return (problem.file, problem.line, problem.step, problem.code, problem.what)


def refuse(problems: Iterable[Problem]) -> None:
    """Raises AdminError with every problem, one a line; does nothing where there is none."""
    lines = [problem.text() for problem in sorted(problems, key=sort_key)]
    if lines:
        raise AdminError("\n".join(lines))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy for a misspelt name: the nearest known one, else the whole list."""
    names = sorted(set(known))
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{near[0]}"?'
    if not names:
        return "Take it out: there is no such name here."
    return f"Known here: {', '.join(names)}."
