"""`python -m bot map`: the flows drawn, steps and arrows labelled with the words that lead there.

Owns: the command. Never: where boxes stand (`authoring/chart`), or how they look (`authoring/svg`).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.authoring import flowbook, phrasebook
from bot.authoring.assemble import texts_by_language
from bot.authoring.draft import Draft
from bot.authoring.problem import did_you_mean
from bot.errors import OperatorError
from bot.settings import FLOWS, LOCALES

HELP = "draw a flow, or all of them, as SVG"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what this command takes."""
    parser.add_argument(
        "flow", nargs="?", metavar="FLOW", help="the name of one flow, as in intake; all of them without"
    )
    parser.add_argument("-o", dest="out", type=Path, metavar="FILE.svg", help="where to write it; else standard output")
    parser.add_argument("--language", default=phrasebook.ENGLISH, help="the language of the texts (en)")
    parser.add_argument("--flows", type=Path, default=FLOWS, help="the folder of the flows")
    parser.add_argument("--locales", type=Path, default=LOCALES, help="the folder of the languages")


def run(args: argparse.Namespace) -> int:
    """Writes the picture; 2 where there is no such flow or language."""
    draft = flowbook.load(args.flows)
    texts = texts_by_language(draft, phrasebook.load(args.locales))
    flows = list(dict.fromkeys(step.flow for step in draft.steps.values()))
    for kind, name, known in (("flow", args.flow, flows), ("language", args.language, list(texts))):
        if name and name not in known:
            print(f'There is no {kind} "{name}". {did_you_mean(name, known)}', file=sys.stderr)
            return 2
    picture = _drawn(draft, [args.flow] if args.flow else flows, texts[args.language])
    if args.out is None:
        sys.stdout.write(picture)
    else:
        args.out.write_text(picture, encoding="utf-8")
    return 0


def _drawn(draft: Draft, flows: list[str], texts: dict[str, str]) -> str:
    """The picture. The layout library is only asked for here: no helpline needs it to run."""
    try:
        from bot.authoring import svg
        from bot.authoring.chart import chart
    except ModuleNotFoundError as error:
        raise OperatorError("Drawing needs one package more: pip install fast-sugiyama") from error
    return svg.draw(chart(draft, flow, texts) for flow in flows)
