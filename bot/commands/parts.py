"""`python -m bot parts`: what a text costs as SMS, line by line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator

from bot.channels import sms

HELP = 'count SMS parts: JSON lines with "text" in, encoding and parts out'


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what this command takes."""
    parser.add_argument(
        "--as-sent", action="store_true", help="after the letters were made plain, as SMS_LETTERS=plain sends them"
    )


def run(args: argparse.Namespace) -> int:
    """Reads standard input to its end; 2 where a line is not JSON with a text."""
    for line, counted in _counted(sys.stdin, args.as_sent):
        if counted is None:
            print(f'Line {line} is not JSON with a "text": write it as {{"text": "…"}}.', file=sys.stderr)
            return 2
        print(_json(counted), flush=True)
    return 0


def _json(counted: dict[str, object]) -> str:
    readable = json.dumps(counted, ensure_ascii=False)
    return readable if readable.isprintable() else json.dumps(counted)  # half a surrogate pair cannot be printed


def _counted(lines: Iterable[str], as_sent: bool) -> Iterator[tuple[int, dict[str, object] | None]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        text = _text(line)
        if text is None:
            yield number, None
            return
        text = sms.plain(text) if as_sent else text
        counted = sms.parts(text)
        yield number, {"text": text, "encoding": counted.encoding, "parts": counted.parts}


def _text(line: str) -> str | None:
    try:
        data = json.loads(line)
    except ValueError:
        return None
    text = data.get("text") if isinstance(data, dict) else None
    return text if isinstance(text, str) else None
