"""Reads the word lists of every language from `locales/<language>/lexicon/*.toml`.

Owns: the files' form and the wording of what is wrong in them. Never: matching.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bot.errors import AdminError
from bot.understanding.folding import fold
from bot.understanding.lexicon import Lexicon, Line, Saying, Weights
from bot.understanding.need_opinion import NeedWeights

Learned = TypeVar("Learned", Weights, NeedWeights)
DIALECTS = frozenset({"standard", "gheg", "tosk", "loan", "english"})
LEVELS = ("now", "ask", "harmless", "sign", "need", "wish")


def load(locales: Path) -> Lexicon:
    """Every `<language>/lexicon/*.toml` under `locales`, joined. Raises `AdminError` with file, place and remedy."""
    books = {folder.name: _book(folder / "lexicon") for folder in sorted(locales.iterdir()) if folder.is_dir()}
    countries = {language: _countries(book) for language, book in books.items()}
    return Lexicon(
        lines=tuple(line for language, book in books.items() for line in _lines(language, book)),
        classes=_joined(books, "class", _forms),
        sayings=tuple(saying for language, book in books.items() for saying in _sayings(language, book)),
        polite=_by_language(books, "polite"),
        counters=_by_language(books, "counters"),
        shorthand=_pairs(books, "shorthand"),
        short_not=_words(books, "short_not"),
        implies=_implied(books),
        implies_with=_implied_with(books),
        nots=frozenset(_words(books, "nots")),
        joints=frozenset(_words(books, "joints")),
        hints={language: frozenset(_folded(book.get("list", {}).get("hints", []))) for language, book in books.items()},
        place_words={name: frozenset(words) for name, words in _joined(books, "place", _folded).items()},
        aliases=_pairs(books, "alias"),
        spellings=_pairs(books, "spelling"),
        countries={word: code for own in countries.values() for word, code in own.items()},
        abroad=_only_one(countries),
        weights=_learned(locales / "weights.json", Weights),
        need_weights=_learned(locales / "need_weights.json", NeedWeights),
    )


def _book(folder: Path) -> dict[str, Any]:
    """The files of one language as one table; a table that stands in two files is joined."""
    book: dict[str, Any] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise AdminError(f"{path}: {error}. Mend the line, then run the check again.") from error
        book = _merged(book, tables)
    return book


def _merged(book: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Two tables as one, down to the single lines: a need may have its lines in two files."""
    merged = dict(book)
    for name, value in more.items():
        old = merged.get(name)
        merged[name] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _lines(language: str, book: Mapping[str, Any]) -> Iterator[Line]:
    for level in LEVELS:
        for group, dialects in book.get(level, {}).items():
            yield from _dialects(language, level, group, dialects)


def _dialects(language: str, level: str, group: str, dialects: Mapping[str, Mapping[str, str]]) -> Iterator[Line]:
    for dialect, lines in dialects.items():
        if dialect not in DIALECTS:
            raise AdminError(
                f"{language}/lexicon [{level}.{group}.{dialect}]: the dialect is one of {sorted(DIALECTS)}."
            )
        for example, pattern in lines.items():
            yield Line(example=example, pattern=pattern, level=level, group=group, dialect=dialect, language=language)


def _folded(words: list[str]) -> tuple[str, ...]:
    return tuple(fold(word) or word for word in words)


def _forms(words: list[str]) -> tuple[str, ...]:
    """Words of a class: one string holds many, parted by bars."""
    return tuple(form.strip() for row in words for form in row.split("|"))


def _joined(books: Mapping[str, Mapping[str, Any]], table: str, read: Any) -> dict[str, tuple[str, ...]]:
    joined: dict[str, tuple[str, ...]] = {}
    for book in books.values():
        for name, words in book.get(table, {}).items():
            joined[name] = joined.get(name, ()) + read(words)
    return joined


def _words(books: Mapping[str, Mapping[str, Any]], name: str) -> tuple[str, ...]:
    return tuple(word for book in books.values() for word in _folded(book.get("list", {}).get(name, [])))


def _by_language(books: Mapping[str, Mapping[str, Any]], name: str) -> dict[str, str]:
    """The words of a list, each with the language that alone has it, or ""."""
    lists = {language: _words({language: book}, name) for language, book in books.items()}
    return {word: "" for words in lists.values() for word in words} | _only_one(lists)


def _only_one(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Of words by language, those that only one language has, with their language."""
    owners: dict[str, list[str]] = {}
    for language, own in words.items():
        for word in dict.fromkeys(own):
            owners.setdefault(word, []).append(language)
    return {word: languages[0] for word, languages in owners.items() if len(languages) == 1}


def _pairs(books: Mapping[str, Mapping[str, Any]], table: str) -> dict[str, str]:
    return {fold(key): fold(word) for book in books.values() for key, word in book.get(table, {}).items()}


def _sayings(language: str, book: Mapping[str, Any]) -> Iterator[Saying]:
    for command, words in book.get("command", {}).items():
        for word in _folded(words):
            yield Saying(words=word, kind="command", value=command, language=language)
    for answer, words in book.get("answer", {}).items():
        for word in _folded(words):
            yield Saying(words=word, kind=answer, language=language)
    for kind in ("number", "ordinal"):
        for number, words in book.get(kind, {}).items():
            for word in _folded(words):
                yield Saying(words=word, kind=kind, number=int(number), language=language)


def _implied(books: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    return {kind: tuple(needs) for book in books.values() for kind, needs in book.get("implies", {}).items()}


def _implied_with(books: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, tuple[str, ...]]]:
    joined: dict[str, dict[str, tuple[str, ...]]] = {}
    for book in books.values():
        for name, kinds in book.get("implies_with", {}).items():
            for kind, needs in kinds.items():
                joined.setdefault(name, {})[kind] = tuple(needs)
    return joined


def _countries(book: Mapping[str, Any]) -> dict[str, str]:
    return {word: code for code, words in book.get("country", {}).items() for word in _folded(words)}


def _learned(path: Path, kind: type[Learned]) -> Learned:
    """What `python -m bot weights` wrote; without the file, weights that say nothing."""
    return msgspec.json.decode(path.read_bytes(), type=kind) if path.exists() else kind()
