"""The card to take along: an A4 sheet of small cards and a poster, as SVG, with a code that opens a message to us.

Owns: the sheets and the codes. Never: a number of its own (the settings have it), a telling word: a card may be found
in a pocket. Without a number in the settings everything is marked DEMO, and the number is one that cannot exist.
"""

from __future__ import annotations

import functools
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

import segno

# No number of Albania begins with a zero behind the country's digits: it reaches nobody.
NOBODY: Final = "+355000000000"
WIDTH, HEIGHT = 210.0, 297.0  # A4, in millimetres
COLUMNS, ROWS = 2, 5
CARD: Final = (85.0, 54.0)  # a bank card's size: it fits where those go
QUIET: Final = 4  # light modules around a code, as readers need them
KINDS: Final = ("cards", "poster")


@dataclass(frozen=True, kw_only=True)
class Number:
    """Where the card leads. `demo`: nowhere."""

    channel: str  # sms | whatsapp
    number: str  # +355…, or a short number
    demo: bool

    @property
    def opens(self) -> str:
        """What the code holds: it opens an empty message, and says nothing of its own."""
        if self.channel == "whatsapp":
            return f"https://wa.me/{self.number.removeprefix('+')}"
        return f"sms:{self.number}"

    @property
    def spelt(self) -> str:
        """The number in groups, as people read it."""
        found = re.fullmatch(r"(\+355)(\d{2})(\d{3})(\d+)", self.number)
        return " ".join(found.groups()) if found else self.number


def numbers(sms_from: str, whatsapp_from: str) -> tuple[Number, ...]:
    """What the settings give, WhatsApp first; a name instead of a number cannot be written to, and counts as none."""
    given = {
        "whatsapp": whatsapp_from.removeprefix("whatsapp:"),
        "sms": sms_from if re.fullmatch(r"\+?\d{3,15}", sms_from) else "",
    }
    real = tuple(Number(channel=channel, number=number, demo=False) for channel, number in given.items() if number)
    return real or tuple(Number(channel=channel, number=NOBODY, demo=True) for channel in given)


def svg(kind: str, number: Number, texts: Mapping[str, str]) -> str:
    """A sheet in one language. `texts`: the page's own (see `page.texts`)."""
    draw: Mapping[str, Callable[[], Iterator[str]]] = {
        "cards": lambda: _cards(number, texts),
        "poster": lambda: _poster(number, texts),
    }
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}mm" '
        f'height="{HEIGHT:g}mm" font-family="system-ui, sans-serif" fill="#111">'
    )
    title = f"<title>{escape(texts['card_line'])}</title>"
    paper = f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#fff"/>'
    return "\n".join([head, title, paper, *draw[kind](), "</svg>"]) + "\n"


def _cards(number: Number, texts: Mapping[str, str]) -> Iterator[str]:
    wide, high = CARD
    left, top = (WIDTH - COLUMNS * wide) / 2, (HEIGHT - ROWS * high) / 2
    for row in range(ROWS):
        for column in range(COLUMNS):
            yield f'<g transform="translate({left + column * wide:g} {top + row * high:g})">'
            yield f'<rect width="{wide:g}" height="{high:g}" fill="none" stroke="#bbb" stroke-width=".2"/>'
            yield from _card(number, texts)
            yield "</g>"


def _card(number: Number, texts: Mapping[str, str]) -> Iterator[str]:
    yield from _lines(textwrap.wrap(texts["card_line"], 19), 5, 10, 4, bold=True)
    yield code(number.opens, 54, 3, 28)
    yield _text(5, 36, 3, f"{texts['card_write']} ({_medium(number)}):")
    yield _text(5, 42, 5, number.spelt, bold=True)
    yield _text(5, 47, 2.6, texts["card_program"])
    if number.demo:
        yield _demo(texts, 5, 51, 2.6)


def _poster(number: Number, texts: Mapping[str, str]) -> Iterator[str]:
    yield from _lines(textwrap.wrap(texts["card_line"], 20), 20, 45, 13, bold=True)
    yield _text(20, 122, 8, f"{texts['card_write']} ({_medium(number)}):")
    yield _text(20, 142, 16, number.spelt, bold=True)
    yield from _lines(textwrap.wrap(texts["card_scan"], 14), 20, 195, 8)
    yield code(number.opens, 98, 160, 95)
    yield _text(20, 270, 7, texts["card_program"])
    if number.demo:
        yield _demo(texts, 20, 283, 8)


def _medium(number: Number) -> str:
    return "WhatsApp" if number.channel == "whatsapp" else "SMS"


def _demo(texts: Mapping[str, str], x: float, y: float, size: float) -> str:
    words = escape(texts["card_demo"])
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" font-weight="700" fill="#b00020">{words}</text>'


def _lines(lines: list[str], x: float, y: float, size: float, *, bold: bool = False) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield _text(x, y + number * size * 1.25, size, line, bold=bold)


def _text(x: float, y: float, size: float, words: str, *, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}"{weight}>{escape(words)}</text>'


def code(opens: str, x: float, y: float, size: float) -> str:
    """A QR code of `size` millimetres with its light border, at the place of its corner."""
    rows = _modules(opens)
    scale = size / (len(rows) + 2 * QUIET)
    dark = "".join(
        f"M{column + QUIET} {row + QUIET}h1v1h-1z"
        for row, modules in enumerate(rows)
        for column, module in enumerate(modules)
        if module
    )
    return f'<path transform="translate({x:g} {y:g}) scale({scale:.5f})" d="{dark}" shape-rendering="crispEdges"/>'


@functools.lru_cache(maxsize=16)
def _modules(opens: str) -> tuple[bytearray, ...]:
    """The rows of a code, 1 for dark; every card of a sheet has the same."""
    return tuple(segno.make_qr(opens, error="m").matrix)
