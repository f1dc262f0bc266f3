"""`python -m bot forget ADDRESS`: erases all that is kept of one address.

Owns: the command. Never: printing the address. What stays, and why, is in `storage/keys`.
"""

from __future__ import annotations

import argparse
import re
import sys

from bot import settings
from bot.errors import OperatorError
from bot.storage import keyring
from bot.storage.connect import Connection
from bot.storage.sessions import Redis

HELP = "erase all that is kept of one address"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "address", metavar="ADDRESS", help="+3556…, whatsapp:+3556…, or - to read it from standard input"
    )


def run(args: argparse.Namespace) -> int:
    """Forgets the address on every channel. A command line is kept by shells: `-` leaves no trace there."""
    address = (sys.stdin.readline() if args.address == "-" else args.address).strip()
    number = re.sub(r"^(whatsapp:)?00", r"\1+", address)
    if not re.fullmatch(r"(whatsapp:)?(\+?[0-9][0-9 ()/.\-]{4,}|[A-Z]{2}\.[A-Za-z0-9.]+)", number):
        print(
            "That is no address. Give it as +355691234567, whatsapp:+355691234567 or whatsapp:AL.123….", file=sys.stderr
        )
        return 2
    found = settings.read()
    if not found.redis_url or found.key_file is None:
        raise OperatorError("REDIS_URL and BESA_KEY_FILE are needed: the same as for `serve`.")
    store = Redis(Connection(found.redis_url), keyring.load(found.key_file))
    gone = store.forget(store.texter(number))
    print("Nothing was kept of this address." if gone == 0 else f"Erased: {gone} entries.")
    return 0
