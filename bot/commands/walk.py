"""`python -m bot walk`: simulated people walk the flows, and what they met is counted.

Owns: the command, and what is printed. Never: a person (`people`), a rule on flows (`authoring/check`).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from bot import build, settings
from bot.people.chart import chart
from bot.people.figures import figures, late, table
from bot.people.talks import Talk, Talks
from bot.storage.memory import Memory

HELP = "simulated people walk the flows: how soon each gets a number that fits"
# As the outside sets it or not, the figures are the same.
ENVIRON = {"SMS_TWO_WAY": "yes"}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--people", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--seed", type=int, default=7, help="which ones (7)")
    parser.add_argument("--person", type=int, metavar="N", help="the talk of one of them, as a transcript")
    parser.add_argument(
        "--late", type=int, default=0, metavar="N", help="also show so many talks later than the target"
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("-o", type=Path, metavar="FILE.svg", help="also draw a chart")


def run(args: argparse.Namespace) -> int:
    """1 on a dead end, a crash, or a reply that tells more than was told."""
    talks = Talks(build.house(settings.read(environ=ENVIRON), Memory()), args.seed)
    if args.person is not None:
        print(*transcript(talks.talk(args.person)), sep="\n")
        return 0
    done = [talks.talk(number) for number in range(args.people)]
    found = figures(done, args.seed)
    print(json.dumps(found.plain(), ensure_ascii=False, indent=1) if args.json else "\n".join(table(found)))
    for talk in [talk for talk in done if late(talk)][: args.late]:
        print("", *transcript(talk), sep="\n")
    if args.o:
        args.o.write_text(chart(found), encoding="utf-8")
    return 1 if found.broken else 0


def transcript(talk: Talk) -> list[str]:
    """A talk in the form of a transcript, with the truth of the person above it."""
    person = talk.person
    truth = [
        f"# Person {person.number}: {person.persona}, answers in {person.style}; {person.need}"
        + (", in danger" if person.danger else "")
        + ("" if person.voice else ", cannot speak"),
        f"# {'For' if person.other else 'Is'} {person.years} years, {person.sex}; {person.place or person.country}",
        *([f"# Half-way: {person.next_need or person.next_place}"] if person.next_need or person.next_place else []),
        f"# A number that fits at message {talk.number}, a service at {talk.service} (0: never)",
        f"# channel: {person.channel}",
    ]
    return [*truth, *talk.lines, *([f"~ {talk.crash}"] if talk.crash else [])]
