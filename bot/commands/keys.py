"""`python -m bot keys new FILE`: a fresh key file.

Owns: the command. Never: printing a key.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from bot.storage import keyring

HELP = "make the key file: random keys, readable for its owner only"


def arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="what", required=True, metavar="new")
    new = commands.add_parser("new", help="write a fresh key file", description="Writes a fresh key file (mode 0400).")
    new.add_argument("file", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Writes the file. 1 if it cannot be written or exists already."""
    keyring.write(args.file, keyring.fresh(int(time.time())))
    print(f"{args.file}: a key for each of {', '.join(keyring.PURPOSES)}.")
    print("Keep it off the host of Redis and out of its backups, and set BESA_KEY_FILE to it.")
    return 0
