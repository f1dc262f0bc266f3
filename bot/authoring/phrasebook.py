"""The catalogues: gettext `.po` files, read at boot and written by `phrases`. There are no `.mo` files.

Owns: Entry, Phrasebook, and every use of Babel. Never: which entries there must be (`extract`), or rules (`check`).
A context is the address of a phrase; `address#child` is what a child reads.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po

from bot.authoring.problem import Problem, refuse

ENGLISH: Final = "en"
MESSAGES: Final = "messages"  # the flows' phrases: they belong to a script
DIRECTORY: Final = "directory"  # what the directory says: always the newest
DOMAINS: Final = (MESSAGES, DIRECTORY)
DRAFTED: Final = "drafted"
_LINE: Final = re.compile(r'(msg(ctxt|id|str)\s+)?"([^"\\]|\\.)*"')
REVIEWED: Final = re.compile(r"reviewed by (.+) on (\d{4}-\d{2}-\d{2})")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a catalogue. `review` is "drafted" or "reviewed by NAME on YYYY-MM-DD"."""

    context: str
    english: str
    text: str = ""
    fuzzy: bool = False  # the English changed since this was written
    previous: str = ""  # the English before that change
    review: str = DRAFTED
    notes: tuple[str, ...] = ()  # for the translator, from the flow
    comments: tuple[str, ...] = ()  # the translator's own, but for the review
    line: int = 0

    @property
    def reviewed(self) -> bool:
        return bool(self.text) and not self.fuzzy and REVIEWED.fullmatch(self.review) is not None


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """One `.po` file: its entries in order, and those that no phrase asks for any more."""

    path: str  # language/LC_MESSAGES/messages.po
    entries: tuple[Entry, ...] = ()
    obsolete: tuple[Entry, ...] = ()

    def by_context(self) -> dict[str, Entry]:
        return {entry.context: entry for entry in self.entries}


class Phrasebook(msgspec.Struct, frozen=True, kw_only=True):
    """All languages but English, which the flows and the directory hold themselves."""

    languages: tuple[str, ...] = ()
    catalogues: Mapping[tuple[str, str], Catalogue] = {}  # (language, domain)

    def catalogue(self, language: str, domain: str = MESSAGES) -> Catalogue:
        """The catalogue; an empty one where the file does not exist."""
        return self.catalogues.get((language, domain)) or Catalogue(path=path_of(language, domain))

    def texts(self, language: str, domain: str = DIRECTORY) -> dict[str, str]:
        """Context to text, without what is empty. Fuzzy texts are in it: `check` keeps them from being released."""
        return {entry.context: entry.text for entry in self.catalogue(language, domain).entries if entry.text}


def path_of(language: str, domain: str) -> str:
    """The place of a catalogue below `locales/`."""
    return f"{language}/LC_MESSAGES/{domain}.po"


def languages_of(locales: Path) -> tuple[str, ...]:
    """A language is one folder. English is not translated into."""
    names = (path.name for path in locales.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))
    return tuple(sorted(name for name in names if name != ENGLISH)) if locales.is_dir() else ()


def load(locales: Path) -> Phrasebook:
    """Every catalogue of every language; AdminError where one cannot be read."""
    book, problems = read(locales)
    refuse(problems)
    return book


def read(locales: Path) -> tuple[Phrasebook, list[Problem]]:
    """Every catalogue of every language, and what is wrong with the form of the files."""
    languages, catalogues, problems = languages_of(locales), {}, []
    for language in languages:
        for domain in DOMAINS:
            file = locales / path_of(language, domain)
            if file.is_file():
                text = file.read_text(encoding="utf-8")
                catalogue, found = parse(text, path_of(language, domain))
                catalogues[language, domain] = catalogue
                problems += found
    return Phrasebook(languages=languages, catalogues=catalogues), problems


