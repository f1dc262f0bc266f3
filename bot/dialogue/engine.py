"""The engine: `advance()` is the only mover of a session.

Owns: what counts first in a message (danger, then the waiting question, then commands, then anything said), and what
happens to what is not understood. Never: understanding text, wording, time, IO.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from bot.dialogue import facts as factbook
from bot.dialogue.lookups import Lookup
from bot.dialogue.reading import Expecting, Reading
from bot.dialogue.script import ENTRIES, PLAIN, READ_FACTS, RESUME, SKIPPING, Script, Step
from bot.dialogue.session import Session
from bot.dialogue.turn import Turn
from bot.dialogue.walk import Walk

TOLD: Final = 3
MEDIA: Final = frozenset({"photo", "voice", "file"})
LANGUAGES: Final = {"language_sq": "sq", "language_en": "en"}


def fresh(script: Script, language: str, channel: str, now: datetime) -> Session:
    """A blank session: nothing known, nothing said."""
    return Session(script=script.hash, language=language, channel=channel, started=int(now.timestamp()))


def expecting(script: Script, session: Session) -> Expecting:
    """What the waiting step could take, for the reader."""
    step = script.steps.get(session.step)
    if step is None:
        return Expecting()
    choices = tuple((c.id, script.words.get(f"{step.address}.{c.id}", frozenset())) for c in step.choices)
    offered = tuple(filter(None, session.facts.get("which", "").split(",")))
    return Expecting(asks=step.ask, step=step.address, choices=choices, offered=offered)


def advance(script: Script, session: Session, reading: Reading, lookups: Mapping[str, Lookup], now: datetime) -> Turn:
    """What one inbound causes. Pure: the same arguments give the same turn.

    Raises AdminError only for a script that `check` would have refused.
    """
    session = _language(session, reading)
    merged = factbook.merge(session.facts, reading)
    news = factbook.changed(session.facts, merged)
    shown = () if news & factbook.SEARCHED else session.shown
    walk = Walk(script, msgspec.structs.replace(session, facts=merged, shown=shown), lookups, now)
    missed = _begin(walk, reading, news)
    return _turn(walk, session.misses + 1 if missed else 0)


def _language(session: Session, reading: Reading) -> Session:
    """The language kept, unless the person wishes another or clearly writes it before choosing one."""
    wished = LANGUAGES.get(reading.command, "")
    if wished:
        return msgspec.structs.replace(session, language=wished)
    if reading.clear and reading.language in ("sq", "en") and reading.language != session.language:
        return msgspec.structs.replace(session, language=reading.language)
    return session


def _begin(walk: Walk, reading: Reading, news: frozenset[str]) -> bool:
    """Starts the walk where this reading leads; True if it was a miss."""
    step = _waiting(walk, reading)
    for name in news:
        walk.tell(READ_FACTS.get(name, 0))
    understood = (
        _alarm(walk, reading)
        or _tap(walk, reading)
        or _choice(walk, reading, step)
        or _command(walk, reading, step)
        or _said(walk, reading, step, news)
        or _politely(walk, reading, step)
    )
    return not understood and _missed(walk, reading, step)


def _waiting(walk: Walk, reading: Reading) -> Step | None:
    """The question that waits. After a check-in, whatever is not its 1 or 2 is a first hello."""
    if walk.step == walk.script.entries["checkin_reply"] and not reading.choice:
        walk.step = ""
    return walk.script.steps.get(walk.step)


def _entry(walk: Walk, name: str) -> bool:
    walk.tell(ENTRIES[name])
    walk.trace.append(f"entry {name}")
    walk.go(walk.script.entries.get(name, walk.script.entries["miss"]))  # an older script may not have it yet
    return True


def _alarm(walk: Walk, reading: Reading) -> bool:
    """Danger is read first, in every state. The answer the waiting step offered is not asked for twice."""
    if reading.danger != "now":
        return False
    if "suicide_self_harm" in reading.needs:
        return _entry(walk, "suicide")
    return _entry(walk, "silent" if reading.cannot_call else "danger")


def _tap(walk: Walk, reading: Reading) -> bool:
    """A tap on an old bubble is understood as what it was."""
    if not reading.step:
        return False
    old = walk.script.steps.get(reading.step)
    if old is None or all(c.id != reading.choice for c in old.choices):
        return _entry(walk, "old_button")
    return _take(walk, old, reading.choice)


def _choice(walk: Walk, reading: Reading, step: Step | None) -> bool:
    if step is None or all(c.id != reading.choice for c in step.choices):
        return False
    return _take(walk, step, reading.choice)


def _take(walk: Walk, step: Step, ident: str) -> bool:
    """Keeps an answer and goes where it leads."""
    choice = next(c for c in step.choices if c.id == ident)
    walk.trace.append(f"choice {step.address}.{ident}")
    factbook.unanswer(step, walk.facts)
    if step.keep:
        walk.facts[step.name] = ident
    factbook.apply(walk.facts, choice.set, walk.bind)
    if factbook.SEARCHED & {name for name, _ in choice.set}:
        walk.shown.clear()
    _choose_language(walk)
    walk.tell(choice.tells)
    _answered(walk, step)
    target = walk.leave(step, choice)
    if target:
        walk.go(target)
    return True


def _choose_language(walk: Walk) -> None:
    """The fact `language` is the session's language, and is kept there alone."""
    language = walk.facts.pop("language", "")
    if language:
        walk.session = msgspec.structs.replace(walk.session, language=language)


