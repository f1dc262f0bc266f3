"""The commands: `python -m bot NAME …`.

Owns: the table of names and the exit codes (0 good, 1 problems found, 2 misuse). Each command is one module of
`bot/commands/` with `HELP`, `arguments(parser)` and `run(args) -> int`, imported only when it is called.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.errors import BesaError

COMMANDS = Path(__file__).parent / "commands"


def names() -> list[str]:
    """Every command that exists."""
    return sorted(path.stem for path in COMMANDS.glob("[a-z]*.py"))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    argv = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="python -m bot", description="Besa, a text helpline.")
    if not argv or argv[0] not in names():
        return _usage(parser, argv)
    command = importlib.import_module(f"bot.commands.{argv[0]}")
    own = argparse.ArgumentParser(prog=f"python -m bot {argv[0]}", description=command.HELP)
    command.arguments(own)
    try:
        return int(command.run(own.parse_args(argv[1:])))
    except BesaError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # as before `| head`: whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _usage(parser: argparse.ArgumentParser, argv: list[str]) -> int:
    asked = not argv or argv[0] in {"-h", "--help", "help"}
    lines = [parser.description or "", "", "Commands:"]
    for name in names():
        lines.append(f"  {name:<11}{importlib.import_module(f'bot.commands.{name}').HELP}")
    if not asked:
        lines.insert(0, f"There is no command {argv[0]!r}.\n")
    print("\n".join(lines), file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2
