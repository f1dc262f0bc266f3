"""`python -m bot keys new|rotate|prune|list FILE`: the key file.

Owns: the commands. Never: printing a key, or deciding how long an epoch is needed (`storage/epochs`).
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import UTC, datetime
from pathlib import Path

from bot.storage import epochs, keyring

HELP = "make the key file, rotate its keys, destroy old ones, list them (without the keys)"


def arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="what", required=True, metavar="new|rotate|prune|list")
    about = {
        "new": "Writes a fresh key file (mode 0400).",
        "rotate": "Appends new keys where the last are old enough. Running processes take them over by themselves.",
        "prune": "Destroys keys that nothing alive can need any more.",
        "list": "Lists the keys by name and age, never the keys themselves.",
    }
    for name, text in about.items():
        one = commands.add_parser(name, help=text[0].lower() + text[1:].rstrip("."), description=text)
        one.add_argument("file", type=Path, metavar="FILE")
        if name == "rotate":
            one.add_argument("--all", action="store_true", help="every purpose, whatever its age")
        if name == "list":
            one.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    """1 where the file cannot be read or written, or exists already (`new`)."""
    now = int(time.time())
    return {"new": _new, "rotate": _rotate, "prune": _prune, "list": _list}[args.what](args, now)


def _new(args: argparse.Namespace, now: int) -> int:
    keyring.write(args.file, keyring.fresh(now))
    print(f"{args.file}: a key for each of {', '.join(keyring.PURPOSES)}.")
    print("Keep it off the host of Redis and out of its backups, and set BESA_KEY_FILE to it.")
    return 0


def _rotate(args: argparse.Namespace, now: int) -> int:
    known = keyring.read(args.file)
    fresh = epochs.next_of(known, now, everything=args.all)
    if not fresh:
        print("No key is old enough to be rotated.")
        return 0
    keyring.write(args.file, (*known, *fresh), replace=True)
    print(f"New keys for {', '.join(epoch.purpose for epoch in fresh)}, used from {_time(fresh[0].since)} on.")
    return 0


def _prune(args: argparse.Namespace, now: int) -> int:
    known = keyring.read(args.file)
    needed = epochs.needed(known, now)
    if len(needed) < len(known):
        keyring.write(args.file, needed, replace=True)
    print(f"Destroyed: {len(known) - len(needed)}. Left: {len(needed)}.")
    return 0


def _list(args: argparse.Namespace, now: int) -> int:
    rows = epochs.listed(keyring.read(args.file), now)
    if args.json:
        print(json.dumps([dict(zip(("purpose", "id", "since", "state"), row, strict=True)) for row in rows]))
        return 0
    for purpose, ident, since, state in rows:
        print(f"{purpose:<8} {ident}  since {_time(since)}  {state}")
    return 0


def _time(unix: int) -> str:
    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M UTC") if unix else "the start"
