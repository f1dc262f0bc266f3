"""What a tap sends back: which script, step and choice the button was for.

Owns: writing and reading payloads. Never: deciding what an old button means (`dialogue/engine`).
Shape: `besa.<first 8 of the script's hash>.<flow>.<step>.<choice>`; a command is `@name` in the place of the choice.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_SHAPE: Final = re.compile(r"besa\.([0-9a-z]{1,8})\.([a-z0-9_-]+\.[a-z0-9_-]+)\.(@?[a-z0-9_-]+)", re.ASCII)
LENGTH: Final = 200  # Twilio's limit for the id of a button or a list item


class Tap(NamedTuple):
    """A payload, read. `choice` is the id of a choice, or `@` and the name of a command."""

    script: str  # the first 8 characters of the hash
    step: str  # its address
    choice: str

    @property
    def command(self) -> str:
        """The command behind the tap ("numbers", "back", "close", "skip"), or ""."""
        return self.choice[1:] if self.choice.startswith("@") else ""


def write(script: str, step: str, choice: str) -> str:
    """The payload of one choice; `script` is the whole hash."""
    return f"besa.{script[:8]}.{step}.{choice}"


def read(payload: str) -> Tap | None:
    """The tap, or None for anything that we did not write."""
    found = _SHAPE.fullmatch(payload) if len(payload) <= LENGTH else None
    return Tap(*found.groups()) if found else None
