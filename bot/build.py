"""Joins the objects: the same for web, worker, chat, demo and tests.

Owns: which part is handed to which. Never: Flask, an environment, a decision.
"""

from __future__ import annotations

import contextlib
import gc
import random
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from bot import checkins
from bot.authoring import assemble, flowbook, phrasebook
from bot.authoring import lexicon as lexicons
from bot.authoring.check import Vocabulary, check
from bot.authoring.phrasebook import Phrasebook
from bot.authoring.problem import refuse
from bot.channels.message import CAPABILITIES
from bot.dialogue.lookups import Lookup, Values
from bot.dialogue.script import Script
from bot.dialogue.store import Store
from bot.directory import load
from bot.directory.answers import Answers
from bot.directory.model import Directory
from bot.helpline import Brake, Helpline, Parts, Plan, unbraked
from bot.report import COUNTIES
from bot.settings import DATA, FLOWS, LOCALES, Settings
from bot.storage import keyring, limits
from bot.storage.connect import Breaker, Connection
from bot.storage.memory import Memory
from bot.storage.sessions import Redis
from bot.understanding.folding import fold
from bot.understanding.lexicon import Lexicon
from bot.understanding.places import PlaceName, PlaceNames
from bot.understanding.reader import Reader


@dataclass(frozen=True, kw_only=True)
class House:
    """Everything joined, for one process."""

    settings: Settings
    script: Script
    reader: Reader
    answers: Answers
    lookups: Mapping[str, Lookup]
    values: Values
    plan: Plan
    store: Store
    helpline: Helpline


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Nearly all that is made meanwhile stays: looking through it again and again for waste is a quarter of a start."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@dataclass(frozen=True, kw_only=True)
class Books:
    """All that is read from files: the same for every house of a process, since a release is a new process."""

    phrases: Phrasebook
    directory: Directory
    lexicon: Lexicon
    script: Script
    reader: Reader


@cache
@_uncollected()
def books() -> Books:
    """Reads and checks flows, phrases, word lists and facts, once in a process."""
    draft, book = flowbook.load(FLOWS), phrasebook.load(LOCALES)
    directory, lexicon = load.load(DATA), lexicons.load(LOCALES)
    refuse(check(draft, book, fold, vocabulary(lexicon, directory), directory.texts()))
    script = assemble.assemble(draft, book, fold)
    reader = reader_of(directory, lexicon)
    gc.freeze()  # it stays as long as the process: no answer waits while all of it is looked through for waste
    return Books(phrases=book, directory=directory, lexicon=lexicon, script=script, reader=reader)


def house(settings: Settings, store: Store | None = None, without: frozenset[str] = frozenset()) -> House:
    """The house over Redis as the settings say, over a given store, or in memory where neither is named.

    without: ids of organisations and lines of the directory to do without (see `Directory.without`).
    Raises AdminError for flows, phrases or facts that cannot be used, OperatorError for a key file that cannot.
    """
    read = books()
    directory = read.directory.without(without)
    reader = reader_of(directory, read.lexicon) if without else read.reader
    texts = {language: read.phrases.texts(language) for language in read.phrases.languages}
    answers = Answers(directory, texts, settings.assurance)
    rules = rules_of(settings)
    lookups = {**answers.lookups, "checkin": checkins.may_offer(rules)}
    values = _with_session(answers.values, settings)
    store = store or store_of(settings)
    parts = Parts(
        script=read.script,
        reader=reader,
        place_at=answers.place_at,
        lookups=lookups,
        values=values,
        plan=checkins.plan(rules, lambda: secrets.token_hex(16), random.random),
        brake=brake_of(store, settings),
        weigh=limits.weight,
        origin=answers.origin,
        county=_county(directory),
        capabilities=CAPABILITIES,
        letters=settings.sms_letters,
        language=settings.default_language,
        session_seconds=settings.session_seconds,
        commits=settings.limits.commits,
    )
    return House(
        settings=settings, script=read.script, reader=reader, answers=answers, lookups=lookups, values=values,
        plan=parts.plan, store=store, helpline=Helpline(parts, store),
    )  # fmt: skip


def vocabulary(lexicon: Lexicon | None, directory: Directory | None) -> Vocabulary:
    """The words that flows and people share, for `check`; what could not be read is left out."""
    sayings = lexicon.sayings if lexicon else ()
    needs = directory.needs if directory else {}
    return Vocabulary(
        commands={saying.words: saying.value for saying in sayings if saying.kind == "command"},
        numbers=frozenset(saying.words for saying in sayings if saying.kind in ("number", "ordinal")),
        needs=frozenset(needs),
        groups=frozenset(need.group for need in needs.values() if need.group),
    )


def reader_of(directory: Directory, lexicon: Lexicon) -> Reader:
    """The reader, with the lexicons of every language and the directory's names."""
    names = PlaceNames.build(PlaceName(*name) for name in directory.places.names())
    organizations = {fold(name): ident for name, ident in directory.organization_names().items()}
    return Reader(lexicon, names, organizations)


def store_of(settings: Settings) -> Store:
    """Redis, or memory where no Redis is named (chat, tests)."""
    keys = keyring.load(settings.key_file) if settings.key_file else keyring.random()
    if not settings.redis_url:
        return Memory(keys)
    limits = settings.limits
    breaker = Breaker(limits.breaker_failures, limits.breaker_pause)
    return Redis(Connection(settings.redis_url, limit=limits.redis, breaker=breaker), keys)


def _county(directory: Directory) -> Callable[[str], str]:
    """The number of the county of a place id, "" if it is none of ours."""
    places, numbers = directory.places, {name: number for number, name in COUNTIES.items()}

    def of(place: str) -> str:
        row = places.row(place)
        return numbers.get(places.counties[row], "") if row >= 0 else ""

    return of


def brake_of(store: Store, settings: Settings) -> Brake:
    """The brakes over Redis. In memory nobody writes but ourselves."""
    if not isinstance(store, Redis):
        return unbraked
    given = settings.limits
    rates = limits.Rates(prefix=given.brake_prefix, everybody=given.brake_everybody, spend=given.brake_spend)
    return limits.Brakes(limits.RedisSums(store.connection), rates)


def _with_session(values: Values, settings: Settings) -> Values:
    """The directory's values, and what only the settings know."""

    def of(name: str, ident: str, language: str, now: datetime) -> Mapping[str, str]:
        if name == "session":
            return {"minutes": str(settings.session_minutes)}
        return values(name, ident, language, now)

    return of


def rules_of(settings: Settings) -> checkins.Rules:
    """When a check-in may go, as the settings say."""
    limits = settings.limits
    return checkins.Rules(
        zone=settings.zone,
        sms_two_way=settings.sms_two_way,
        template=bool(settings.twilio_checkin_content_sid),
        free=limits.whatsapp_window,
        days=limits.checkin_days,
        reply_ttl=limits.checkin_reply,
    )
