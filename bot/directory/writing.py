"""Writing facts back into a TOML file: only what changed, every comment kept.

Owns: merging values into the text of a file of data/. Never: reading or writing files, deciding what changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import tomlkit
from tomlkit.items import AoT, Table

from bot.directory.model import Fact, Line, Organization


class Plain(dict[str, Any]):
    """A struct as plain values, and which of them are only the defaults: those need not be written."""

    default: frozenset[str] = frozenset()


def plain(thing: msgspec.Struct) -> Plain:
    """A struct as TOML would hold it."""
    kept = Plain()
    provenance = {field.name for field in msgspec.structs.fields(Fact)}
    fields = sorted(msgspec.structs.fields(type(thing)), key=lambda field: field.name in provenance)
    for field in fields:
        kept[field.name] = _value(getattr(thing, field.name))
    kept.default = frozenset(
        field.name
        for field in fields
        if field.default is not msgspec.NODEFAULT and getattr(thing, field.name) == field.default
    )
    return kept


def _value(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return plain(value)
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _value(item) for key, item in value.items()}
    return value


def organization(text: str, org: Organization) -> str:
    """The file of an organisation, saying what `org` says. An empty text makes a new file."""
    document = tomlkit.parse(text)
    _merge(document, plain(org))
    return tomlkit.dumps(document)


def line(text: str, changed: Line) -> str:
    """lines.toml, with one line saying what `changed` says (added at the end if it is new)."""
    document = tomlkit.parse(text)
    rows = document.get("lines")
    if not isinstance(rows, AoT):
        rows = tomlkit.aot()
        document["lines"] = rows
    _merge_rows(rows, [plain(changed)], keep=True)
    return tomlkit.dumps(document)


def _merge(table: Any, wanted: Mapping[str, Any]) -> None:
    """Makes a table say exactly `wanted`; what says it already stays untouched, with its comments and its form."""
    default = wanted.default if isinstance(wanted, Plain) else frozenset()
    for key in [key for key in table if key not in wanted]:
        del table[key]
    for key, value in wanted.items():
        held = table.get(key)
        if (held is None and key in default) or (held is not None and _same(held, value)):
            continue
        if isinstance(held, AoT) and _are_rows(value):
            _merge_rows(held, value)
        elif isinstance(held, Table) and isinstance(value, Mapping):
            _merge(held, value)
        elif _are_rows(value) and key != "eligible":
            table[key] = _rows(value)
        elif key in default:
            del table[key]
        else:
            table[key] = _short(value)


def _short(value: Any) -> Any:
    """Without the defaults of what stands inside."""
    if isinstance(value, Plain):
        return {key: _short(item) for key, item in value.items() if key not in value.default}
    if isinstance(value, Mapping):
        return {key: _short(item) for key, item in value.items()}
    return [_short(item) for item in value] if isinstance(value, list) else value


def _merge_rows(rows: AoT, wanted: list[dict[str, Any]], *, keep: bool = False) -> None:
    """Rows by their id; rows without ids (schedules) are written anew."""
    by_id = {row.get("id"): row for row in rows}
    if None in by_id or any("id" not in row for row in wanted):
        rows.clear()
        for row in wanted:
            rows.append(_table(row))
        return
    for index in reversed(range(len(rows))):
        if not keep and rows[index]["id"] not in {row["id"] for row in wanted}:
            del rows[index]
    for row in wanted:
        if row["id"] in by_id:
            _merge(by_id[row["id"]], row)
        else:
            rows.append(_table(row))


def _same(held: Any, value: Any) -> bool:
    """Do they say the same? What is not written is the default."""
    held = held.unwrap() if hasattr(held, "unwrap") else held
    if isinstance(value, Mapping):
        default = value.default if isinstance(value, Plain) else frozenset()
        return (
            isinstance(held, Mapping)
            and held.keys() <= value.keys()
            and all(_same(held[key], item) if key in held else key in default for key, item in value.items())
        )
    if isinstance(value, list):
        return isinstance(held, list) and len(held) == len(value) and all(map(_same, held, value))
    return bool(held == value)


def _are_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _rows(values: list[dict[str, Any]]) -> AoT:
    rows = tomlkit.aot()
    for value in values:
        rows.append(_table(value))
    return rows


def _table(values: Mapping[str, Any]) -> Table:
    table = tomlkit.table()
    _merge(table, values)
    return table