def parse(text: str, path: str) -> tuple[Catalogue, list[Problem]]:
    """One `.po` file from its text. `path` is only for messages."""
    broken = _form(text, path)
    if broken:
        return Catalogue(path=path), broken
    try:
        catalog = read_po(io.StringIO(text), abort_invalid=True)
    except (PoFileError, ValueError, AttributeError, IndexError) as error:
        line = getattr(error, "lineno", -1) + 1
        remedy = "Mend that entry: msgctxt, msgid and msgstr, each in quotes."
        problem = Problem(code="T01", file=path, line=line, what=f"This is not a catalogue: {error}.", remedy=remedy)
        return Catalogue(path=path), [problem]
    entries = tuple(_entry(message) for message in catalog if message.id)
    obsolete = tuple(_entry(message) for message in catalog.obsolete.values() if message.id)
    return Catalogue(path=path, entries=entries, obsolete=obsolete), _twice(text, path)


def _form(text: str, path: str) -> list[Problem]:
    """Lines that are no line of a catalogue: Babel would read them by guess, and lose letters."""
    return [
        Problem(
            code="T01",
            file=path,
            line=number,
            what=f"This line is none of a catalogue: {line.strip()[:40]}",
            remedy='Write msgctxt, msgid or msgstr and a text in quotes, with \\" for a quote inside.',
        )
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#") and not _LINE.fullmatch(line.strip())
    ]


def _twice(text: str, path: str) -> list[Problem]:
    """A context written twice: the second would silently win."""
    seen: set[str] = set()
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        context = re.fullmatch(r'msgctxt "(.*)"', line.strip())
        if context and context[1] in seen:
            what, remedy = f"The entry {context[1]} is written twice.", "Keep one of the two."
            found.append(Problem(code="T01", file=path, line=number, what=what, remedy=remedy))
        if context:
            seen.add(context[1])
    return found


def _entry(message: Any) -> Entry:
    own = [comment for comment in message.user_comments if comment and not comment.startswith("|")]
    review = [comment for comment in own if comment == DRAFTED or REVIEWED.fullmatch(comment)]
    return Entry(
        context=message.context or "",
        english=message.id if isinstance(message.id, str) else message.id[0],
        text=message.string if isinstance(message.string, str) else message.string[0],
        fuzzy="fuzzy" in message.flags,
        previous=_previous(message.user_comments),
        review=review[-1] if review else DRAFTED,
        notes=tuple(message.auto_comments),
        comments=tuple(comment for comment in own if comment not in review),
        line=message.lineno or 0,
    )


def _previous(comments: Iterable[str]) -> str:
    """The English before a change: Babel writes `#| msgid "…"` over one or more lines, and reads it as comments."""
    lines = " ".join(comment[1:].strip() for comment in comments if comment.startswith("|"))
    quoted = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', lines))
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], quoted)


def render(catalogue: Catalogue, language: str) -> str:
    """The text of a `.po` file: stable bytes, so that a second run changes nothing."""
    catalog = Catalog(locale=_locale(language), project="besa-helpline", fuzzy=False)
    for entry in catalogue.entries:
        _add(catalog, entry)
    gone = Catalog(locale=_locale(language))
    for entry in catalogue.obsolete:
        _add(gone, entry)
    catalog.obsolete.update(gone._messages)
    out = io.BytesIO()
    write_po(out, catalog, width=100, no_location=True, include_previous=True, omit_header=True)
    head = f'# {language}: written by translators, kept in step by `python -m bot phrases`.\nmsgid ""\nmsgstr ""\n'
    plain = (f"Language: {language}", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
             "Content-Transfer-Encoding: 8bit")  # fmt: skip
    return head + "".join(f'"{line}\\n"\n' for line in plain) + "\n" + out.getvalue().decode("utf-8").strip() + "\n"


def _locale(language: str) -> Locale | None:
    """Babel's locale, only where it knows the language: a folder may be named as its people name it."""
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return None


def _add(catalog: Catalog, entry: Entry) -> None:
    catalog.add(
        entry.english,
        entry.text,
        flags=("fuzzy",) if entry.fuzzy else (),
        auto_comments=entry.notes,
        user_comments=(*entry.comments, entry.review),
        previous_id=entry.previous if entry.fuzzy and entry.previous else (),
        context=entry.context,
    )
