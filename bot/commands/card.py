"""`python -m bot card`: the card to take along, as SVG files for a printer.

Owns: the files and what is said of them. Never: what stands on a card (`demo/card`), the numbers (the settings).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from bot import settings
from bot.authoring import assemble
from bot.demo import card
from bot.settings import FLOWS, LOCALES
from bot.understanding.folding import fold

HELP = "small cards and a poster with our number and its code, to print"
PREFIX: Final = "system.demo_"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("-o", "--output", type=Path, default=Path(), help="the folder for the files (default: here)")


def run(args: argparse.Namespace) -> int:
    """Writes a file for each sheet, language and channel; 0 with a real number, 1 where there is none to print."""
    checked = settings.read()
    numbers = card.numbers(checked.twilio_sms_from, checked.twilio_whatsapp_from)
    script = assemble.script_of(FLOWS, LOCALES, fold)
    args.output.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        for language, phrases in sorted(script.phrases.items()):
            own = {name.removeprefix(PREFIX).removesuffix(".say"): text for name, text in phrases.items()}
            for kind in card.KINDS:
                file = args.output / f"{kind}-{language}-{number.channel}.svg"
                file.write_text(card.svg(kind, number, own), encoding="utf-8")
                print(f"{file}: opens {number.opens}")
    if numbers[0].demo:
        print("They are marked DEMO: set TWILIO_SMS_FROM or TWILIO_WHATSAPP_FROM to a number that people can write to.")
    return int(numbers[0].demo)
