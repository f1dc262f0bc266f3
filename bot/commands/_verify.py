"""`directory verify`: one number after the other, to dial and to write back who confirmed it, when, from which network.

Owns: the talk with the admin. Never: which numbers are due (`directory/rules`), the form of a file
(`directory/writing`).
"""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec

from bot.directory import writing
from bot.directory.load import load
from bot.directory.model import Directory, Finding, Line, Organization, Phone, Source
from bot.directory.rules import Due, dues, problems

ASK: Final = "[y] right  [n] another number  [w] wrong, withdraw it  [a] nobody answers  [enter] later  [q] stop"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Who dials."""
    parser.add_argument("--by", default="", help="who confirms; asked for if it is not given")
    parser.add_argument("--network", default="", help="from which network the calls are made")
    parser.add_argument("--only", default="", help="only this organisation or line, by id")


def run(directory: Directory, args: argparse.Namespace) -> int:
    """Leads through what is due until it is done, `q`, or the end of the input."""
    today = datetime.now(UTC)
    calls = [due for due in dues(directory, today) if _wanted(due, args.only)]
    print(f"{len(calls)} to go, the most important first. Ask: is this still your number, who answers, when, in which")
    print("languages, is it free from a mobile, whom do you help, and do you tell the police?")
    by, network, written = args.by, args.network, 0
    for number, due in enumerate(calls, 1):
        print(f"\n{number}. {due.name}: {due.number or 'no number known'} ({due.what})")
        answer = _input(f"   {ASK if due.number else '[n] a number was found  [enter] later  [q] stop'}: ").lower()
        if answer == "q":
            break
        if answer not in ("y", "n", "w", "a") or (not due.number and answer != "n"):
            continue
        new = _input("   The number, as +355 …: ") if answer == "n" else ""
        by = by or (_input("   Who confirmed it? ") if answer in ("y", "n") else "")
        network = network or (_input("   From which network? ") if answer in ("y", "n") else "")
        if answer in ("y", "n") and not by:
            print("   Without a name it stays unconfirmed.")
            continue
        written += _write(args.data, due, Said(answer, new, by, network, today.date()))
    print(f"\n{written} written back.")
    return 0


class Said(msgspec.Struct, frozen=True):
    """What the call gave."""

    answer: str  # y | n | w | a
    number: str
    by: str
    network: str
    day: date


def _wanted(due: Due, only: str) -> bool:
    return not only or due.file == f"organizations/{only}.toml" or due.place == f"lines.{only}"


def _input(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        return "q"


def _write(data: Path, due: Due, said: Said) -> int:
    """1 if the file says it now; 0 if the rules refuse it, which is then said and undone."""
    file = data / due.file
    before = file.read_text(encoding="utf-8")
    directory = load(data)
    known = {str(finding) for finding in problems(directory)}
    file.write_text(_changed(before, directory, due, said), encoding="utf-8")
    refused = [finding for finding in problems(load(data)) if str(finding) not in known]
    if refused:
        file.write_text(before, encoding="utf-8")
        _refuse(refused)
        return 0
    print(f"   Written to {file}.")
    return 1


def _refuse(refused: list[Finding]) -> None:
    print("   Not written:")
    for finding in refused:
        print(f"   {finding}")


def _changed(text: str, directory: Directory, due: Due, said: Said) -> str:
    kind, _, ident = due.place.partition(".")
    if kind == "lines":
        return writing.line(text, _line(directory.lines[ident], said))
    org = directory.organizations[due.file.removeprefix("organizations/").removesuffix(".toml")]
    return writing.organization(text, _organization(org, ident, said))


def _line(line: Line, said: Said) -> Line:
    if said.answer in ("a", "w"):
        answers = "unknown" if said.answer == "w" else line.answers
        return msgspec.structs.replace(
            line, answers=answers, note=_noted(line.note, said), assured_by="", assured_date=None
        )
    note = _noted(line.note, said, line.number) if said.number else line.note
    return msgspec.structs.replace(
        line, number=said.number or line.number, answers="yes", note=note,
        assured_date=said.day, assured_by=said.by, network=said.network,
    )  # fmt: skip


def _organization(org: Organization, ident: str, said: Said) -> Organization:
    if not ident:  # a number was found where none was
        asked = f"asked-{said.day.isoformat()}"
        source = Source(cite=f"asked by {said.by}", date=said.day.isoformat())
        phone = Phone(
            id=asked, number=said.number, source=(asked,), confidence="C1",
            assured_date=said.day, assured_by=said.by, network=said.network,
        )  # fmt: skip
        return msgspec.structs.replace(org, phones=(*org.phones, phone), sources={**org.sources, asked: source})
    phones = tuple(_phone(phone, said) if phone.id == ident else phone for phone in org.phones)
    return msgspec.structs.replace(org, phones=phones)


def _phone(phone: Phone, said: Said) -> Phone:
    if said.answer in ("a", "w"):
        gone = phone.withdrawn or said.answer == "w"
        return msgspec.structs.replace(
            phone, withdrawn=gone, note=_noted(phone.note, said), assured_by="", assured_date=None
        )
    note = _noted(phone.note, said, phone.number) if said.number else phone.note
    return msgspec.structs.replace(
        phone, number=said.number or phone.number, note=note,
        assured_date=said.day, assured_by=said.by, network=said.network,
    )  # fmt: skip


def _noted(note: str, said: Said, old: str = "") -> str:
    """The note, with what the call changed."""
    what = {"w": "Wrong, by a call", "a": "Nobody answered", "n": f"Was {old}, changed"}[said.answer]
    return f"{note} {what} on {said.day.isoformat()}.".strip()
