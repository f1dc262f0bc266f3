"""Keeps the catalogues in step with the flows and the directory: the work of `python -m bot phrases`.

Owns: which entries a catalogue must have, in which order, and what becomes of a translation whose English changed.
Never: reading or writing a file (`phrasebook` knows the form), or writing a translation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from bot.authoring.draft import CHILD, Draft, contexts
from bot.authoring.phrasebook import Catalogue, Entry
from bot.authoring.placeholders import PLACEHOLDER

CHILD_NOTE = "For a child: speaks to one child, in the familiar form. The same text is right where nobody is addressed."


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogue as it must be now, and what had to change for that."""

    catalogue: Catalogue
    added: int = 0
    changed: int = 0
    gone: int = 0


def wanted(draft: Draft) -> list[Entry]:
    """The entries the flows ask for, in the order of the flows."""
    return [
        Entry(context=context, english=phrase.text, notes=_notes(context, phrase.text, phrase.note, phrase.tells))
        for phrase in draft.phrases
        for context in contexts(phrase)
    ]


def wanted_texts(texts: Iterable[tuple[str, str]]) -> list[Entry]:
    """The entries of (context, English): what the directory says."""
    return [Entry(context=context, english=text, notes=_notes(context, text, "", 0)) for context, text in texts]


def update(catalogue: Catalogue, entries: Iterable[Entry]) -> Update:
    """The catalogue with exactly these entries. New ones are empty; a changed English makes an entry fuzzy and keeps
    what it was; what nobody asks for any more is kept as obsolete, and comes back by itself."""
    old, gone = catalogue.by_context(), {entry.context: entry for entry in catalogue.obsolete}
    now = [_merged(entry, old.get(entry.context) or gone.get(entry.context)) for entry in entries]
    contexts_now = {entry.context for entry in now}
    left = {entry.context: entry for entry in (*catalogue.obsolete, *catalogue.entries)}
    obsolete = [entry for context, entry in left.items() if context not in contexts_now and entry.text]
    return Update(
        catalogue=Catalogue(path=catalogue.path, entries=tuple(now), obsolete=tuple(obsolete)),
        added=len(contexts_now - old.keys()),
        changed=sum(_english_changed(entry, old) for entry in now),
        gone=len(old.keys() - contexts_now),
    )


def _english_changed(entry: Entry, old: Mapping[str, Entry]) -> bool:
    return entry.context in old and old[entry.context].english != entry.english


def _merged(entry: Entry, old: Entry | None) -> Entry:
    if old is None:
        return entry
    kept = msgspec.structs.replace(entry, text=old.text, review=old.review, comments=old.comments)
    if old.english == entry.english:
        return msgspec.structs.replace(kept, fuzzy=old.fuzzy, previous=old.previous)
    if not old.text:
        return kept
    return msgspec.structs.replace(kept, fuzzy=True, previous=old.previous or old.english)


def _notes(context: str, text: str, note: str, tells: int) -> tuple[str, ...]:
    """What a translator reads above the entry."""
    lines = [" ".join(note.split())] if note else []
    names = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    if names:
        lines.append("Placeholders, each kept as it stands: " + " ".join(f"{{{name}}}" for name in names))
    if tells:
        lines.append(f"Tells: {tells}")
    if context.endswith(CHILD):
        lines.append(CHILD_NOTE)
    return tuple(lines)
