"""Phrases by reference, turned into one reply as a screen shows it. Pure: the same references give the same bytes.

Owns: the order of a reply (sentences, then the numbered choices), what is cut when it is too long, buttons and lists.
Never: what is said (`dialogue`), words (phrases), the values behind placeholders (`directory`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from bot.channels import payload, sms, whatsapp
from bot.channels.fill import Fields, fill, sentences
from bot.channels.legal import clean
from bot.channels.message import Capabilities, Option, Outbound
from bot.dialogue.lookups import Values
from bot.dialogue.script import Script
from bot.dialogue.session import Said
from bot.errors import AdminError

DIGITS: Final = {"numbers": 0, "back": 7, "close": 8, "skip": 9}
_BY_COUNTRY: Final = frozenset({"line", "cost", "hours", "who", "session"})
_NUMBER: Final = re.compile(r"\d[\d ]{1,}\d")  # 112, 116 117, +355 4 ...


def render(
    script: Script,
    said: tuple[Said, ...],
    *,
    language: str,
    child: bool,
    capabilities: Capabilities,
    letters: str,
    values: Values,
    now: datetime,
) -> Outbound:
    """One reply for everything that was said. Raises AdminError where phrases were said and no text came of it: an
    empty reply would leave a person with nothing."""
    if not said:
        return Outbound(text="")
    lines: list[str] = []
    choices: tuple[Option, ...] = ()
    also: tuple[Option, ...] = ()
    for one in said:
        fields = _fields(one, values, language, now)
        if one.say:  # a step may show its choices without a word
            lines.append(fill(phrase(script, one.say, language, child), fields))
        choices, also = _choices(script, one, language, fields), _also(script, one, language, fields)
    shown = [_letters(line, capabilities, letters) for line in lines if line]
    reply = _assemble(
        shown, _relettered(choices, capabilities, letters), _relettered(also, capabilities, letters), capabilities
    )
    if not reply.text:
        raise AdminError(
            f"Nothing is left of {', '.join(one.say for one in said)}: look at its text and its placeholders."
        )
    return msgspec.structs.replace(reply, language=language)


def phrase(script: Script, address: str, language: str, child: bool) -> str:
    """The text at an address: for a child first where it is one, in the language first, else in English; else ""."""
    for phrases in (script.phrases.get(language, {}), script.phrases.get("en", {})):
        for key in (f"{address}#child", address) if child else (address,):
            if phrases.get(key):
                return phrases[key]
    return ""


def ident(name: str, bind: Mapping[str, str]) -> str:
    """What a placeholder's name stands for: the bound id, or the country for facts about lines."""
    return bind.get("line", "AL") if name in _BY_COUNTRY else bind.get(name, "")


def _fields(said: Said, values: Values, language: str, now: datetime) -> Fields:
    known: dict[str, Mapping[str, str]] = {}

    def fields(name: str) -> Mapping[str, str]:
        if name not in known:
            key = ident(name, said.bind)
            known[name] = values(name, key, language, now) if key else {}
        return known[name]

    return fields


def _choices(script: Script, said: Said, language: str, fields: Fields) -> tuple[Option, ...]:
    step = script.steps.get(said.step)
    if step is None:
        return ()
    options = (
        Option(
            number=number,
            label=_label(script, choice.label, language, fields),
            payload=_payload(script, said, choice.id),
        )
        for number, choice in enumerate(step.choices, start=1)
    )
    return tuple(option for option in options if option.label)


def _also(script: Script, said: Said, language: str, fields: Fields) -> tuple[Option, ...]:
    options = (
        Option(
            number=DIGITS[command],
            label=_label(script, script.labels.get(command, ""), language, fields),
            payload=_payload(script, said, f"@{command}") if said.step else "",
        )
        for command in said.also
        if command in DIGITS
    )
    return tuple(option for option in options if option.label)


def _label(script: Script, address: str, language: str, fields: Fields) -> str:
    return " ".join(fill(phrase(script, address, language, False), fields).split())


def _payload(script: Script, said: Said, choice: str) -> str:
    return payload.write(script.hash, said.step, choice)


def _letters(text: str, capabilities: Capabilities, letters: str) -> str:
    text = clean(text)
    if capabilities.newline == " ":
        text = " ".join(text.split())
    return sms.plain(text) if capabilities.parts and letters == "plain" else text


def _relettered(options: Sequence[Option], capabilities: Capabilities, letters: str) -> list[Option]:
    return [
        Option(number=one.number, label=_letters(one.label, capabilities, letters), payload=one.payload)
        for one in options
    ]


def _assemble(lines: Sequence[str], choices: list[Option], also: list[Option], capabilities: Capabilities) -> Outbound:
    numbered = capabilities.newline.join(_numbered(choices + also))
    text = _within(capabilities.newline.join(lines), numbered, capabilities)
    tappable = [option for option in choices + also if option.payload]
    body = capabilities.newline.join(lines)
    if len(tappable) > capabilities.buttons >= len(choices) > 0:  # buttons for the answers, a line for the commands
        tappable = choices
        body = capabilities.newline.join([*lines, *_numbered(also)])
    form = whatsapp.form(body, tappable, capabilities)
    if form == "text":
        return Outbound(text=text)
    return Outbound(text=text, body=body, options=tuple(tappable), form=form)


def _numbered(options: Sequence[Option]) -> Iterator[str]:
    return (f"{option.number} {option.label}" for option in options)


def _within(text: str, numbered: str, capabilities: Capabilities) -> str:
    """Text and choices within the screen's length. What goes first when there is too much: the last sentences without
    a number to call, then the last ones at all, then the choices (typing still works)."""
    whole = capabilities.newline.join(part for part in (text, numbered) if part)
    if len(whole) <= capabilities.length:
        return whole
    room = capabilities.length - len(numbered) - len(capabilities.newline)
    if room < capabilities.length // 2:
        return _cut(text, capabilities.length)
    return _cut(text, room) + capabilities.newline + numbered


def _cut(text: str, room: int) -> str:
    """At most `room` characters: whole sentences, those with a number before the others."""
    pieces = sentences(text)
    for keep_numbers in (True, False):
        for at in range(len(pieces) - 1, 0, -1):
            if sum(map(len, pieces)) <= room:
                break
            if not (keep_numbers and _NUMBER.search(pieces[at])):
                del pieces[at]
    return "".join(pieces).strip()[:room].rstrip()