def _answered(walk: Walk, step: Step) -> None:
    walk.count("answered", step.address)
    walk.history.append(step.address)
    walk.step = ""


def _command(walk: Walk, reading: Reading, step: Step | None) -> bool:
    command = reading.command
    if command in PLAIN:
        if command == "restart":
            _blank(walk)
        elif command == "stop":
            walk.facts["stopped"] = "yes"
        return _entry(walk, command)
    if command in LANGUAGES and step is not None:
        for choice in step.choices:  # the question that waits asks for just this
            if ("language", LANGUAGES[command]) in choice.set:
                return _take(walk, step, choice.id)
    if command in LANGUAGES:
        return _entry(walk, "language" if step else "first")
    if command == "back":
        return _back(walk)
    if command == "skip" and step is not None:
        return _skip(walk, step)
    return command == "greeting" and _greeted(walk)


def _greeted(walk: Walk) -> bool:
    """A hello asks the waiting question again. After help, or after "stop", it begins anew."""
    if {"helped", "stopped"} & walk.facts.keys():
        _blank(walk)
        return _entry(walk, "first")
    return _go(walk, RESUME)


def _politely(walk: Walk, reading: Reading, step: Step | None) -> bool:
    """A yes or a no that was not asked for. A no is a town skipped, or a goodbye; after help a yes is one too."""
    if reading.answer == "no" and step is not None and step.ask == "place":
        return _skip(walk, step)
    bye = reading.answer == "no" or (reading.answer == "yes" and "helped" in walk.facts)
    return bye and step is not None and _entry(walk, "not_now")


def _go(walk: Walk, address: str) -> bool:
    walk.go(address)
    return True


def _blank(walk: Walk) -> None:
    for kept in (walk.facts, walk.bind, walk.shown, walk.history):
        kept.clear()
    walk.step = ""


def _back(walk: Walk) -> bool:
    while walk.history:
        previous = walk.script.steps.get(walk.history.pop())
        if previous is not None and previous.address != walk.step:
            factbook.unanswer(previous, walk.facts)
            walk.shown.clear()
            walk.step = ""
            return _go(walk, previous.address)
    return _entry(walk, "back_none")


def _skip(walk: Walk, step: Step) -> bool:
    walk.tell(SKIPPING)
    factbook.skip(step, walk.facts)
    _answered(walk, step)
    target = walk.follow(step)
    return _entry(walk, "thanks") if not target else _go(walk, target)


def _said(walk: Walk, reading: Reading, step: Step | None, news: frozenset[str]) -> bool:
    """Anything said in words: the answer to the waiting question, or to one before, or a new need."""
    if reading.kind in MEDIA:
        return _entry(walk, reading.kind)
    if reading.kind == "location" and reading.place.kind == "unknown":
        return _entry(walk, "location_unknown")
    if "suicide_self_harm" in reading.needs:
        return _entry(walk, "suicide")
    needs = set(reading.needs) - factbook.TONE
    # Who has told already was given the emergency number: an answer that only sounds worried moves the talk on.
    if reading.danger == "ask" and not needs and not (news and walk.session.told >= TOLD):
        return _entry(walk, "unsure")
    if reading.cannot_call:
        return _entry(walk, "silent")
    if reading.organization and not needs:
        return _entry(walk, "organization")
    if reading.place.kind == "which" and not needs and not reading.other:
        return _entry(walk, "place_which")
    return _facts(walk, reading, step, news, bool(needs or reading.other))


def _facts(walk: Walk, reading: Reading, step: Step | None, news: frozenset[str], disclosed: bool) -> bool:
    if disclosed:
        _retire(walk, step, reading)
        return _entry(walk, "told")
    if reading.place.kind in ("one", "abroad") or news:
        _retire(walk, step, reading)
        return _entry(walk, "placed")
    if reading.personal and "personal" not in walk.facts:
        return _entry(walk, "personal")
    return bool(reading.constraints) and _entry(walk, "contact_wish")


def _retire(walk: Walk, step: Step | None, reading: Reading) -> None:
    """The waiting question is answered by what was said, or left behind by it."""
    if step is None:
        return
    if step.ask == "place" and reading.place.kind in ("one", "abroad"):
        _answered(walk, step)
    else:
        walk.step = ""


def _missed(walk: Walk, reading: Reading, step: Step | None) -> bool:
    """Nothing was understood. At the very beginning that is a hello; an empty message asks the question again."""
    if step is None and not walk.session.told and factbook.nothing_said(walk.session.facts):
        _entry(walk, "first")
        return False
    town = step is not None and step.ask == "place"
    wordless = reading.kind == "empty" and walk.session.told  # at the first hello, dots are a miss: numbers come
    if (wordless or (town and reading.answer)) and walk.session.misses == 0:
        return _go(walk, RESUME)
    if walk.session.misses:
        return _entry(walk, "miss_again")
    if town:
        return _entry(walk, "place_unknown")
    if step is not None and step.retry:
        walk.retry(step)
        return True
    return _entry(walk, "miss")


def _turn(walk: Walk, misses: int) -> Turn:
    child = msgspec.structs.replace(walk.session, facts=walk.facts).child
    session = walk.close()
    if session is not None:
        session = msgspec.structs.replace(session, misses=misses)
    return Turn(
        session=session,
        says=tuple(walk.says),
        language=walk.session.language,
        child=child,
        effects=tuple(walk.effects),
        trace=tuple(walk.trace),
    )
