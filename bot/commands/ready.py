"""`python -m bot ready`: everything that a human must still do before real people write.

Owns: the list, and what of it can be counted or seen from here. Never: a decision that it is enough.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from bot import settings
from bot.authoring import phrasebook
from bot.authoring.check import unreviewed
from bot.directory.load import load
from bot.directory.rules import dues
from bot.settings import DATA, LOCALES, Settings

HELP = "what humans must still do before real people write"


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do. `left`: how many are left, 0 for done, None where only a human can tell."""

    area: str
    what: str
    how: str
    left: int | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--calls", action="store_true", help="name every number to dial, the most important first")


def run(args: argparse.Namespace) -> int:
    """0 where nothing is left that can be seen from here, else 1."""
    checked = settings.read()
    directory = load(DATA)
    calls = dues(directory, datetime.now(UTC))
    if args.calls:
        for call in calls:
            print(f"{call.number or 'to be found':<20} {call.name}: {call.what} ({call.file}, {call.place})")
        return 1 if calls else 0
    tasks = [
        *_facts(sum(bool(call.number) for call in calls), sum(not call.number for call in calls)),
        *_texts(),
        *_carrier(checked),
        *_host(checked),
        *_people(),
    ]
    _print(tasks, args.json)
    return 1 if any(task.left for task in tasks) else 0


def _facts(dial: int, find: int) -> Iterator[Task]:
    area = "Numbers and services"
    yield Task(
        area=area,
        what="Dial every number, from the networks that people use, and ask who answers, when, in which language.",
        how="python -m bot ready --calls names them; write assured_date and assured_by into data/",
        left=dial,
    )
    yield Task(area=area, what="Find the numbers that are missing.", how="python -m bot ready --calls", left=find)
    yield Task(
        area=area,
        what="Ask each organisation whether it wants to be named here, for whom, and what it tells the police.",
        how="write it into its file in data/organizations/, with the date",
    )


def _texts() -> Iterator[Task]:
    book, _ = phrasebook.read(LOCALES)
    for language, (left, whole) in unreviewed(book).items():
        yield Task(
            area="Texts",
            what=f"Have every text in {language} read by a caseworker who speaks it from home ({whole} in all), aloud, "
            "the two ways of address by two people.",
            how="take the mark of a draft off each entry in bot/locales/; python -m bot check counts them",
            left=left,
        )
    yield Task(
        area="Texts",
        what="Let survivors and caseworkers talk with it, in dialect and with mistakes; write down each misreading.",
        how="python -m bot chat, or python -m bot demo; add words in bot/locales/*/lexicon/",
    )


def _carrier(checked: Settings) -> Iterator[Task]:
    area = "Carrier"
    yield _set(
        area, "Open the account and set it.", "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, PUBLIC_URL", checked.twilio
    )
    yield _set(
        area,
        "Use a key of its own for the API, so that the auth token only checks signatures.",
        "TWILIO_API_KEY, TWILIO_API_SECRET",
        bool(checked.twilio_api_key),
    )
    yield Task(area=area, what="Set up what stands at Twilio.", how="python -m bot twilio setup; docs/twilio.md")
    yield _set(
        area,
        "Have the template of the check-in approved; without it there is none on WhatsApp after a day.",
        "TWILIO_CHECKIN_CONTENT_SID",
        bool(checked.twilio_checkin_content_sid),
    )
    yield Task(
        area=area,
        what="Find out on every Albanian network whether people can answer our SMS. If they cannot, send none first.",
        how="SMS_TWO_WAY=yes only after an answer arrived from each network",
        left=None,
    )
    yield Task(
        area=area,
        what="Give WhatsApp a profile that tells nothing: a dull name, no picture, no word of violence.",
        how="the sender's profile at Twilio; the name is seen in the list of chats",
    )
    yield Task(
        area=area,
        what="Put the fallback on another host, and see it answer with this one switched off.",
        how="docs/deploy.md, “When this host is down”",
    )
    yield Task(
        area=area,
        what="Have the carrier keep as little as it can: no bodies, no numbers, short retention.",
        how="message redaction at Twilio; a contract on processing; docs/twilio.md",
    )


def _host(checked: Settings) -> Iterator[Task]:
    area = "Host"
    yield _set(area, "Make the keys, readable for the service only.", "BESA_KEY_FILE", checked.key_file is not None)
    yield Task(
        area=area,
        what="Keep the keys off the store's disk and out of every backup: together they can be read.",
        how="docs/deploy.md, “Keys”",
    )
    yield Task(
        area=area,
        what="Redis with appendonly yes, appendfsync always, noeviction, a password; no other reader, no dumps.",
        how="docs/deploy.md, “Redis”",
    )
    yield _set(area, "Show only what was assured.", "ASSURANCE=strict", checked.assurance == "strict")
    yield _set(area, "No demonstration beside the real thing.", "DEMO=off", not checked.demo)
    yield _set(
        area,
        "Watch it: readyz, the sweep's lag, static replies, refused signatures; somebody is woken.",
        "METRICS_TOKEN",
        bool(checked.metrics_token),
    )
    yield Task(
        area=area,
        what="No request log with queries or bodies at the proxy, no swap, no core dumps; disk sealed; clock kept.",
        how="docs/deploy.md, “What nobody may write down”",
    )


def _people() -> Iterator[Task]:
    area = "People"
    for what, how in (
        (
            "Assess the impact on the people who write, with counsel (law 124/2024), before the first of them.",
            "a signed paper",
        ),
        (
            "Have counsel say who must report what is told by a child, and to whom.",
            "in writing; then bot/flows/child.toml",
        ),
        ("Name who answers for a wrong number within the hour, day and night, and try it once.", "a rota and a drill"),
        ("Have every change of a flow read by two people, one of them a caseworker.", "the rule of your repository"),
        (
            "Try it with the lines and shelters it sends people to: what happens when somebody really calls.",
            "a test week",
        ),
        ("Decide how people learn of it without being found with it.", "with survivors; cards and words that are dull"),
    ):
        yield Task(area=area, what=what, how=how)


def _set(area: str, what: str, how: str, done: bool) -> Task:
    return Task(area=area, what=what, how=how, left=0 if done else 1)


def _print(tasks: list[Task], as_json: bool) -> None:
    if as_json:
        print(json.dumps(msgspec.to_builtins(tasks), ensure_ascii=False, indent=1))
        return
    area = ""
    for task in tasks:
        if task.area != area:
            area = task.area
            print(f"\n{area}")
        mark = "[ ]" if task.left is None else "[x]" if task.left == 0 else f"[{task.left}]"
        print(f"  {mark:<6} {task.what}\n         -> {task.how}")
    left = sum(1 for task in tasks if task.left != 0)
    print(f"\n[ ] only a human can tell · [7] so many are left · [x] done. {left} of {len(tasks)} are open.")
