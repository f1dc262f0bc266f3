"""`python -m bot twilio setup|check`: what should stand at Twilio, made or compared.

Owns: the command and what operators read. Never: what should stand there (`carriers/twilio/setup`).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any

from bot import account
from bot import settings as environment
from bot.authoring import assemble
from bot.carriers.twilio import setup
from bot.carriers.twilio.outbox import Answer, Outbox
from bot.carriers.twilio.requests import Call
from bot.channels.render import phrase
from bot.errors import CarrierUnavailable, OperatorError
from bot.understanding.folding import fold

HELP = "set up what stands at Twilio, or say what differs"
NEEDED = ("PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what this command takes."""
    parser.add_argument("action", choices=["setup", "check"])
    parser.add_argument("--dry-run", action="store_true", help="print the requests of setup and send none of them")
    parser.add_argument("--json", action="store_true", help="print the requests as JSON lines")


def run(args: argparse.Namespace) -> int:
    """setup: 0 once everything stands. check: 0 where nothing differs, 1 where something does."""
    settings = environment.read()
    asking = settings.twilio and bool(settings.public_url)
    if not asking and not (args.action == "setup" and args.dry_run):
        raise OperatorError(f"Set these first: {', '.join(NEEDED)}. To see what would be done: twilio setup --dry-run")
    outbox = account.outbox(settings)
    words = words_of_content()
    state = state_of(outbox) if asking else setup.State()
    public = settings.public_url or "https://PUBLIC_URL"
    steps = setup.plan(state, public=public, words=words, service=settings.twilio_messaging_service_sid)
    if args.action == "check" or args.dry_run:
        _print(steps, args.json)
        left = bool(steps) and args.action == "check"
    else:
        left = not _carry_out(outbox, steps)
    if not args.json:
        _people(state, words)
    return 1 if left else 0


def words_of_content() -> dict[str, setup.Words]:
    """The words of prepared content in every language, from the flows and their catalogues."""
    script = assemble.script_of(environment.FLOWS, environment.LOCALES, fold)
    return {
        language: setup.Words(
            choose=phrase(script, "system.demo_choose.say", language, False),
            checkin=phrase(script, "checkin.reply.say", language, False),
        )
        for language in sorted(script.phrases)
    }


def state_of(outbox: Outbox) -> setup.State:
    """What stands at Twilio now. Raises CarrierUnavailable where it cannot be read."""
    return setup.State(
        services=_listed(outbox, setup.services_call(), "services"),
        contents=_listed(outbox, setup.contents_call(), "contents"),
    )


def _listed(outbox: Outbox, call: Call, key: str) -> list[Mapping[str, Any]]:
    found = outbox.listed(call, key)
    if found is None:
        raise CarrierUnavailable(
            f"Twilio does not list its {key} ({_why(outbox.ask(call))}). Look at the key and try again."
        )
    return found


def _why(answer: Answer) -> str:
    if not answer.status:
        return "no answer"
    return f"HTTP {answer.status}" + (f", code {answer.code}" if answer.code else "")


def _carry_out(outbox: Outbox, steps: list[setup.Step]) -> bool:
    """Sends every request; an approval waits for the id of the content that was made just before it."""
    made: dict[str, str] = {}
    good = True
    for step in steps:
        url = step.call.url
        for name, sid in made.items():
            url = url.replace(f"{{{name}}}", sid)
        answer = outbox.ask(Call(method=step.call.method, url=url, form=step.call.form, body=step.call.body))
        made[str(step.call.body.get("friendly_name", ""))] = str(answer.data.get("sid", ""))
        print(f"{'Done' if answer.good else 'FAILED'}: {step.what}" + ("" if answer.good else f" ({_why(answer)})"))
        good = good and answer.good
    if not steps:
        print("Everything stands as it should.")
    return good


def _print(steps: list[setup.Step], as_json: bool) -> None:
    for step in steps:
        fields = step.call.body or step.call.form
        if as_json:
            line = {"what": step.what, "method": step.call.method, "url": step.call.url, "fields": fields}
            print(json.dumps(line, ensure_ascii=False))
        else:
            print(f"{step.what[0].upper()}{step.what[1:]}:\n  {step.call.method} {step.call.url}")
            print("".join(f"    {name}: {_short(value)}\n" for name, value in fields.items()), end="")
    if not steps and not as_json:
        print("Everything stands as it should.")


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _people(state: setup.State, words: Mapping[str, setup.Words]) -> None:
    print("\nWhat only a person can do, in Twilio's console:", file=sys.stdout)
    for at, line in enumerate(setup.for_people(state, words), start=1):
        print(f"  {at}. {line}")
