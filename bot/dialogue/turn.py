"""The turn: what one inbound causes. A value; nothing in it has happened yet.

Owns: Turn and Effect. Never: carrying an effect out.
"""

from __future__ import annotations

import msgspec

from bot.dialogue.session import Said, Session


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be done with the commit.

    kind: schedule (plan a check-in; `data` = window: morning, afternoon, evening) | cancel (tickets of this texter) |
    forget (all of this texter) | optout | optin | entered | answered (counts; `data` = address of the step)
    | offered (count; `data` = need code) | county (count; `data` = county).
    """

    kind: str
    data: str = ""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """The next session (None: wipe it), what to say, and what to do."""

    session: Session | None
    says: tuple[Said, ...]
    language: str
    child: bool = False
    effects: tuple[Effect, ...] = ()
    # Addresses of the steps walked and, with a word before it, what led on: "entry told", "choice intake.menu.stay",
    # "row intake.told 2", "retry intake.hello". For coverage, `explain` and the demo's drawer.
    trace: tuple[str, ...] = ()
