"""`python -m bot directory list|verify|export|import|map|matrix`: the directory, for admins and partners.

Owns: reading and writing the files those need, and what is printed. Never: a rule on facts, ranking or what may be
shown.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from bot.authoring import phrasebook
from bot.commands import _matrix, _verify
from bot.directory import drawing, hsds, writing
from bot.directory.load import load
from bot.directory.model import Directory, Line, Organization
from bot.directory.rules import dues, problems
from bot.errors import AdminError
from bot.settings import DATA, LOCALES

HELP = "list, verify, export, import and draw the directory of services"
GOOD: Final = 0
FOUND: Final = 1
HSDS: Final = "hsds"


def arguments(parser: argparse.ArgumentParser) -> None:
    """One word for what to do, then its own arguments."""
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the directory")
    what = parser.add_subparsers(dest="what", required=True)
    listing = what.add_parser("list", help="what is old, unconfirmed or contradictory")
    listing.add_argument("--json", action="store_true", help="for programs")
    _verify.arguments(what.add_parser("verify", help="be led through the numbers to dial, the most important first"))
    export = what.add_parser("export", help="the whole directory as HSDS 3.0 JSON")
    export.add_argument("--format", choices=(HSDS,), default=HSDS)
    export.add_argument("-o", "--output", type=Path, required=True, help="a folder; it is made if it does not exist")
    back = what.add_parser("import", help="take such an export back into the TOML files")
    back.add_argument("folder", type=Path)
    back.add_argument("--dry-run", action="store_true", help="only say what would change")
    drawn = what.add_parser("map", help="the map as an SVG")
    drawn.add_argument("-o", "--output", type=Path, help="a file; without it, standard output")
    drawn.add_argument("--language", default="en", help="of the names")
    _matrix.arguments(
        what.add_parser("matrix", help="every need, municipality and kind of person, by how near help is")
    )


def run(args: argparse.Namespace) -> int:
    """0 good; 1 where `list` found problems or `matrix` an empty cell that nothing explains."""
    directory = load(args.data)
    match args.what:
        case "list":
            return _list(directory, args.json)
        case "verify":
            return _verify.run(directory, args)
        case "export":
            return _export(directory, args.output)
        case "import":
            return _import(directory, args)
        case "map":
            return _map(directory, args)
        case _:
            return _matrix.run(directory, args)


def _list(directory: Directory, as_json: bool) -> int:
    now = datetime.now(UTC)
    found, calls = problems(directory), dues(directory, now)
    if as_json:
        rows = [_summary(directory, org) for org in directory.organizations.values()]
        whole = {"organizations": rows, "problems": msgspec.to_builtins(found), "dues": msgspec.to_builtins(calls)}
        print(json.dumps(whole, ensure_ascii=False, indent=1))
        return FOUND if found else GOOD
    for org in directory.organizations.values():
        row = _summary(directory, org)
        numbers = ", ".join(row["numbers"]) or "no number"
        print(f"{row['name']} ({row['kind']}, {row['town']}): {row['offered']} offered, {row['told']} told. {numbers}.")
    abroad = sum(line.country != "AL" for line in directory.lines.values())
    print(f"{len(directory.lines)} lines, {abroad} of them abroad; {len(directory.places)} places.")
    for finding in found:
        print(f"Problem: {finding}")
    for due in calls:
        print(f"Due: {due.name}: {due.number or 'no number'} ({due.what}); {due.file}, {due.place}")
    print(f"{len(found)} problems, {len(calls)} due.")
    return FOUND if found else GOOD


def _summary(directory: Directory, org: Organization) -> dict[str, Any]:
    row = directory.places.row(org.place)
    return {
        "id": org.id,
        "name": org.name,
        "kind": org.kind,
        "town": directory.places.names_sq[row] if row >= 0 else "all Albania",
        "offered": sum(service.offered for service in org.services),
        "told": len(org.services),
        "numbers": [f"{phone.number} ({_state(phone.confidence, phone.assured_by)})" for phone in org.phones],
    }


def _state(confidence: str, assured_by: str) -> str:
    known = {"C2": "two sources", "C1": "one source", "S": "stale or contradictory"}[confidence]
    return f"assured by {assured_by}" if assured_by else f"unconfirmed, {known}"


def _export(directory: Directory, folder: Path) -> int:
    written = hsds.documents(directory)
    for name, document in written.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{len(written)} documents of HSDS 3.0 in {folder}: organizations/ and services/.")
    return GOOD


def _import(directory: Directory, args: argparse.Namespace) -> int:
    """Writes only what differs; a service or a line that the export does not have is left as it is, and said."""
    files = sorted((args.folder / "organizations").glob("*.json"))
    if not files:
        raise AdminError(f"{args.folder}: has no organizations/*.json. Name the folder that `export` wrote.")
    changed = 0
    for file in files:
        thing = _read(file)
        target = args.data / ("lines.toml" if isinstance(thing, Line) else f"organizations/{thing.id}.toml")
        held = directory.lines if isinstance(thing, Line) else directory.organizations
        if held.get(thing.id) == thing:
            continue
        changed += 1
        print(f"{target}: {thing.id} {'would change' if args.dry_run else 'changed'}.")
        if not args.dry_run:
            text = target.read_text(encoding="utf-8") if target.exists() else ""
            merged = writing.line(text, thing) if isinstance(thing, Line) else writing.organization(text, thing)
            target.write_text(merged, encoding="utf-8")
    print(f"{len(files)} documents read, {changed} differ.")
    return GOOD


def _read(file: Path) -> Line | Organization:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        return hsds.line_from(document) if file.name.startswith("line.") else hsds.organization_from(document)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise AdminError(f"{file}: is no document of this form ({error}). Export again, or mend it.") from error


def _map(directory: Directory, args: argparse.Namespace) -> int:
    drawn = drawing.svg(directory, args.language, phrasebook.load(LOCALES).texts(args.language))
    if args.output:
        args.output.write_text(drawn, encoding="utf-8")
        print(f"{args.output}: {len(directory.places)} places, {len(drawing.groups_by_town(directory))} towns.")
    else:
        sys.stdout.write(drawn)
    return GOOD
