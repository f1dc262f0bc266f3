"""A conversation in the terminal, in memory: nothing is stored, sent or counted."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import UTC, datetime

from bot import build, settings
from bot.transcripts import ADDRESS, Player

HELP = "a conversation in the terminal; with lines on standard input, its transcript"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--channel", choices=("sms", "whatsapp"), default="sms")
    parser.add_argument("--language", choices=settings.languages(), help="the language a talk begins in")
    parser.add_argument("--at", type=datetime.fromisoformat, help="the time it is, ISO 8601")
    parser.add_argument(
        "--from", dest="number", default=ADDRESS, metavar="+39...", help="the number that is written from"
    )


def run(args: argparse.Namespace) -> int:
    read = settings.read()
    if args.language:
        read = replace(read, default_language=args.language)
    now = (args.at or datetime.now(UTC)).astimezone(UTC)
    player = Player(build.house(read), args.channel, now, args.number)
    if sys.stdin.isatty():
        return _talk(player)
    number = "" if args.number == ADDRESS else f"# from: {args.number}\n"
    print(f"# channel: {args.channel}\n# at: {now.isoformat(timespec='minutes')}\n{number}")
    for line in sys.stdin:
        typed = line.rstrip("\n").removeprefix(">").strip()
        print(f"> {typed}", *player.say(typed or "[empty]"), sep="\n")
    return 0


def _talk(player: Player) -> int:
    print("Write as a person would. Ctrl-D ends.")
    while True:
        try:
            typed = input("> ").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return 0
        print(*player.say(typed or "[empty]"), sep="\n")
